# SPDX-License-Identifier: Apache-2.0
"""A damaged database: the server says so and does not start, or serves what is whole. It neither dies of it nor mixes.

SQLite does not see a flipped bit inside a value: so what is checked of values is only that they are sent well."""

import os
import random
import shutil
import sqlite3
import struct
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Callable, Dict, Iterator, Tuple
from urllib.parse import quote

import pytest

from tests.fault.history import OK
from tests.fault.load import Load, checked
from tests.fault.wire import API, FILES, Lost, Reply, Wire
from tests.support.servers import Server, ServerError, start_runestone

PAGE = 4096
FRAME = 24 + PAGE
POINTS = 6000  # of one metric, so that its tree has an inside


class Original:
    """A data folder of a server that worked: after SIGTERM (`rest`), and after SIGKILL, with its log (`crash`)."""

    def __init__(self, folder: Path):
        with start_runestone(data_dir=folder / "live") as server:
            with Load(server.port, folder / "histories").reach(400) as load:
                self.fill(server)
            self.histories = load.folder
            self.calls = load.calls()
            server.stop()
            shutil.copytree(folder / "live" / "data", folder / "rest")
            server.start()
            with Load(server.port, folder / "histories", "c1").reach(300):
                server.kill()
            shutil.copytree(folder / "live" / "data", folder / "crash")
        self.folder = folder

    @staticmethod
    def fill(server: Server) -> None:
        wire = Wire(server.port)
        made = wire.post("runs/create", {"experiment_id": "0", "run_name": "long"}).json()["run"]["info"]["run_id"]
        for at in range(0, POINTS, 1000):
            metrics = [{"key": "long", "value": at + i, "timestamp": at + i, "step": at + i} for i in range(1000)]
            assert wire.post("runs/log-batch", {"run_id": made, "metrics": metrics}).status == 200
        wire.close()

    def copy(self, state: str, to: Path) -> Path:
        shutil.copytree(self.folder / state, to / "data")
        return to / "data"

    def reads(self) -> Iterator[Tuple[str, str, dict]]:
        """Calls that together read every kind of row."""
        yield "POST", API + "experiments/search", {"max_results": 1000}
        for experiment in ("0", "1", "2"):
            for order in ("start_time DESC", "metrics.m1 DESC", "params.p ASC", "tags.t1 ASC"):
                yield "POST", API + "runs/search", {"experiment_ids": [experiment], "order_by": [order],
                                                    "max_results": 1000, "run_view_type": "ALL"}
        made = [call.made["run"]["info"] for call in self.calls if call.op == "create-run" and call.outcome == OK]
        for info in made[:12]:
            yield "GET", f"{API}runs/get?run_id={info['run_id']}", {}
            yield "GET", f"{API}metrics/get-history?run_id={info['run_id']}&metric_key=m1", {}
            root = f"{info['experiment_id']}/{info['run_id']}/artifacts"
            yield "GET", f"{FILES}?path={quote(root, safe='')}", {}
            yield "GET", f"{FILES}/{root}/dir/f1", {}
        yield "POST", API + "logged-models/search", {"experiment_ids": ["0"]}


def writes(run_id: str) -> Iterator[Tuple[str, str, dict]]:
    yield "POST", API + "runs/create", {"experiment_id": "0", "run_name": "after"}
    yield "POST", API + "runs/log-batch", {"run_id": run_id, "metrics": [
        {"key": f"m{i}", "value": i, "timestamp": i, "step": i} for i in range(50)], "tags": [{"key": "n", "value": "v"}]}
    yield "POST", API + "experiments/create", {"name": "after"}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return Original(tmp_path_factory.mktemp("original"))


def check_reply(path: str, reply: Reply) -> None:
    """Well formed, and an error only of the kinds that say whose fault it is."""
    assert reply.status in (200, 404, 500, 503), (path, reply)
    if not path.startswith(f"{FILES}/") or reply.status != 200:
        told = reply.json()  # strict UTF-8 and JSON, whatever stands in the file
        if reply.status >= 500:
            assert told["error_code"] in ("DATA_LOSS", "INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE"), told
            assert told["message"], told


def serve(original: Original, folder: Path) -> Dict[int, int]:
    """Starts a server on a damaged folder, and asks it for everything. {} when it refuses to start, else how many
    replies had which status."""
    try:
        server = start_runestone(data_dir=folder)
    except ServerError as error:
        check_refusal(folder, str(error))
        return {}
    counts: Dict[int, int] = {}
    run_id = next(call.made["run"]["info"]["run_id"] for call in original.calls if call.op == "create-run")
    with server:
        wire = Wire(server.port)
        for method, path, body in [*original.reads(), *writes(run_id), *original.reads()]:
            try:
                reply = wire.call(method, path, body if method == "POST" else None)
            except Lost:
                raise AssertionError(f"{method} {path} was not answered\n{server.tail()}") from None
            check_reply(path, reply)
            counts[reply.status] = counts.get(reply.status, 0) + 1
        wire.close()
        assert server.alive()
        assert server.stop() == 0
    return counts


def check_refusal(folder: Path, said: str) -> None:
    assert "exited with 1 before" in said, said
    last = said.rstrip().splitlines()[-1]
    assert last.isprintable(), last
    assert last.startswith("runestone: could not ") and str(folder / "data") in last, said


Damage = Callable[[Path, random.Random], None]


def overwrite(at: int, body: bytes, name: str = "runestone.db") -> Damage:
    def damage(data: Path, _: random.Random) -> None:
        with open(data / name, "r+b") as file:
            os.pwrite(file.fileno(), body, at)
    return damage


def truncate(share: float, more: int = 0, name: str = "runestone.db") -> Damage:
    def damage(data: Path, _: random.Random) -> None:
        os.truncate(data / name, int(os.path.getsize(data / name) * share) + more)
    return damage


def replace(body: bytes, name: str = "runestone.db") -> Damage:
    return lambda data, _: (data / name).write_bytes(body) and None


def exchange(text: bytes, other: bytes) -> Damage:
    def damage(data: Path, _: random.Random) -> None:
        body = (data / "runestone.db").read_bytes()
        assert text in body
        (data / "runestone.db").write_bytes(body.replace(text, other.ljust(len(text))))
    return damage


REFUSED: Dict[str, Damage] = {
    "another magic": overwrite(0, b"Another format 3\0"),
    "a page size that is none": overwrite(16, struct.pack(">H", 12345)),
    "a first page of noise": overwrite(0, os.urandom(PAGE)),
    "a first page of zeros": overwrite(0, bytes(PAGE)),
    "a text file": replace(b"This is not a database.\n" * 1000),
    "cut within the header": truncate(0, 50),
    "cut to one page": truncate(0, PAGE),
    "cut to nothing": truncate(0),
    "a schema with control characters": exchange(b"run_id TEXT NOT NULL UNIQUE", b"[\x1b[2J\n\xff\r is no token"),
    "a schema of noise": overwrite(100, os.urandom(PAGE - 100)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_database_any_more_is_refused(original, tmp_path, name):
    data = original.copy("rest", tmp_path)
    REFUSED[name](data, random.Random(1))
    before = (data / "runestone.db").read_bytes()
    assert serve(original, tmp_path) == {}
    assert (data / "runestone.db").read_bytes() == before


def pages(data: Path, table: str, kind: str) -> list:
    """Numbers, from 1, of a table's leaf or internal pages."""
    with closing(sqlite3.connect(f"file:{data}/runestone.db?mode=ro", uri=True)) as db:
        return [row[0] for row in db.execute("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = ?", (table, kind))]


@pytest.mark.parametrize("kind", ["leaf", "internal"])
def test_a_lost_page_of_points_costs_the_histories_in_it_and_nothing_else(original, tmp_path, kind):
    data = original.copy("rest", tmp_path)
    lost = pages(data, "metric", kind)
    overwrite((lost[len(lost) // 2] - 1) * PAGE, os.urandom(PAGE))(data, random.Random(1))
    with start_runestone(data_dir=tmp_path) as server:
        wire = Wire(server.port)
        for method, path, body in original.reads():
            reply = wire.call(method, path, body if method == "POST" else None)
            check_reply(path, reply)
            assert reply.status in (200, 404) or "get-history" in path, (path, reply)
        run_id = wire.post("runs/search", {"experiment_ids": ["0"]}).json()["runs"][0]["info"]["run_id"]
        reply = wire.get("metrics/get-history", run_id=run_id, metric_key="long", max_results=25000)
        assert (reply.status, reply.json()["error_code"]) == (500, "DATA_LOSS")
        assert wire.post("runs/set-tag", {"run_id": run_id, "key": "k", "value": "v"}).status == 200
        wire.close()


@pytest.mark.parametrize("seed", range(12))
def test_damage_anywhere_neither_kills_the_server_nor_its_words(original, tmp_path, seed):
    chance = random.Random(seed)
    data = original.copy("rest", tmp_path)
    size = os.path.getsize(data / "runestone.db")
    for _ in range(chance.choice((1, 4, 40))):
        at = chance.randrange(size)
        overwrite(at, chance.randbytes(chance.choice((1, 8, 500))))(data, chance)
    if seed % 3 == 0:
        truncate(chance.uniform(0.1, 1))(data, chance)
    serve(original, tmp_path)


# --- the write-ahead log ---


def flip(name: str, at: Callable[[int], int]) -> Damage:
    def damage(data: Path, _: random.Random) -> None:
        body = bytearray((data / name).read_bytes())
        body[at(len(body))] ^= 0x10
        (data / name).write_bytes(body)
    return damage


def other_log(data: Path, _: random.Random) -> None:
    """That of another database, whose pages are other ones."""
    with closing(sqlite3.connect(data / "other", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE other (x)")
        db.execute("INSERT INTO other VALUES (randomblob(100000))")
        shutil.copy(data / "other-wal", data / "runestone.db-wal")


LOG = "runestone.db-wal"
HARMLESS: Dict[str, Damage] = {
    "the index is noise": lambda data, _: (data / "runestone.db-shm").write_bytes(os.urandom(32768)) and None,
    "the index is gone": lambda data, _: (data / "runestone.db-shm").unlink(),
    "noise behind the log's end": lambda data, _: os.truncate(data / LOG, os.path.getsize(data / LOG)) or
    open(data / LOG, "ab").write(os.urandom(3 * FRAME)) and None,
}
LOST: Dict[str, Damage] = {
    "the log is gone": lambda data, _: (data / LOG).unlink(),
    "the log is empty": truncate(0, name=LOG),
    "the log's header is cut": truncate(0, 20, name=LOG),
    "a bit of the log's header": flip(LOG, lambda size: 9),
    "a bit of the first frame": flip(LOG, lambda size: 32 + 40),
    "a bit in the middle": flip(LOG, lambda size: 32 + (size // 3 // FRAME) * FRAME + 2000),
    "the database is gone": lambda data, _: (data / "runestone.db").unlink(),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_the_log_does_not_need_is_made_anew(original, tmp_path, name):
    data = original.copy("crash", tmp_path)
    HARMLESS[name](data, random.Random(1))
    with start_runestone(data_dir=tmp_path) as server:
        assert checked(server.port, original.histories) == ""


@pytest.mark.parametrize("name", LOST)
def test_a_log_with_acknowledged_changes_that_is_lost_or_broken_is_not_passed_over(original, tmp_path, name):
    """SQLite would start without it, or with its first half, and what was acknowledged would be gone in silence."""
    data = original.copy("crash", tmp_path)
    LOST[name](data, random.Random(1))
    before = {path.name: path.read_bytes() for path in data.glob("runestone.db*")}
    assert serve(original, tmp_path) == {}
    assert {path.name: path.read_bytes() for path in data.glob("runestone.db*")} == before
