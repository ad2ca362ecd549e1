# SPDX-License-Identifier: Apache-2.0
"""Readers that stay, and a database's log that must not grow for ever."""

import sqlite3
import threading
import time
from contextlib import closing

import pytest

from tests.fault.load import until
from tests.fault.wire import Wire
from tests.support.servers import start_runestone

MIB = 1 << 20
PIECE = 8 * MIB  # of one write: the profile of a dataset, which may be longer than any other text
WRITES = 30
LOG_MOST = (128 + 32) * MIB  # of the log: beyond 128 MiB a checkpoint waits for the reads; and what comes meanwhile


@pytest.fixture
def server(tmp_path):
    with start_runestone(data_dir=tmp_path, extra_args=("--readers", "4")) as running:
        yield running


def make_run(server) -> str:
    wire = Wire(server.port)
    run_id = wire.post("runs/create", {"experiment_id": "0", "run_name": "r"}).json()["run"]["info"]["run_id"]
    for at in range(0, 10000, 1000):
        wire.post("runs/log-batch", {"run_id": run_id, "metrics": [
            {"key": "long", "value": i, "timestamp": i, "step": i} for i in range(at, at + 1000)]})
    wire.close()
    return run_id


class Writer:
    """Makes the log grow, and measures it after every call."""

    def __init__(self, server, run_id: str):
        self.log = server.data_dir / "data" / "runestone.db-wal"
        self.wire = Wire(server.port)
        self.run_id = run_id
        self.n = 0
        self.greatest = 0
        self.slowest_s = 0.0

    def write(self, size: int = PIECE) -> None:
        self.n += 1
        dataset = {"name": "d", "digest": str(self.n), "source_type": "t", "source": "s", "profile": "x" * size}
        begin = time.monotonic()
        reply = self.wire.post("runs/log-inputs", {"run_id": self.run_id, "datasets": [{"dataset": dataset}]})
        assert reply.status == 200, reply
        self.slowest_s = max(self.slowest_s, time.monotonic() - begin)
        self.greatest = max(self.greatest, self.log.stat().st_size)


def test_reads_that_overlap_without_end_do_not_let_the_log_grow(server):
    run_id = make_run(server)
    stop = threading.Event()
    counts = [0] * 3

    def read(i: int) -> None:
        wire = Wire(server.port)
        while not stop.is_set():
            assert wire.get("metrics/get-history", run_id=run_id, metric_key="long", max_results=20000).status == 200
            counts[i] += 1
        wire.close()

    readers = [threading.Thread(target=read, args=(i,)) for i in range(len(counts))]
    for reader in readers:
        reader.start()
    writer = Writer(server, run_id)
    try:
        for _ in range(WRITES):
            writer.write()
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert sum(counts) >= WRITES
    assert writer.greatest < LOG_MOST, f"{writer.greatest >> 20} MiB of log"
    assert writer.slowest_s < 10


def test_a_log_that_another_process_held_is_given_back_when_it_lets_go(server):
    """That process's read cannot be ended, and writes must go on: the log grows, and shrinks at the next chance."""
    run_id = make_run(server)
    writer = Writer(server, run_id)
    with closing(sqlite3.connect(f"file:{server.data_dir}/data/runestone.db?mode=ro", uri=True)) as other:
        other.execute("BEGIN")
        before = other.execute("SELECT count(*) FROM dataset").fetchone()
        while writer.log.stat().st_size < 80 * MIB:
            writer.write()
        assert other.execute("SELECT count(*) FROM dataset").fetchone() == before
    assert writer.slowest_s < 10

    def is_short() -> bool:
        writer.write(1)
        return writer.log.stat().st_size < 8 * MIB

    until("the log is short again", is_short)
