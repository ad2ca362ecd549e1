# SPDX-License-Identifier: Apache-2.0
"""Who may use a data folder, and what is said to the others."""

import os
import shutil
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.fault.load import Load, checked, until
from tests.fault.wire import Wire
from tests.support.servers import clean_environment, runestone_binary, start_runestone

REFUSES_WITHIN_S = 20.0


def refusal(data: Path, *before: str) -> str:
    """What a server says that does not start: one line on standard error, behind its log."""
    done = subprocess.run([*before, str(runestone_binary()), "server", "--port", "0", "--data", str(data)],
                          env=clean_environment(), capture_output=True, text=True, timeout=REFUSES_WITHIN_S, check=False)
    assert done.returncode == 1, done
    assert done.stdout == ""
    said = [line for line in done.stderr.splitlines() if not line.startswith("time=")]
    assert len(said) == 1 and said[0].startswith("runestone: could not "), done.stderr
    return said[0]


def post(server, route: str, body: dict) -> dict:
    wire = Wire(server.port)
    reply = wire.post(route, body)
    wire.close()
    assert reply.status == 200, reply
    return reply.json()


def test_a_second_server_on_a_folder_ends_at_once_and_the_first_is_unhurt(tmp_path):
    with start_runestone(data_dir=tmp_path) as server:
        with Load(server.port, tmp_path / "histories").reach(100) as load:
            said = refusal(tmp_path / "data")
            n = len(load.calls())
            load.reach(n + 50)
        assert "another server is running on this data folder" in said and str(tmp_path / "data") in said
        assert checked(server.port, load.folder) == ""
        assert {call.status for call in load.calls()} <= {200, 400}
    with start_runestone(data_dir=tmp_path) as server:  # nor has the refused one left its lock
        assert checked(server.port, load.folder) == ""


def without_rights() -> tuple:
    """Root may write whatever the modes say: not with these words before its command."""
    if os.geteuid() != 0:
        return ()
    return ("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override,-dac_read_search")


READ_ONLY = ["", "artifacts/blobs", "artifacts/temps", "runestone.db", "missing/below"]


@pytest.mark.parametrize("what", READ_ONLY)
def test_what_may_not_be_written_is_named(tmp_path, what):
    data = tmp_path / "data"
    with start_runestone(data_dir=tmp_path):
        pass
    place = data / what
    if what == "missing/below":
        place = data
        data = data / what
    os.chmod(place, 0o500 if place.is_dir() else 0o400)
    try:
        said = refusal(data, *without_rights())
    finally:
        os.chmod(place, 0o700)
    assert str(data / ("artifacts" if what.startswith("artifacts") else "")) in said
    assert "Permission denied" in said or "No such file" in said


def test_a_folder_that_is_a_file_is_named(tmp_path):
    (tmp_path / "data").write_text("x")
    assert str(tmp_path / "data") in refusal(tmp_path / "data")


class Locked:
    """Another process's lock on the database, as that of a careless script; this process's own would do as well."""

    def __init__(self, data: Path):
        self.db = sqlite3.connect(data / "runestone.db", isolation_level=None, timeout=5)

    def __enter__(self):
        self.db.execute("BEGIN EXCLUSIVE")
        return self

    def __exit__(self, *unused):
        self.db.execute("ROLLBACK")
        self.db.close()


def test_a_database_that_another_process_has_locked_refuses_changes_in_time_and_goes_on_at_once(tmp_path):
    with start_runestone(data_dir=tmp_path) as server:
        run = post(server, "runs/create", {"experiment_id": "0", "run_name": "r"})["run"]["info"]["run_id"]
        replies = []

        def change():
            wire = Wire(server.port)
            begin = time.monotonic()
            reply = wire.post("runs/set-tag", {"run_id": run, "key": "k", "value": "v"})
            replies.append((reply, time.monotonic() - begin))
            wire.close()

        threads = [threading.Thread(target=change)]  # one: those behind it wait as long again
        with Locked(tmp_path / "data"):
            for thread in threads:
                thread.start()
            wire = Wire(server.port)
            reads = []
            while any(thread.is_alive() for thread in threads):
                begin = time.monotonic()
                assert wire.get("runs/get", run_id=run).status == 200
                reads.append(time.monotonic() - begin)
            wire.close()
        begin = time.monotonic()
        post(server, "runs/set-tag", {"run_id": run, "key": "after", "value": "v"})
        assert time.monotonic() - begin < 1
        assert sorted(reads)[len(reads) * 99 // 100] < 0.5
        for reply, took in replies:
            assert (reply.status, reply.json()["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
            assert "locked by another process" in reply.json()["message"]
            assert took < 15
        assert "k" not in [tag["key"] for tag in read_run(server, run)["data"]["tags"]]


@pytest.mark.parametrize("how", ["away", "replaced"])
def test_a_database_that_is_moved_under_the_server_takes_no_more_changes(tmp_path, how):
    """What would be committed into a file without a name is gone with the process: so nothing is."""
    database = tmp_path / "data" / "runestone.db"
    aside = tmp_path / "aside"
    with start_runestone(data_dir=tmp_path) as server:
        with Load(server.port, tmp_path / "histories").reach(100) as load:
            pass
        run = post(server, "runs/create", {"experiment_id": "0", "run_name": "r"})["run"]["info"]["run_id"]
        os.rename(database, aside)
        if how == "replaced":
            shutil.copy(aside, database)
        wire = Wire(server.port)
        for _ in range(2):
            reply = wire.post("runs/set-tag", {"run_id": run, "key": "k", "value": "v"})
            assert (reply.status, reply.json()["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
            assert "moved, removed or replaced" in reply.json()["message"]
        ready = wire.call("GET", "/readyz")
        wire.close()
        assert ready.status == 503 and b"moved, removed or replaced" in ready.body
        assert read_run(server, run)["info"]["run_id"] == run
        assert server.stop() == 0
        assert server.log.read_text().count("writes_stopped") == 1
    os.replace(aside, database)
    with start_runestone(data_dir=tmp_path) as server:
        assert checked(server.port, load.folder) == ""
        post(server, "runs/set-tag", {"run_id": run, "key": "k", "value": "v"})


def refused_change(server, run: str) -> str:
    """Why a change is refused, once it is: it may take a second."""
    wire = Wire(server.port)
    said = []

    def refused() -> bool:
        reply = wire.post("runs/set-tag", {"run_id": run, "key": "k", "value": "v"})
        if reply.status != 200:
            assert (reply.status, reply.json()["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
            said.append(reply.json()["message"])
        return bool(said)

    until("a change is refused", refused)
    ready = wire.call("GET", "/readyz")
    wire.close()
    assert ready.status == 503 and b"moved" in ready.body
    return said[0]


@pytest.mark.parametrize("how", ["removed", "away", "replaced"])
def test_a_log_that_is_taken_from_the_server_costs_nothing_that_was_acknowledged(tmp_path, how):
    """Until it is noticed, commits go into a file without a name. They are copied out of it in time."""
    log = tmp_path / "data" / "runestone.db-wal"
    aside = tmp_path / "aside"
    with start_runestone(data_dir=tmp_path) as server:
        run = post(server, "runs/create", {"experiment_id": "0", "run_name": "r"})["run"]["info"]["run_id"]
        with Load(server.port, tmp_path / "histories").reach(100) as load:
            if how == "removed":
                log.unlink()
            else:
                os.rename(log, aside)
            if how == "replaced":
                shutil.copy(aside, log)
            said = refused_change(server, run)
        assert "the log of the database was moved, removed or replaced" in said
        assert read_run(server, run)["info"]["run_id"] == run
        assert checked(server.port, load.folder) == ""
        server.kill()
    if how == "replaced":  # what it holds is older than what it would be written over
        assert f'the log "{log}" is older than the database' in refusal(tmp_path / "data")
        log.unlink()
    with start_runestone(data_dir=tmp_path) as server:
        assert checked(server.port, load.folder) == ""
        post(server, "runs/set-tag", {"run_id": run, "key": "k", "value": "v"})


def test_a_log_whose_index_is_removed_takes_no_more_changes(tmp_path):
    """Who opens the database then makes an index of its own, and would not know of the server's commits and locks."""
    with start_runestone(data_dir=tmp_path) as server:
        run = post(server, "runs/create", {"experiment_id": "0", "run_name": "r"})["run"]["info"]["run_id"]
        with Load(server.port, tmp_path / "histories").reach(100) as load:
            (tmp_path / "data" / "runestone.db-shm").unlink()
            assert "the index of the database's log was moved or removed" in refused_change(server, run)
        assert server.stop() == 0
        assert server.log.read_text().count("writes_stopped") == 1
    with start_runestone(data_dir=tmp_path) as server:
        assert checked(server.port, load.folder) == ""


def read_run(server, run_id: str) -> dict:
    wire = Wire(server.port)
    run = wire.get("runs/get", run_id=run_id).json()["run"]
    wire.close()
    return run


def test_a_server_whose_log_nobody_reads_any_more_goes_on(tmp_path):
    argv = [str(runestone_binary()), "server", "--port", "0", "--data", str(tmp_path / "data"), "--log-level", "debug"]
    with subprocess.Popen(argv, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        try:
            port = int(process.stdout.readline().rsplit(":", 1)[1])
            process.stdout.close()
            process.stderr.close()
            with Load(port, tmp_path / "histories").reach(200) as load:
                pass
            assert checked(port, load.folder) == ""
            assert {call.status for call in load.calls()} <= {200, 400}
            wire = Wire(port)
            text = wire.call("GET", "/metrics").body.decode()
            wire.close()
            (lost,) = [line for line in text.splitlines() if line.startswith("runestone_log_") and "drop" in line]
            assert float(lost.split()[-1]) >= 200
        finally:
            process.terminate()
        assert process.wait(REFUSES_WITHIN_S) == 0


def test_a_data_folder_that_is_moved_between_starts_is_served(tmp_path):
    with start_runestone(data_dir=tmp_path / "a") as server:
        with Load(server.port, tmp_path / "histories").reach(100) as load:
            pass
        server.kill()
    shutil.move(tmp_path / "a" / "data", tmp_path / "data")
    with start_runestone(data_dir=tmp_path) as server:
        assert checked(server.port, load.folder) == ""
