# SPDX-License-Identifier: Apache-2.0
"""Stored bytes that have changed are found, not served, and mended by an upload of the same bytes."""

import re
import sqlite3
import time

import pytest
import requests

from support.servers import start_runestone
from upkeep.shared import DEADLINE_S, Client, blobs_in, command, content, data_of, fill, succeed


def blob_of(server, number: int):
    (path,) = [path for path in blobs_in(data_of(server)).values() if path.read_bytes() == content(number)]
    return path


def figure(server, name: str) -> int:
    text = requests.get(server.url + "/metrics", timeout=30).text
    return int(re.search(rf"^{name} (\d+)$", text, re.M)[1])


def await_figure(server, name: str, value: int) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while figure(server, name) != value:
        assert time.monotonic() < deadline, f"{name} is {figure(server, name)}, not {value}"
        time.sleep(0.05)


def make_due(server) -> None:
    """As if no blob had been looked at for years; the server is stopped."""
    with sqlite3.connect(data_of(server) / "runestone.db") as db:
        db.execute("UPDATE blob SET checked_at = 0")
    db.close()


@pytest.fixture
def damaged(served):
    """A server that has been started on a flipped bit in file 1, a cut file 2 and a missing file 3, all of them due."""
    fill(Client(served.url))
    served.stop()
    blob_of(served, 1).write_bytes(bytes([content(1)[0] ^ 1]) + content(1)[1:])
    blob_of(served, 2).write_bytes(content(2)[:-1])
    blob_of(served, 3).unlink()
    make_due(served)
    served.start()
    await_figure(served, "runestone_blobs_corrupt", 3)
    return served


def test_a_bit_flip_in_a_stored_artifact_is_found_and_never_served(damaged):
    client = Client(damaged.url)
    for number in (1, 2, 3):
        reply = client.get_file(f"9/kept/{number}.bin")
        assert reply.status_code == 500 and reply.json()["error_code"] == "DATA_LOSS"
        assert f"9/kept/{number}.bin" in reply.json()["message"] and "upload the file again" in reply.json()["message"]
    for number in (0, *range(4, 12)):
        assert client.get_file(f"9/kept/{number}.bin").content == content(number)
    log = damaged.tail(1 << 20)
    assert len(re.findall("blob_corrupt", log)) == 3 and "SHA-256" in log
    assert figure(damaged, "runestone_scrub_blobs_total") >= 12


def test_an_upload_of_the_same_bytes_mends_what_is_damaged(damaged):
    client = Client(damaged.url)
    client.put_file("9/elsewhere/1.bin", content(1))
    for number in (2, 3):
        client.put_file(f"9/kept/{number}.bin", content(number))
    for number in range(12):
        assert client.get_file(f"9/kept/{number}.bin").content == content(number)
    await_figure(damaged, "runestone_blobs_corrupt", 0)
    succeed("check", "--data", data_of(damaged))


def test_a_file_that_is_missing_is_mended_before_any_scrub(served):
    client = Client(served.url)
    fill(client)
    blob_of(served, 5).unlink()
    reply = client.get_file("9/kept/5.bin")
    assert reply.status_code == 500 and "are lost" in reply.json()["message"]
    assert command("check", "--data", data_of(served)).returncode == 1
    client.put_file("9/kept/5.bin", content(5))
    assert client.get_file("9/kept/5.bin").content == content(5)
    succeed("check", "--data", data_of(served))


def test_a_backup_keeps_the_good_copy_of_what_is_damaged_now(served, tmp_path):
    client = Client(served.url)
    fill(client)
    succeed("backup", "--data", data_of(served), tmp_path / "backup")
    served.stop()
    blob_of(served, 1).write_bytes(b"X" + content(1)[1:])
    make_due(served)
    served.start()
    await_figure(served, "runestone_blobs_corrupt", 1)
    succeed("backup", "--data", data_of(served), tmp_path / "backup")
    succeed("check", tmp_path / "backup")
    (tmp_path / "new").mkdir()
    succeed("restore", tmp_path / "backup", "--data", tmp_path / "new" / "data")
    with start_runestone(data_dir=tmp_path / "new") as again:
        await_figure(again, "runestone_scrub_blobs_total", 1)  # the one that its row says is damaged
        await_figure(again, "runestone_blobs_corrupt", 0)
        assert Client(again.url).get_file("9/kept/1.bin").content == content(1)
