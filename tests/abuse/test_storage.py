# SPDX-License-Identifier: Apache-2.0
"""Links that somebody has planted where the server keeps its bytes: none is followed, read through or written through."""

import os
import shutil
from pathlib import Path

import pytest

from abuse.wire import ask, request, unique
from support.servers import start_runestone

SECRET = b"what is outside is nobody's business"


@pytest.fixture(name="place")
def a_server_and_what_is_outside(tmp_path):
    """A server of its own, and a folder beside its data that must stay as it is."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(SECRET)
    with start_runestone() as server:
        yield server, outside, server.data_dir / "data" / "artifacts" / "blobs"


def put(server, name: str, data: bytes):
    return ask(server, request(f"PUT /api/2.0/mlflow-artifacts/artifacts/0/{name}", body=data))


def get(server, name: str):
    return ask(server, request(f"GET /api/2.0/mlflow-artifacts/artifacts/0/{name}"))


def blob_files(blobs: Path) -> list:
    return [path for path in blobs.rglob("*") if path.is_file()]


def is_as_it_was(outside: Path) -> bool:
    return os.listdir(outside) == ["secret"] and (outside / "secret").read_bytes() == SECRET


def check_refused(reply, server) -> None:
    assert reply.status in (404, 500), reply
    assert SECRET not in reply.body and str(server.data_dir).encode() not in reply.body, reply


def test_a_blob_that_was_made_a_link_is_not_read_through(place):
    server, outside, blobs = place
    assert put(server, "a.txt", b"x" * len(SECRET)).status == 200
    (blob,) = blob_files(blobs)
    for goal in (outside / "secret", Path("/etc/passwd"), Path("/proc/self/environ"), Path("/dev/zero")):
        blob.unlink()
        blob.symlink_to(goal)
        check_refused(get(server, "a.txt"), server)
    assert server.healthy()
    assert ask(server, request("DELETE /api/2.0/mlflow-artifacts/artifacts/0/a.txt")).status == 200
    assert is_as_it_was(outside)


def test_a_blob_that_became_a_pipe_or_a_folder_holds_nobody_up(place):
    server, _, blobs = place
    assert put(server, "a.txt", b"hello").status == 200
    (blob,) = blob_files(blobs)
    blob.unlink()
    os.mkfifo(blob)
    check_refused(get(server, "a.txt"), server)
    blob.unlink()
    blob.mkdir()
    check_refused(get(server, "a.txt"), server)
    assert put(server, "b.txt", b"other").status == 200 and get(server, "b.txt").body == b"other"


def test_a_folder_that_was_made_a_link_is_not_written_or_read_through(place):
    server, outside, blobs = place
    assert put(server, "a.txt", b"hello").status == 200
    for shard in list(blobs.iterdir()):
        shutil.rmtree(shard)
        shard.symlink_to(outside)
    check_refused(get(server, "a.txt"), server)
    reply = put(server, "b.txt", b"evil")
    assert reply.status >= 500 and str(server.data_dir).encode() not in reply.body, reply
    assert get(server, "b.txt").status == 404
    assert is_as_it_was(outside)


def test_names_never_reach_the_file_system(place):
    """Whatever a file is called, its bytes are under a name of ours."""
    server, outside, blobs = place
    for name in ("link", "..a", "%2e%2e%2e", "a%0d%0ab", "nul", "CON", "-rf", "~root", "$HOME", "a%5c..%5cb", unique("x")):
        reply = put(server, name, name.encode())
        assert reply.status in (200, 400), reply
        if reply.status == 200:
            assert get(server, name).body == name.encode()
    for path in blobs.rglob("*"):
        assert set(path.name) <= set("0123456789abcdef"), path
    assert is_as_it_was(outside)
