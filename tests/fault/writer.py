# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.fault.writer --port P --seed S --name NAME FILE`: keeps many calls of every kind in flight and appends
each to the history FILE. Prints `ready` when its experiment and first runs are there. A thread ends at its first call
without an answer, or when standard input ends; the process, when its last thread has.

Facts of one address are written by one thread only, one after the other: so the history says what must be there.
"""

import argparse
import hashlib
import random
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

from tests.fault import history
from tests.fault.history import OK, REFUSED, STALE, UNKNOWN, Call, Fact, History
from tests.fault.wire import PARTS, Lost, NotSent, Reply, Wire, file_address

THREADS = 12
METRIC_KEYS = 3
BATCH_MOST = 40
SMALL_MOST = 40_000
BIG = (2 << 20, 5 << 20)
PART = 1 << 20
ERRORS_MOST = 200  # of one thread, 5xx: then something other than a moment's fault is wrong


@dataclass
class Run:
    name: str
    run_id: str
    root: str  # of its artifacts
    params: List[Tuple[str, str]] = field(default_factory=list)  # acknowledged ones
    files: List[str] = field(default_factory=list)
    is_deleted: bool = False


class Over(Exception):
    """This thread's last call was not answered."""


class Client(threading.Thread):
    """One thread: one connection, runs of its own, and random calls to them."""

    def __init__(self, world: "World", index: int, adopted: List[Run]):
        super().__init__(name=f"w{index}")
        self.world = world
        self.tag = f"{world.name}-w{index}"
        self.random = random.Random(f"{world.seed}/{self.tag}")
        self.wire = Wire(world.port)
        self.runs = adopted
        self.count = 0
        self.errors = 0
        self.last: Optional[Tuple[str, str, dict, List[Fact]]] = None

    def run(self) -> None:
        names, weights = zip(*((op, weight) for op, weight in OPS))
        try:
            while not self.world.stop.is_set():
                self.random.choices(names, weights)[0](self)
        except Over:
            pass
        finally:
            self.wire.close()

    # --- what every call has ---

    def fresh(self) -> str:
        self.count += 1
        return f"{self.tag}-{self.count}"

    def number(self) -> int:
        self.count += 1
        return self.count

    def one_run(self) -> Run:
        active = [run for run in self.runs if not run.is_deleted]
        return self.random.choice(active) if active else self.create_run()

    def noted(self, op: str, facts: List[Fact], send: Callable[[], Reply]) -> Reply:
        """Does a call and writes down what became of it. Raises Over when it was not answered."""
        call = Call(op, facts, time.monotonic())
        try:
            reply = send()
            call.status = reply.status
            call.outcome = OK if reply.status < 300 else REFUSED if reply.status < 500 else UNKNOWN
            call.why = "" if call.outcome == OK else reply.body[:300].decode("utf-8", "replace")
            if call.outcome == OK and op in ("create-run", "create-experiment"):
                call.made = reply.json()
        except NotSent as error:
            call.outcome, call.why = REFUSED, str(error)
            raise Over from error
        except Lost as error:
            call.why = str(error)
            raise Over from error
        finally:
            call.end = time.monotonic()
            self.world.history.append(call)
        self.errors += call.outcome == UNKNOWN
        if self.errors > ERRORS_MOST:
            raise Over
        return reply

    def posted(self, op: str, route: str, body: dict, facts: List[Fact]) -> bool:
        reply = self.noted(op, facts, lambda: self.wire.post(route, body))
        if reply.status == 200:
            self.last = (op, route, body, facts)
        return reply.status == 200

    def stale(self, op: str, why: str) -> None:
        now = time.monotonic()
        self.world.history.append(Call(op, [], now, now, STALE, 200, why))

    # --- runs ---

    def create_run(self) -> Run:
        name = self.fresh()
        tags = [{"key": f"made{i}", "value": self.fresh()} for i in range(self.random.randrange(4))]
        facts: List[Fact] = [(f"run|{name}", "active"), (f"status|{name}", "RUNNING"),
                             *((f"tag|{name}|{tag['key']}", tag["value"]) for tag in tags)]
        body = {"experiment_id": self.world.experiment_id, "run_name": name, "start_time": 1, "tags": tags}
        reply = self.noted("create-run", facts, lambda: self.wire.post("runs/create", body))
        if reply.status != 200:
            raise Over
        info = reply.json()["run"]["info"]
        run = Run(name, info["run_id"], f"{self.world.experiment_id}/{info['run_id']}/artifacts")
        self.runs.append(run)
        return run

    def update_run(self) -> None:
        run, end, status = self.one_run(), self.number(), self.random.choice(("FINISHED", "FAILED", "RUNNING"))
        self.posted("update-run", "runs/update", {"run_id": run.run_id, "status": status, "end_time": end},
                    [(f"status|{run.name}", status), (f"end|{run.name}", end)])

    def delete_run(self) -> None:
        run = self.one_run()
        if self.posted("delete-run", "runs/delete", {"run_id": run.run_id}, [(f"run|{run.name}", "deleted")]):
            run.is_deleted = True

    def restore_run(self) -> None:
        for run in [run for run in self.runs if run.is_deleted][:1]:
            if self.posted("restore-run", "runs/restore", {"run_id": run.run_id}, [(f"run|{run.name}", "active")]):
                run.is_deleted = False

    # --- what runs log ---

    def point(self, run: Run) -> Tuple[dict, Fact]:
        at = self.number()
        key, step, value = f"m{at % METRIC_KEYS}", self.random.randrange(1000), self.random.random()
        return ({"key": key, "value": value, "timestamp": at, "step": step},
                (f"point|{run.name}|{key}|{at}|{step}|{value!r}", 1))

    def log_metric(self) -> None:
        run = self.one_run()
        metric, fact = self.point(run)
        self.posted("log-metric", "runs/log-metric", {"run_id": run.run_id, **metric}, [fact])

    def log_shared_metric(self) -> None:
        """To the run that all threads write to; the timestamp tells whose point it is."""
        run = self.world.shared
        at, value = 1_000_000 * (1 + self.world.clients.index(self)) + self.number(), self.random.random()
        self.posted("log-metric", "runs/log-metric",
                    {"run_id": run.run_id, "key": "shared", "value": value, "timestamp": at, "step": at % 97},
                    [(f"point|{run.name}|shared|{at}|{at % 97}|{value!r}", 1)])

    def log_param(self) -> None:
        run, key, value = self.one_run(), self.fresh(), self.fresh()
        if self.posted("log-param", "runs/log-parameter", {"run_id": run.run_id, "key": key, "value": value},
                       [(f"param|{run.name}|{key}", value)]):
            run.params.append((key, value))

    def set_tag(self) -> None:
        run, key, value = self.one_run(), f"t{self.random.randrange(4)}", self.fresh()
        self.posted("set-tag", "runs/set-tag", {"run_id": run.run_id, "key": key, "value": value},
                    [(f"tag|{run.name}|{key}", value)])

    def delete_tag(self) -> None:
        """A tag that is not there is refused, and is not there afterwards: the fact holds either way."""
        run, key = self.one_run(), self.fresh()
        fact = f"tag|{run.name}|{key}"
        if self.posted("set-tag", "runs/set-tag", {"run_id": run.run_id, "key": key, "value": "x"}, [(fact, "x")]):
            self.posted("delete-tag", "runs/delete-tag", {"run_id": run.run_id, "key": key}, [(fact, None)])

    def batch(self, run: Run) -> Tuple[dict, List[Fact]]:
        points = [self.point(run) for _ in range(self.random.randrange(1, BATCH_MOST))]
        params = [(self.fresh(), self.fresh()) for _ in range(self.random.randrange(4))]
        tags = [(self.fresh(), self.fresh()) for _ in range(self.random.randrange(4))]
        body = {"run_id": run.run_id, "metrics": [metric for metric, _ in points],
                "params": [{"key": key, "value": value} for key, value in params],
                "tags": [{"key": key, "value": value} for key, value in tags]}
        facts = [fact for _, fact in points]
        facts += [(f"param|{run.name}|{key}", value) for key, value in params]
        facts += [(f"tag|{run.name}|{key}", value) for key, value in tags]
        return body, facts

    def log_batch(self) -> None:
        body, facts = self.batch(self.one_run())
        self.posted("log-batch", "runs/log-batch", body, facts)

    # --- what is refused, repeated, read back ---

    def refused_batch(self) -> None:
        """Its last param has another value already: all of it must be refused."""
        run = self.one_run()
        if not run.params:
            return
        body, facts = self.batch(run)
        key, _ = self.random.choice(run.params)
        body["params"].append({"key": key, "value": "another"})
        if self.posted("log-batch", "runs/log-batch", body, [*facts, (f"param|{run.name}|{key}", "another")]):
            self.stale("log-batch", f"changed the param {key} of {run.name}")

    def refused_metric(self) -> None:
        """Runs that are deleted take nothing."""
        for run in [run for run in self.runs if run.is_deleted][:1]:
            metric, fact = self.point(run)
            self.posted("log-metric", "runs/log-metric", {"run_id": run.run_id, **metric}, [fact])

    def repeat(self) -> None:
        """As a client does that has not heard the answer."""
        if self.last is not None and self.last[0] in ("log-metric", "log-batch", "log-param"):
            self.posted(*self.last)

    def read_back(self) -> None:
        run, value = self.one_run(), self.fresh()
        if not self.posted("set-tag", "runs/set-tag", {"run_id": run.run_id, "key": "back", "value": value},
                           [(f"tag|{run.name}|back", value)]):
            return
        try:
            reply = self.wire.get("runs/get", run_id=run.run_id)
        except (Lost, NotSent) as error:
            raise Over from error
        if reply.status == 200:
            tags = {tag["key"]: tag["value"] for tag in reply.json()["run"]["data"]["tags"]}
            if tags.get("back") != value:
                self.stale("runs/get", f"the tag of {run.name} is {tags.get('back')!r}, acknowledged was {value!r}")

    # --- artifacts ---

    def put(self, run: Run, path: str, body: bytes) -> None:
        facts: List[Fact] = [(f"file|{run.name}|{path}", hashlib.sha256(body).hexdigest())]
        address = file_address(f"{run.root}/{path}")
        if self.noted("put", facts, lambda: self.wire.call("PUT", address, body)).status == 200:
            run.files.append(path)

    def put_small(self) -> None:
        self.put(self.one_run(), f"dir/f{self.random.randrange(6)}",
                 self.random.randbytes(self.random.randrange(SMALL_MOST)))

    def put_same(self) -> None:
        """Bytes that others have stored too: one blob for all."""
        self.put(self.one_run(), f"same{self.random.randrange(3)}", b"same" * (1 + self.random.randrange(3)))

    def put_big(self) -> None:
        self.put(self.one_run(), f"big{self.random.randrange(2)}", self.random.randbytes(self.random.randrange(*BIG)))

    def delete_file(self) -> None:
        run = self.one_run()
        if run.files:
            path = run.files.pop()
            address = file_address(f"{run.root}/{path}")
            self.noted("delete", [(f"file|{run.name}|{path}", None)], lambda: self.wire.call("DELETE", address))

    def multipart(self) -> None:
        """In three parts. Until it is completed nothing is visible, so only completing is a call with a fact."""
        run, path = self.one_run(), f"parts{self.random.randrange(2)}"
        body = self.random.randbytes(2 * PART + self.random.randrange(1, PART))
        parts = [body[at:at + PART] for at in range(0, len(body), PART)]
        begun = self.noted("mpu-create", [], lambda: self.wire.call(
            "POST", f"{PARTS}create/{run.root}", {"path": path, "num_parts": len(parts)}))
        if begun.status != 200:
            return
        told = begun.json()
        tags = []
        for address, part in zip(told["credentials"], parts):
            target = "/" + address["url"].split("/", 3)[3]
            reply = self.noted("mpu-part", [], lambda target=target, part=part: self.wire.call("PUT", target, part))
            if reply.status != 200:
                return
            tags.append({"part_number": address["part_number"], "etag": reply.etag})
        end = {"path": path, "upload_id": told["upload_id"], "parts": tags}
        if self.random.random() < 0.2:
            self.noted("mpu-abort", [], lambda: self.wire.call("POST", f"{PARTS}abort/{run.root}", end))
            return
        self.noted("mpu-complete", [(f"file|{run.name}|{path}", hashlib.sha256(body).hexdigest())],
                   lambda: self.wire.call("POST", f"{PARTS}complete/{run.root}", end))
        run.files.append(path)


# How often what is done. Artifacts are few: each costs three syncs, the metadata of a batch shares one.
OPS: Tuple[Tuple[Callable[[Client], object], int], ...] = (
    (Client.log_metric, 30), (Client.log_shared_metric, 12), (Client.log_batch, 16), (Client.log_param, 8),
    (Client.set_tag, 8), (Client.delete_tag, 3), (Client.update_run, 4), (Client.create_run, 2),
    (Client.delete_run, 1), (Client.restore_run, 2), (Client.refused_batch, 3), (Client.refused_metric, 2),
    (Client.repeat, 6), (Client.read_back, 3), (Client.put_small, 5), (Client.put_same, 2), (Client.put_big, 1),
    (Client.delete_file, 2), (Client.multipart, 1),
)


class World:
    """What the threads of one writer share."""

    def __init__(self, port: int, seed: str, name: str, path: Path):
        self.port = port
        self.seed = seed
        self.name = name
        self.stop = threading.Event()
        adopted = adopt(path)
        self.history = History(path)
        self.clients = [Client(self, i, adopted[i::THREADS]) for i in range(THREADS)]
        first = self.clients[0]
        reply = first.noted("create-experiment", [(f"experiment|{name}", "active")],
                            lambda: first.wire.post("experiments/create", {"name": name}))
        self.experiment_id = reply.json()["experiment_id"]
        self.shared = first.create_run()
        first.runs.remove(self.shared)


def adopt(path: Path) -> List[Run]:
    """Runs of the history before this one, to go on with: those that nobody tried to delete."""
    before = [other for other in sorted(path.parent.glob("*.history")) if other.name < path.name][-1:]
    runs: Dict[str, Run] = {}
    gone = set()
    for call in (call for other in before for call in history.read(other)):
        name = call.facts[0][0].split("|")[1] if call.facts else ""
        if call.op == "create-run" and call.outcome == OK:
            info = call.made["run"]["info"]
            runs[name] = Run(name, info["run_id"], f"{info['experiment_id']}/{info['run_id']}/artifacts")
        if call.op in ("delete-run", "restore-run"):
            gone.add(name)
    return [run for name, run in runs.items() if name not in gone]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fault.writer", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--name", required=True, help="of the experiment, and what the names of all runs begin with")
    parser.add_argument("file", type=Path)
    options = parser.parse_args()
    try:
        world = World(options.port, options.seed, options.name, options.file)
    except Over:
        print("over", flush=True)
        return 0
    for client in world.clients:
        client.start()
    print("ready", flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), world.stop.set()), daemon=True).start()
    for client in world.clients:
        client.join()
    return 0


if __name__ == "__main__":
    sys.exit(main())
