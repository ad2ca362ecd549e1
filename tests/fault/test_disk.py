# SPDX-License-Identifier: Apache-2.0
"""A full disk passes by itself; a disk that fails to sync ends all changes until a restart."""

import errno
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Iterator

import pytest

from tests.fault.disk import HANG, Disk
from tests.fault.powercut import server_on
from tests.fault.storage import integrity, leftovers
from tests.fault.wire import Reply, Wire, file_address
from tests.support.servers import Server

WITHIN_S = 20.0
POLL_S = 0.01
BODY = bytes(3 << 20)
FULL = {"write": errno.ENOSPC, "truncate": errno.ENOSPC, "link": errno.ENOSPC}


class Trial:
    """A server on a disk that may fail, with one run."""

    def __init__(self, folder: Path):
        self.disk = Disk(folder)
        self.server: Server = server_on(folder, self.disk.world, self.disk.environment(), "--stall-timeout", "1").start()
        self.wire = Wire(self.server.port)
        self.points = 0
        made = self.wire.post("runs/create", {"experiment_id": "0", "run_name": "run"})
        self.run = made.json()["run"]["info"]["run_id"]

    @property
    def data(self) -> Path:
        return self.disk.world / "data"

    def log(self) -> Reply:
        self.points += 1
        return self.log_by(self.wire, self.points)

    def log_by(self, wire: Wire, step: int) -> Reply:
        return wire.post("runs/log-metric", {"run_id": self.run, "key": "m", "value": 1.0, "timestamp": 1,
                                             "step": step})

    def steps(self) -> list:
        reply = self.wire.get("metrics/get-history", run_id=self.run, metric_key="m")
        assert reply.status == 200
        return [int(point["step"]) for point in reply.json().get("metrics", [])]

    def put(self, name: str) -> Reply:
        return self.wire.call("PUT", file_address(f"0/{self.run}/artifacts/{name}"), BODY)

    def names(self) -> list:
        listed = self.wire.call("GET", f"/api/2.0/mlflow-artifacts/artifacts?path=0/{self.run}/artifacts")
        assert listed.status == 200
        return [entry["path"] for entry in listed.json().get("files", [])]

    def blobs(self) -> list:
        return [path for path in (self.data / "artifacts" / "blobs").glob("*/*")]

    def ready(self) -> Reply:
        return self.wire.call("GET", "/readyz")

    def figure(self, name: str) -> float:
        """A number of /metrics."""
        text = self.wire.call("GET", "/metrics").body.decode()
        return next(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name + " "))


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    made = Trial(tmp_path)
    yield made
    made.wire.close()
    made.server.stop()
    made.disk.close()


def refused(reply: Reply, *words: str) -> None:
    message = reply.json()["message"]
    assert reply.status == 503 and reply.retry_after, message
    for word in words:
        assert word in message


def await_gone(paths) -> None:
    """A worker removes the files of an upload that failed, after the reply."""
    deadline = time.monotonic() + WITHIN_S
    while paths() and time.monotonic() < deadline:
        time.sleep(POLL_S)
    assert not paths()


@pytest.mark.parametrize("error, words", [(errno.ENOSPC, "the disk is full"), (errno.EDQUOT, "quota")])
def test_a_full_disk_of_the_database_refuses_changes_and_passes_by_itself(trial: Trial, error: int, words: str) -> None:
    assert trial.log().status == 200
    trial.disk.fail({"write": error}, match="runestone.db-wal")
    refused(trial.log(), words)
    refused(trial.put("artifact"), words)
    assert trial.steps() == [1]
    assert trial.names() == []
    await_gone(trial.blobs)
    trial.disk.stop()
    assert trial.log().status == 200
    assert trial.put("artifact").status == 200
    assert trial.steps() == [1, 3]
    assert trial.ready().status == 200
    assert integrity(trial.data) == []


def test_a_full_disk_of_artifacts_fails_the_upload_and_nothing_else(trial: Trial) -> None:
    trial.disk.fail(FULL, match="/artifacts/")
    refused(trial.put("artifact"), "No space left")
    assert trial.log().status == 200
    assert trial.names() == [] and trial.blobs() == [] and leftovers(trial.data) == []
    trial.disk.stop()
    assert trial.put("artifact").status == 200
    assert trial.names() == ["artifact"]


def test_a_blob_that_cannot_be_synced_fails_its_upload_and_nothing_else(trial: Trial) -> None:
    trial.disk.fail({"sync": errno.EIO}, last=1, match="/artifacts/")
    refused(trial.put("artifact"), "could not sync")
    await_gone(trial.blobs)
    assert trial.put("artifact").status == 200
    assert trial.log().status == 200
    assert trial.ready().status == 200


def await_ready(trial: Trial, status: int) -> None:
    """Until /readyz answers so."""
    deadline = time.monotonic() + WITHIN_S
    while trial.ready().status != status and time.monotonic() < deadline:
        time.sleep(POLL_S)


@pytest.mark.parametrize("of", ["a commit", "a checkpoint"])
def test_after_a_failed_sync_of_the_database_nothing_is_changed_until_a_restart(trial: Trial, of: str) -> None:
    assert trial.log().status == 200
    if of == "a commit":
        trial.disk.fail({"sync": errno.EIO}, last=1, match="runestone.db")
        refused(trial.log(), "what was acknowledged stands", "may be there after a restart")
    else:  # when nothing waits, the log is synced, then the database
        trial.points += 1
        trial.disk.fail({"sync": errno.EIO}, first=2, last=2, match="runestone.db")
    await_ready(trial, 503)
    for _ in range(3):
        refused(trial.log(), "changes are refused until the disk is checked and the server started again")
    refused(trial.put("artifact"), "changes are refused")
    ready = trial.ready()
    assert ready.status == 503 and b"failed to sync the database (Input/output error)" in ready.body
    assert trial.steps() == [1]
    assert trial.names() == []
    assert trial.figure("runestone_writes_stopped") == 1 and trial.figure("runestone_ready") == 0
    log = trial.server.log.read_text()
    assert log.count("writes_stopped") == 1 and "commit_failed" not in log
    trial.wire.close()
    assert trial.server.stop() == 0
    trial.server.start()
    assert trial.ready().status == 200
    # The change that could not be synced is there or not; those after it were never made.
    assert trial.steps() in ([1], [1, 2])
    assert trial.log().status == 200


RUNNING = 'runestone_lane_running_seconds{lane="committer"}'


@pytest.mark.parametrize("of, nth", [("a commit", 1), ("a checkpoint", 2)])
def test_while_a_sync_hangs_the_server_is_not_ready_and_says_why(trial: Trial, of: str, nth: int) -> None:
    """stall-timeout is a second here. Reads go on; changes wait, and are answered when the disk is back."""
    assert trial.log().status == 200
    assert trial.ready().status == 200
    wires = [Wire(trial.server.port) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        trial.disk.fail({"sync": HANG}, first=nth, match="runestone.db")
        changes = [pool.submit(trial.log_by, wires[0], 2)]  # its commit is one sync; then comes the checkpoint
        await_ready(trial, 503)
        changes.append(pool.submit(trial.log_by, wires[1], 3))
        ready = trial.ready()
        assert ready.status == 503 and b"busy with one batch of changes for" in ready.body, of
        assert trial.figure(RUNNING) > 1
        assert trial.figure("runestone_ready") == 0 and trial.figure("runestone_writes_stopped") == 0
        assert trial.steps() == ([1, 2] if changes[0].done() else [1]) and not changes[1].done()
        trial.disk.stop()
        assert [change.result(timeout=WITHIN_S).status for change in changes] == [200, 200]
    await_ready(trial, 200)
    assert trial.ready().status == 200
    assert trial.figure("runestone_ready") == 1 and trial.figure(RUNNING) < 1
    assert trial.steps() == [1, 2, 3]
    assert "writes_stopped" not in trial.server.log.read_text()
    for wire in wires:
        wire.close()


def test_a_start_that_cannot_be_synced_says_so_in_one_line(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.fail({"sync": errno.EIO})
    server = server_on(tmp_path, disk.world, disk.environment())
    with pytest.raises(Exception, match="exited with 1"):
        server.start()
    said = [line for line in server.tail().splitlines()[1:] if not line.startswith("time=")]
    assert len(said) == 1 and "could not sync" in said[0] and "Input/output error" in said[0]
    disk.close()
