# SPDX-License-Identifier: Apache-2.0
"""The checker is believed because it finds each lie that is planted here: in histories, and on a server's disk."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.fault import history, storage
from tests.fault.history import OK, REFUSED, STALE, UNKNOWN, Call
from tests.fault.load import Load, checked, until
from tests.fault.verdict import Seen, judge
from tests.fault.wire import Wire
from tests.support.servers import start_runestone


def call(at: float, outcome: str, *facts) -> Call:
    return Call("log-batch", list(facts), at, at + 0.5, outcome, 200 if outcome == OK else 0)


def kinds(calls, **seen) -> list:
    there = Seen()
    for address, value in seen.items():
        there.add(address, value)
    return sorted({finding.kind for finding in judge(calls, there)})


def test_nothing_is_found_where_all_is_as_it_was_told():
    calls = [call(1, OK, ("a", 1)), call(2, OK, ("a", 2), ("b", 1)), call(3, UNKNOWN, ("c", 1), ("d", 1)),
             call(4, UNKNOWN, ("e", 1), ("f", 1)), call(5, REFUSED, ("g", 1))]
    assert kinds(calls, a=2, b=1, c=1, d=1) == []


def test_a_lost_acknowledgement_is_found():
    assert kinds([call(1, OK, ("a", 1))]) == ["lost"]


def test_an_older_value_is_a_lost_acknowledgement():
    assert kinds([call(1, OK, ("a", 1)), call(2, OK, ("a", 2))], a=1) == ["lost"]


def test_what_was_deleted_and_is_there_is_found():
    assert kinds([call(1, OK, ("a", 1)), call(2, OK, ("a", None))], a=1) == ["lost"]


def test_what_was_refused_and_is_there_is_found():
    assert kinds([call(1, REFUSED, ("a", 1), ("b", 1))], b=1) == ["refused"]


def test_half_of_a_call_is_found():
    assert kinds([call(1, UNKNOWN, ("a", 1), ("b", 1))], b=1) == ["half"]


def test_half_of_a_call_over_older_values_is_found():
    calls = [call(1, OK, ("a", 1), ("b", 1)), call(2, UNKNOWN, ("a", 2), ("b", 2))]
    assert kinds(calls, a=2, b=1) == ["half"]
    assert kinds(calls, a=2, b=2) == kinds(calls, a=1, b=1) == []


def test_an_unknown_write_before_an_acknowledged_one_is_over():
    assert kinds([call(1, UNKNOWN, ("a", 1)), call(2, OK, ("a", 2))], a=1) == ["lost"]


def test_what_nobody_wrote_is_found():
    assert kinds([], a=1) == ["invented"]
    assert kinds([call(1, UNKNOWN, ("a", 1))], a=7) == ["invented"]


def test_a_read_of_the_past_is_found():
    assert kinds([call(1, STALE)]) == ["stale"]


def test_what_is_there_twice_is_found():
    seen = Seen()
    seen.add("a", 1)
    seen.add("a", 1)
    assert [finding.kind for finding in judge([call(1, OK, ("a", 1))], seen)] == ["twice"]


# --- lies about a real server, found by the checker's own process ---


class World:
    """A server, and the history of a writer that has worked on it."""

    def __init__(self, folder: Path):
        self.histories = folder / "histories"
        self.file = self.histories / "c0.history"
        self.server = start_runestone(data_dir=folder)
        self.data = folder / "data"
        with Load(self.server.port, self.histories) as load:
            until("calls of every kind", self.is_rich)
        self.file = load.file
        self.calls = load.calls()

    def is_rich(self) -> bool:
        ops = [(one.op, one.outcome) for one in history.read(self.file)]
        return all(ops.count((op, OK)) > 3 for op in ("log-batch", "log-param", "put")) and ("log-batch", REFUSED) in ops

    def check(self) -> str:
        return checked(self.server.port, self.histories)

    def tell(self, calls) -> str:
        """What the checker says of another history of the same server."""
        self.file.unlink()
        history.write(self.file, calls)
        said = self.check()
        self.file.unlink()
        history.write(self.file, self.calls)
        return said

    def find(self, op: str, outcome: str = OK, least: int = 1) -> Call:
        """A call to addresses that no other call has written."""
        written = Counter(address for one in self.calls for address, _ in one.facts)
        return next(one for one in self.calls if (one.op, one.outcome) == (op, outcome) and len(one.facts) >= least
                    and all(written[address] == 1 for address, _ in one.facts))

    def damage(self, sql: str, *values) -> None:
        """Changes a row behind the server's back."""
        self.server.stop()
        with closing(sqlite3.connect(self.data / "runestone.db")) as db:
            changed = db.execute(sql, values).rowcount
            db.commit()
        assert changed == 1
        self.server.start()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("lies"))
    yield made
    made.server.close()


def test_an_honest_server_passes(world):
    assert world.check() == ""


def test_a_call_that_is_told_as_refused_is_found(world):
    told = world.find("log-param")
    said = world.tell([Call(**{**vars(one), "outcome": REFUSED}) if one is told else one for one in world.calls])
    assert said.startswith("refused: ") and told.facts[0][0] in said


def test_a_write_that_never_was_is_found(world):
    run = world.find("log-metric").facts[0][0].split("|")[1]
    address = f"point|{run}|m0|1|1|0.125"
    assert "lost: " in world.tell([*world.calls, Call("log-metric", [(address, 1)], 9e9, 9e9, OK, 200)])


def test_a_batch_of_which_half_is_there_is_found(world):
    batch = world.find("log-batch", least=2)
    run = batch.facts[0][0].split("|")[1]
    missing = [(f"param|{run}|missing", "x"), *batch.facts]
    told = [one for one in world.calls if not set(one.facts) & set(batch.facts)]
    assert "half: " in world.tell([*told, Call("log-batch", missing, batch.start, batch.end, UNKNOWN)])


def test_a_history_that_forgot_a_call_makes_an_invention(world):
    param = world.find("log-param")
    assert world.tell([one for one in world.calls if one.facts != param.facts]).startswith("invented: ")


def test_a_row_that_vanished_is_found(world):
    _, _, key = world.find("log-param").facts[0][0].split("|")
    world.damage("DELETE FROM param WHERE item_key = (SELECT id FROM item_key WHERE name = ?)", key)
    said = world.check()
    assert said.startswith("lost: ") and f"|{key} " in said


def test_a_run_that_is_there_twice_is_found(world):
    made = world.find("create-run").made["run"]["info"]
    wire = Wire(world.server.port)
    assert wire.post("runs/create", {"experiment_id": made["experiment_id"], "run_name": made["run_name"]}).status == 200
    wire.close()
    assert f"twice: c0: run|{made['run_name']}" in world.check()


def test_a_latest_metric_that_is_not_the_greatest_is_found(world):
    world.damage("UPDATE latest_metric SET step = step - 1 WHERE (run, item_key) IN"
                 " (SELECT run, item_key FROM latest_metric LIMIT 1)")
    assert "latest: " in world.check()


def test_a_flipped_bit_in_a_blob_is_found(world):
    _, digest = world.find("put").facts[0]
    with closing(sqlite3.connect(f"file:{world.data}/runestone.db?mode=ro", uri=True)) as db:
        (key,) = db.execute("SELECT blob_key FROM blob WHERE sha256 = ?", (digest,)).fetchone()
    path = world.data / "artifacts" / "blobs" / key
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)
    assert "bytes: " in world.check()
    assert [finding.kind for finding in storage.blobs(world.data)] == ["bytes"]


def test_a_blob_without_a_row_and_a_row_without_a_blob_are_found(world):
    folder = world.data / "artifacts"
    shard = next(path for path in (folder / "blobs").glob("*/*"))
    shard.rename(shard.with_name(shard.name[:2] + "f" * 30))
    (folder / "temps" / "left").write_bytes(b"x")
    (folder / "parts" / ("0" * 32)).mkdir()
    assert {finding.kind for finding in storage.blobs(world.data)} >= {"torn", "orphan"}
    assert [finding.kind for finding in storage.leftovers(world.data)] == ["left over", "left over"]
