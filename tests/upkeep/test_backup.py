# SPDX-License-Identifier: Apache-2.0
"""`runestone backup` beside a running server and without one, and `runestone restore`."""

import shutil
import sqlite3
import threading

import pytest
import requests

from support.servers import ServerError, start_runestone
from upkeep.shared import Client, blobs_in, command, content, data_of, everything, fill, kill_when, succeed

MB = 1 << 20
FILES = 24  # enough to be killed in the middle of copying them


def restored(tmp_path, backup, name="restored"):
    """A server on what a backup held."""
    (tmp_path / name).mkdir()
    succeed("restore", backup, "--data", tmp_path / name / "data")
    succeed("check", "--data", tmp_path / name / "data")
    return start_runestone(data_dir=tmp_path / name)


def test_a_restored_backup_of_a_running_server_answers_the_same(served, tmp_path):
    client = Client(served.url)
    runs = fill(client)
    before = everything(client, runs)
    succeed("backup", "--data", data_of(served), tmp_path / "backup")
    client.put_file("9/kept/0.bin", b"later")
    client.log(runs[0], "m", 1000, 1.0)
    succeed("check", tmp_path / "backup")
    with restored(tmp_path, tmp_path / "backup") as server:
        again = Client(server.url)
        assert everything(again, runs) == before
        assert before["files"][3] == content(3)
        again.log(runs[0], "m", 2000, 2.0)
        assert again.history(runs[0], "m")[-1] == (2000, 2.0)
    assert client.get_file("9/kept/0.bin").content == b"later"


def test_what_a_killed_server_had_acknowledged_is_in_an_offline_backup(served, tmp_path):
    client = Client(served.url)
    runs = fill(client)
    before = everything(client, runs)
    served.kill()
    succeed("backup", "--data", data_of(served), tmp_path / "backup")
    with restored(tmp_path, tmp_path / "backup") as server:
        assert everything(Client(server.url), runs) == before


class Writers:
    """Clients that log points and files as fast as they can until the server is gone, and keep what was acknowledged."""

    def __init__(self, url: str, n: int = 4):
        self.points: dict[str, int] = {}
        self.files = 0
        self.threads = [threading.Thread(target=self.log_points, args=(url, f"w{number}")) for number in range(n)]
        self.threads.append(threading.Thread(target=self.put_files, args=(url,)))
        for thread in self.threads:
            thread.start()

    def log_points(self, url: str, name: str) -> None:
        client = Client(url)
        try:
            run_id = client.new_run(name)
            for step in range(1_000_000):
                client.log(run_id, "m", step, step / 2)
                self.points[run_id] = step + 1
        except (requests.RequestException, AssertionError):
            return

    def put_files(self, url: str) -> None:
        client = Client(url)
        try:
            for number in range(1_000_000):
                client.put_file(f"9/load/{number}.bin", content(number, 20_000))
                self.files = number + 1
        except (requests.RequestException, AssertionError):
            return

    def await_files(self, n: int) -> None:
        deadline = threading.Event()
        for _ in range(6000):
            if self.files >= n and len(self.points) == len(self.threads) - 1:
                return
            deadline.wait(0.01)
        raise AssertionError("the writers got nowhere")

    def join(self) -> None:
        for thread in self.threads:
            thread.join()


def test_all_that_was_acknowledged_before_a_backup_under_load_is_in_it(served, tmp_path):
    writers = Writers(served.url)
    try:
        writers.await_files(20)
        points, files = dict(writers.points), writers.files
        succeed("backup", "--data", data_of(served), tmp_path / "backup")
        writers.await_files(files + 5)
        first_done = dict(writers.points), writers.files
        succeed("backup", "--data", data_of(served), tmp_path / "backup2")
    finally:
        served.kill()
        writers.join()
    for name, (want_points, want_files) in {"backup": (points, files), "backup2": first_done}.items():
        with restored(tmp_path, tmp_path / name, f"of {name}") as server:
            client = Client(server.url)
            for run_id, acknowledged in want_points.items():
                steps = []
                token = None
                while token is None or token:
                    page = client.get("metrics/get-history", run_id=run_id, metric_key="m", max_results=25000,
                                      page_token=token)
                    steps += [(int(point["step"]), point["value"]) for point in page["metrics"]]
                    token = page.get("next_page_token") or ""
                assert steps == [(step, step / 2) for step in range(len(steps))]
                assert len(steps) >= acknowledged > 0
            for number in range(want_files):
                assert client.get_file(f"9/load/{number}.bin").content == content(number, 20_000)
    succeed("check", "--data", data_of(served))


def test_a_second_backup_copies_only_what_is_new_and_removes_what_is_old(served, tmp_path):
    client = Client(served.url)
    runs = fill(client)
    succeed("backup", "--data", data_of(served), tmp_path / "backup")
    first = {key: path.stat().st_ino for key, path in blobs_in(tmp_path / "backup").items()}
    client.put_file("9/kept/new.bin", b"new")
    assert " 1 of them new" in succeed("backup", "--data", data_of(served), tmp_path / "backup")
    second = {key: path.stat().st_ino for key, path in blobs_in(tmp_path / "backup").items()}
    assert first.items() < second.items() and len(second) == len(first) + 1
    served.stop()
    with start_runestone(data_dir=served.data_dir, extra_args=["--blob-grace", "0"]) as server:
        again = Client(server.url)
        for number in range(1, 12):
            again.delete_file(f"9/kept/{number}.bin")
        kept = everything(again, runs, files=1)
        deadline = threading.Event()
        while len(blobs_in(data_of(server))) > 2:
            deadline.wait(0.05)
        succeed("backup", "--data", data_of(server), tmp_path / "backup")
    assert len(blobs_in(tmp_path / "backup")) == 2
    assert len(list((tmp_path / "backup").glob("*.db"))) == 1
    with restored(tmp_path, tmp_path / "backup") as server:
        assert everything(Client(server.url), runs, files=1) == kept


def test_bytes_that_are_deleted_during_a_backup_are_still_in_it(tmp_path):
    with start_runestone(data_dir=tmp_path / "served", extra_args=["--blob-grace", "0"]) as server:
        client = Client(server.url)
        stop = threading.Event()

        def churn() -> None:
            mine = Client(server.url)
            number = 0
            while not stop.is_set():
                mine.put_file(f"9/churn/{number % 50}.bin", content(number, 5000))
                number += 1
                if number % 10 == 0:
                    mine.delete_file(f"9/churn/{number % 50}.bin")

        threads = [threading.Thread(target=churn) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            client.put_file("9/first.bin", b"first")
            for number in range(6):
                succeed("backup", "--data", data_of(server), tmp_path / f"backup{number % 2}")
                succeed("check", tmp_path / f"backup{number % 2}")
        finally:
            stop.set()
            for thread in threads:
                thread.join()


def test_an_interrupted_first_backup_is_no_backup_and_the_next_one_completes_it(served, tmp_path):
    client = Client(served.url)
    runs = fill(client, files=FILES, size=MB)
    before = everything(client, runs, files=FILES)
    backup = tmp_path / "backup"
    kill_when(lambda: len(blobs_in(backup)) > 3, "backup", "--data", data_of(served), backup)
    refused = command("restore", backup, "--data", tmp_path / "nothing")
    assert refused.returncode == 2 and "no finished backup" in refused.stderr
    assert not (tmp_path / "nothing").exists()
    assert command("check", backup).returncode == 2
    copied = len(blobs_in(backup))
    told = succeed("backup", "--data", data_of(served), backup)
    assert f" {FILES - copied} of them new" in told
    with restored(tmp_path, backup) as server:
        assert everything(Client(server.url), runs, files=FILES) == before


def test_an_interrupted_backup_leaves_the_one_before_it_whole(served, tmp_path):
    client = Client(served.url)
    runs = fill(client)
    before = everything(client, runs)
    backup = tmp_path / "backup"
    succeed("backup", "--data", data_of(served), backup)
    for number in range(FILES):
        client.put_file(f"9/more/{number}.bin", content(1000 + number, MB))
    client.put_file("9/kept/0.bin", b"changed")
    kill_when(lambda: len(blobs_in(backup)) > 15, "backup", "--data", data_of(served), backup)
    succeed("check", backup)
    with restored(tmp_path, backup) as server:
        assert everything(Client(server.url), runs) == before
    succeed("backup", "--data", data_of(served), backup)
    assert len(list(backup.glob("*.db"))) == 1
    with restored(tmp_path, backup, "again") as server:
        assert Client(server.url).get_file("9/kept/0.bin").content == b"changed"


def test_no_server_starts_on_a_restore_that_was_interrupted(served, tmp_path):
    client = Client(served.url)
    fill(client, files=FILES, size=MB)
    backup = tmp_path / "backup"
    succeed("backup", "--data", data_of(served), backup)
    half = tmp_path / "half" / "data"
    half.parent.mkdir()
    kill_when(lambda: len(blobs_in(half)) > 3, "restore", backup, "--data", half)
    with pytest.raises(ServerError, match="a restore into it was not finished"):
        start_runestone(data_dir=half.parent)
    again = command("restore", backup, "--data", half)
    assert again.returncode == 2 and "not finished" in again.stderr
    assert command("check", "--data", half).returncode == 2
    shutil.rmtree(half)
    succeed("restore", backup, "--data", half)
    succeed("check", "--data", half)


def test_a_restore_changes_nothing_in_a_folder_that_is_not_empty(served, tmp_path):
    fill(Client(served.url))
    succeed("backup", "--data", data_of(served), tmp_path / "backup")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    refused = command("restore", tmp_path / "backup", "--data", tmp_path / "full")
    assert refused.returncode == 2 and "is not empty" in refused.stderr
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["file"]


def test_a_folder_with_other_files_takes_no_backup(served, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    refused = command("backup", "--data", data_of(served), tmp_path / "mine")
    assert refused.returncode == 2 and "holds no backup" in refused.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["file"]


def test_bytes_that_a_backup_has_lost_are_named_and_the_rest_is_restored(served, tmp_path):
    client = Client(served.url)
    runs = fill(client)
    backup = tmp_path / "backup"
    succeed("backup", "--data", data_of(served), backup)
    for path in blobs_in(backup).values():
        if path.read_bytes() == content(4):
            path.write_bytes(b"X" + content(4)[1:])
        elif path.read_bytes() == content(5):
            path.unlink()
    checked = command("check", backup)
    assert checked.returncode == 1 and "9/kept/4.bin" in checked.stdout and "9/kept/5.bin" in checked.stdout
    told = command("restore", backup, "--data", tmp_path / "new" / "data")
    assert told.returncode == 2, "the folder above must be there"
    (tmp_path / "new").mkdir()
    told = command("restore", backup, "--data", tmp_path / "new" / "data")
    assert told.returncode == 1
    findings = [line for line in told.stdout.splitlines() if line.startswith("bytes are")]
    assert len(findings) == 2 and "9/kept/4.bin" in told.stdout and "9/kept/5.bin" in told.stdout
    with start_runestone(data_dir=tmp_path / "new") as server:
        again = Client(server.url)
        files = everything(again, runs)["files"]
        assert files[:4] + files[6:] == [content(number) for number in (0, 1, 2, 3, *range(6, 12))]
        for number in (4, 5):
            assert again.get_file(f"9/kept/{number}.bin").status_code == 500


@pytest.mark.parametrize("where", ["manifest", "database"])
def test_a_backup_whose_rows_are_not_what_was_written_is_refused(served, tmp_path, where):
    fill(Client(served.url))
    backup = tmp_path / "backup"
    succeed("backup", "--data", data_of(served), backup)
    (path,) = backup.glob("manifest" if where == "manifest" else "*.db")
    text = bytearray(path.read_bytes())
    text[len(text) // 2] ^= 1
    path.write_bytes(text)
    checked = command("check", backup)
    assert checked.returncode == 1 and "the backup is damaged" in checked.stdout
    refused = command("restore", backup, "--data", tmp_path / "new")
    assert refused.returncode == 2 and ("SHA-256" in refused.stderr or "manifest" in refused.stderr)


def test_only_one_backup_at_a_time_works_in_a_folder(served, tmp_path):
    client = Client(served.url)
    fill(client, files=FILES, size=MB)
    backup = tmp_path / "backup"

    def is_refused() -> bool:
        if not blobs_in(backup):
            return False
        second = command("backup", "--data", data_of(served), backup)
        assert second.returncode == 2 and "is at work" in second.stderr
        return True

    kill_when(is_refused, "backup", "--data", data_of(served), backup)


def test_a_backup_writes_nothing_into_the_data_folder(served, tmp_path):
    fill(Client(served.url))
    served.stop()
    database = data_of(served) / "runestone.db"
    before = database.read_bytes()
    succeed("backup", "--data", data_of(served), tmp_path / "backup")
    assert database.read_bytes() == before
    (copy,) = (tmp_path / "backup").glob("*.db")
    with sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert db.execute("SELECT count(*) FROM run").fetchone() == (3,)
