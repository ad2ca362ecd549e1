# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.fault.failing --sample 24 --seed N`: one call of the server to its disk fails, the first, the second,
... until the scenario ends without meeting the fault. For each: nobody is told a lie, the server lives and goes on, and
after a restart what was acknowledged is there, whole; see README.md. Without --sample, every call, in every way; with --from,
those behind the first N.
"""

import argparse
import errno
import hashlib
import json
import os
import random
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Optional, Tuple

from tests.fault import checker, history, storage
from tests.fault.disk import CALLS, FOR_EVER, KILL, Disk
from tests.fault.history import OK, REFUSED, UNKNOWN, Call, Fact, History
from tests.fault.powercut import Failed, server_on
from tests.fault.wire import FILES, PARTS, Lost, NotSent, Reply, Wire, file_address
from tests.support.servers import ROOT, Server, ServerError

PART = 1 << 20
WITHIN_S = 20.0
POLL_S = 0.01


@dataclass(frozen=True)
class Way:
    """How calls fail: with what, and whether all later ones do."""

    name: str
    errors: Dict[str, int]
    for_ever: bool

    def arm(self, disk: Disk, nth: int) -> None:
        disk.fail(self.errors, nth, FOR_EVER if self.for_ever else nth)


# Opening and making folders have ways of their own: the janitor opens 256 of them, the first start makes them.
BROKEN = {call: errno.EIO for call in CALLS if call not in ("open", "mkdir")}
FULL = {call: errno.ENOSPC for call in ("write", "sync", "link", "rename", "truncate")}
WAYS = (
    Way("an I/O error, once", BROKEN, False),
    Way("I/O errors from then on", BROKEN, True),
    Way("no space, once", FULL, False),
    Way("no space from then on", FULL, True),
    Way("over the quota, once", {**FULL, **{call: errno.EDQUOT for call in FULL}}, False),
    Way("no descriptors, then some", {"open": errno.EMFILE}, False),
    Way("no folders", {"mkdir": errno.ENOSPC}, True),
    Way("no memory for mappings", {"mmap": errno.ENOMEM}, True),
)
# A kill at each step of a commit and of an upload; those of a start are in test_migration.py.
DIES = Way("the process is killed", dict.fromkeys(CALLS, KILL), False)


class Died(Exception):
    """The server was killed, as it should be."""


class Script:
    """Calls of every kind, one after the other. What needs something that was refused is left out."""

    def __init__(self, server: Server, path: Path, may_die: bool = False):
        self.may_die = may_die
        self.wire = Wire(server.port)
        self.history = History(path)
        self.database = server.argv[server.argv.index("--data") + 1] + "/runestone.db"
        self.experiment = ""
        self.run = ""
        self.root = ""
        self.n = 0

    def call(self, op: str, facts: List[Fact], send: Callable[[], Reply]) -> Optional[Reply]:
        """None when it did not succeed. An answer must be 2xx, or 5xx that says why and when to come again."""
        call = Call(op, facts, time.monotonic())
        try:
            reply = send()
        except (Lost, NotSent) as error:
            if not self.may_die:
                raise Failed(f"{op} was not answered: {error}") from error
            call.end = time.monotonic()
            self.history.append(call)
            raise Died from error
        call.status = reply.status
        call.outcome = OK if reply.status < 300 else REFUSED if reply.status < 500 else UNKNOWN
        call.end = time.monotonic()
        self.history.append(call)
        if call.outcome == OK:
            return reply
        check_error(op, reply)
        return None

    def post(self, op: str, route: str, body: dict, facts: List[Fact]) -> Optional[Reply]:
        return self.call(op, facts, lambda: self.wire.post(route, body))

    def number(self) -> int:
        self.n += 1
        return self.n

    def play(self) -> None:
        if self.experiment or self.create_experiment():
            if self.create_run():
                self.log()
                self.put("small", b"small")
                self.put("big", bytes(3 << 20))
                self.multipart()
                self.call("delete", [("file|run|small", None)],
                          lambda: self.wire.call("DELETE", file_address(f"{self.root}/small")))
                self.post("set-tag", "runs/set-tag", {"run_id": self.run, "key": "last", "value": "x"},
                          [("tag|run|last", "x")])

    def create_experiment(self) -> bool:
        reply = self.post("create-experiment", "experiments/create", {"name": "e"}, [("experiment|e", "active")])
        self.experiment = reply.json()["experiment_id"] if reply else ""
        return reply is not None

    def create_run(self) -> bool:
        body = {"experiment_id": self.experiment, "run_name": "run", "start_time": 1}
        reply = self.post("create-run", "runs/create", body, [("run|run", "active"), ("status|run", "RUNNING")])
        if reply:
            self.run = reply.json()["run"]["info"]["run_id"]
            self.root = f"{self.experiment}/{self.run}/artifacts"
        return reply is not None

    def log(self) -> bool:
        """A metric, and a batch whose facts hold together."""
        at = self.number()
        body = {"run_id": self.run, "key": "m", "value": 0.5, "timestamp": at, "step": 1}
        one = self.post("log-metric", "runs/log-metric", body, [(f"point|run|m|{at}|1|0.5", 1)])
        keys = [f"k{self.number()}" for _ in range(20)]
        body = {"run_id": self.run, "metrics": [{"key": key, "value": 1.5, "timestamp": 1, "step": 0} for key in keys],
                "params": [{"key": key, "value": "p"} for key in keys[:3]],
                "tags": [{"key": key, "value": "t"} for key in keys[:2]]}
        facts: List[Fact] = [(f"point|run|{key}|1|0|1.5", 1) for key in keys]
        facts += [(f"param|run|{key}", "p") for key in keys[:3]] + [(f"tag|run|{key}", "t") for key in keys[:2]]
        return self.post("log-batch", "runs/log-batch", body, facts) is not None and one is not None

    def put(self, name: str, body: bytes) -> None:
        self.call("put", [(f"file|run|{name}", hashlib.sha256(body).hexdigest())],
                  lambda: self.wire.call("PUT", file_address(f"{self.root}/{name}"), body))

    def multipart(self) -> None:
        body = bytes(range(256)) * (PART // 256) + b"end"
        parts = [body[:PART], body[PART:]]
        begun = self.call("mpu-create", [], lambda: self.wire.call(
            "POST", f"{PARTS}create/{self.root}", {"path": "parts", "num_parts": len(parts)}))
        if begun is None:
            return
        told = begun.json()
        tags = []
        for address, part in zip(told["credentials"], parts):
            target = "/" + address["url"].split("/", 3)[3]
            reply = self.call("mpu-part", [], lambda target=target, part=part: self.wire.call("PUT", target, part))
            if reply is None:
                return
            tags.append({"part_number": address["part_number"], "etag": reply.etag})
        self.call("mpu-complete", [("file|run|parts", hashlib.sha256(body).hexdigest())],
                  lambda: self.wire.call("POST", f"{PARTS}complete/{self.root}",
                                         {"path": "parts", "upload_id": told["upload_id"], "parts": tags}))

    def await_checkpoint(self, disk: Disk) -> None:
        """The log goes into the database when nothing waits: or the fault is met in it."""
        path = Path(self.database)
        log = Path(f"{self.database}-wal")
        deadline = time.monotonic() + 2.0
        while disk.failed == 0 and time.monotonic() < deadline and log.stat().st_mtime_ns > path.stat().st_mtime_ns:
            time.sleep(POLL_S)

    def read(self) -> None:
        """Reading goes on."""
        for path in (f"/api/2.0/mlflow/runs/get?run_id={self.run}", f"{FILES}?path={self.root}"):
            if self.run and (reply := self.wire.call("GET", path)).status != 200:
                raise Failed(f"GET {path}: {reply.status} {reply.body[:300]!r}")

    def close(self) -> None:
        self.wire.close()
        self.history.close()


def check_error(op: str, reply: Reply) -> None:
    """What a client may be told of a disk that fails."""
    try:
        said = reply.json()
    except json.JSONDecodeError:
        said = {}
    if reply.status < 500 or not said.get("error_code") or not said.get("message"):
        raise Failed(f"{op}: a failing disk was answered {reply.status} {reply.body[:300]!r}")
    if reply.status == 503 and not reply.retry_after:
        raise Failed(f"{op}: 503 without Retry-After")


class Failing:
    def __init__(self, folder: Path):
        self.folder = folder
        self.place = folder / "none"
        self.n = 0
        self.met: Dict[str, int] = {}

    def fresh(self) -> Disk:
        self.n += 1
        self.place = self.folder / f"f{self.n}"
        return Disk(self.place)

    def one(self, way: Way, nth: int) -> bool:
        """Whether the scenario met the nth call."""
        disk = self.fresh()
        server = server_on(self.place, disk.world, disk.environment())
        (self.place / "histories").mkdir()
        try:
            server.start()
            script = Script(server, self.place / "histories" / "a.history", way is DIES)
            way.arm(disk, nth)
            try:
                script.play()
                script.await_checkpoint(disk)
                if script.run:
                    script.log()
                disk.stop()
                self.afterwards(server, script)
            except (Died, Lost, NotSent):
                if way is not DIES or not disk.failed:
                    raise
            script.close()
        finally:
            server.stop()
        self.look(disk)
        failed, what = disk.failed > 0, disk.what
        self.done(disk, what if failed else "")
        return failed

    def afterwards(self, server: Server, script: Script) -> None:
        """The disk works again: so does the server, but for changes after a failed sync of the database."""
        script.read()
        ready = script.wire.call("GET", "/readyz")
        if ready.status == 200:
            if script.run and not script.log():
                raise Failed("the server is ready, the disk works, and a change was refused")
            if not script.experiment and not script.create_experiment():
                raise Failed("the server is ready, the disk works, and an experiment was refused")
        elif b"failed to sync" not in ready.body:
            raise Failed(f"/readyz: {ready.status} {ready.body!r}")
        elif (reply := script.wire.post("experiments/create", {"name": "other"})).status != 503:
            raise Failed(f"after a failed sync a change was answered {reply.status}")
        if not server.alive() or server.stop() != 0:
            raise Failed(f"the server did not end well\n{server.tail()}")

    def look(self, disk: Disk) -> None:
        """What a server without faults finds."""
        again = server_on(self.place, disk.world, {})
        try:
            again.start()
            findings = checker.check(again.port, self.place / "histories")
        finally:
            again.stop()
        data = disk.world / "data"
        # A blob without a row is what a failed upload may leave; the janitor removes it.
        findings += storage.integrity(data) + [f for f in storage.blobs(data) if f.kind != "orphan"]
        findings += [f for f in storage.leftovers(data) if "temporary" in f.what]
        if findings:
            raise Failed("\n".join(str(finding) for finding in findings[:20]))

    def start(self, way: Way, nth: int) -> bool:
        """As one(), while the server starts for the first time: it starts, or says in a line why not."""
        disk = self.fresh()
        server = server_on(self.place, disk.world, disk.environment())
        way.arm(disk, nth)
        try:
            server.start()
        except ServerError as error:
            said = [line for line in server.tail().splitlines()[1:] if not line.startswith("time=")]
            if "exited with 1 " not in str(error) or len(said) != 1 or not said[0].startswith("runestone: "):
                raise Failed(f"a start that failed ended so:\n{error}") from error
        finally:
            server.stop()
        failed, what = disk.failed > 0, disk.what
        disk.stop()
        (self.place / "histories").mkdir()
        again = server_on(self.place, disk.world, {})
        try:
            again.start()
            script = Script(again, self.place / "histories" / "a.history")
            script.play()
            script.close()
        finally:
            again.stop()
        self.look(disk)
        self.done(disk, what if failed else "")
        return failed

    def done(self, disk: Disk, what: str) -> None:
        if what:
            self.met[what.split()[0]] = self.met.get(what.split()[0], 0) + 1
        disk.close()
        shutil.rmtree(self.place)

    def count(self, way: Way, starting: bool) -> int:
        """How many calls there are to fail."""
        disk = self.fresh()
        way.arm(disk, FOR_EVER)
        server = server_on(self.place, disk.world, disk.environment())
        try:
            server.start()
            if not starting:
                way.arm(disk, FOR_EVER)
                (self.place / "histories").mkdir()
                script = Script(server, self.place / "histories" / "a.history")
                script.play()
                script.await_checkpoint(disk)
                script.log()
                script.close()
        finally:
            server.stop()
        seen = disk.seen
        self.done(disk, "")
        return seen


Trial = Tuple[bool, Way, int]


def sample(failing: Failing, chance: random.Random, n: int) -> Iterator[Trial]:
    """Some of all, about a quarter of them at the start."""
    counts: Dict[Tuple[str, bool], int] = {}
    ways = (*WAYS, DIES)
    for i in range(n):
        way = ways[i % len(ways)]
        starting = chance.random() < 0.25 and way is not DIES
        # The ways of calls alike have as many of them.
        calls = "".join(way.errors)
        if (calls, starting) not in counts:
            counts[calls, starting] = failing.count(way, starting)
        yield starting, way, chance.randint(1, max(1, counts[calls, starting]))


def run(failing: Failing, trials: Iterator[Trial]) -> None:
    for starting, way, nth in trials:
        try:
            (failing.start if starting else failing.one)(way, nth)
        except (Failed, ServerError, checker.ReadError, Died, Lost, NotSent) as error:
            raise Failed(f"{'start' if starting else 'scenario'}, {way.name}, call {nth}:\n{error}") from error


def everything(failing: Failing, left_out: int) -> None:
    """Each call in each way, until there is none; without the first ones of them all."""
    for starting in (False, True):
        for way in WAYS if starting else (*WAYS, DIES):
            skipped = min(left_out, failing.count(way, starting)) if left_out else 0
            left_out -= skipped
            nth, met = skipped + 1, True
            while met:
                try:
                    met = (failing.start if starting else failing.one)(way, nth)
                except (Failed, ServerError, checker.ReadError, Died, Lost, NotSent) as error:
                    raise Failed(f"{'start' if starting else 'scenario'}, {way.name}, call {nth}:\n{error}") from error
                nth += 1
            print(f"  {'start' if starting else 'scenario'}, {way.name}: {nth - 2 - skipped} calls"
                  + (f", without the first {skipped}" if skipped else ""), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fault.failing", description=__doc__)
    parser.add_argument("--sample", type=int, default=0, help="how many, by chance; 0: all")
    parser.add_argument("--from", type=int, default=0, dest="left_out", metavar="N",
                        help="of all: leaves out the first N, which went well before")
    parser.add_argument("--seed", type=int, default=None, help="of the sample; default: a new one")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    begin = time.monotonic()
    place = Path(os.environ.get("TMPDIR", ROOT / "build" / "fault"))
    place.mkdir(parents=True, exist_ok=True)
    # The shim sees the paths that the kernel has: without links.
    failing = Failing(Path(tempfile.mkdtemp(prefix="failing-", dir=place)).resolve())
    print(f"failing: {options.sample or 'all'} calls, seed {seed}", flush=True)
    try:
        if options.sample:
            run(failing, sample(failing, random.Random(seed), options.sample))
        else:
            everything(failing, options.left_out)
        if not failing.met:
            raise Failed("no call failed: there is nothing behind the first ones, or the shim saw none")
    except Failed as error:
        print(f"{error}\nseed {seed}; logs and histories are in {failing.place}")
        return 1
    met = ", ".join(f"{n} {call}" for call, n in sorted(failing.met.items()))
    print(f"{sum(failing.met.values())} failing calls passed ({met}), {time.monotonic() - begin:.0f} s")
    shutil.rmtree(failing.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
