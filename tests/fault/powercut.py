# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.fault.powercut --cycles 20 --seed N`: load on a recorded disk, and the power is cut at random points
of the record; a server is started on what is left of each, and the checker looks; see README.md.

The recordings follow one another: each begins with what one of the cuts before it has left, so that damage that does not
show at once may show later. In every third one the disk fails to sync the database, and the server is started
again on what the system still has in memory.
"""

import argparse
import copy
import dataclasses
import errno
import random
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import List, Optional

from tests.fault import history, storage
from tests.fault.disk import Disk, Event
from tests.fault.history import OK, UNKNOWN
from tests.fault.remains import Forgets, Remains, nothing
from tests.fault.wire import Wire
from tests.support.servers import ROOT, Server, ServerError, clean_environment, free_port, runestone_binary

CUTS = 4  # of one recording
LOAD_S = (0.1, 0.8)
RESTART_MOST_S = 1.0
ENDS_S = 60.0
POLL_S = 0.01
FAILS_EVERY = 3  # recordings
CHAIN = 6  # recordings that follow one another, then a new folder: histories grow


class Failed(RuntimeError):
    """A promise was broken. The message says which."""


def server_on(place: Path, world: Path, environment: dict, *settings: str) -> Server:
    """A server whose data is below `world`, and whose log is not."""
    port = free_port()
    argv = [runestone_binary(), "server", "--port", port, "--data", world / "data", "--blob-grace", "1", *settings]
    return Server("runestone", argv, port, place, False, clean_environment(environment))


def cut_histories(source: Path, target: Path, at_s: float) -> None:
    """What clients knew at that moment: later calls have never been, and of those under way nobody knows. A refusal has
    no time: what is refused is never there."""
    target.mkdir(parents=True)
    for path in sorted(source.glob("*.history")):
        calls = []
        for call in history.read(path):
            if call.start <= at_s:
                late = call.end > at_s and call.outcome == OK
                calls.append(dataclasses.replace(call, outcome=UNKNOWN) if late else call)
        history.write(target / path.name, calls)


class PowerCuts:
    def __init__(self, folder: Path, seed: int, forgets: Forgets = nothing):
        self.folder = folder
        self.forgets = forgets
        self.seed = seed
        self.random = random.Random(seed)
        self.recordings = 0
        self.cuts = 0
        self.acknowledged = 0
        self.base = folder / "base"

    def begin(self) -> None:
        """With an empty folder."""
        shutil.rmtree(self.base, ignore_errors=True)
        (self.base / "world").mkdir(parents=True)
        (self.base / "histories").mkdir()

    # --- a recording ---

    def recording(self, cuts: int) -> None:
        if self.recordings % CHAIN == 0:
            self.begin()
        place = self.folder / f"r{self.recordings}"
        disk = Disk(place, recorded=True)
        shutil.copytree(self.base / "world", disk.world, dirs_exist_ok=True)
        shutil.copytree(self.base / "histories", place / "histories")
        remains = Remains(disk.world, f"{self.seed}/{self.recordings}", self.forgets)
        server = server_on(place, disk.world, disk.environment())
        server.start()
        try:
            if self.recordings % FAILS_EVERY == FAILS_EVERY - 1:
                self.load(place, server, "a", disk)
                server.start()
            self.load(place, server, "b")
        finally:
            server.kill()
        self.cut_often(place, remains, list(disk.events()), cuts)
        disk.close()
        self.recordings += 1
        shutil.rmtree(place)

    def load(self, place: Path, server: Server, part: str, failing: Optional[Disk] = None) -> None:
        """Calls of every kind until the server is killed or, with `failing`, stopped after a failed sync."""
        name = f"r{self.recordings:04}{part}"
        writer = subprocess.Popen([sys.executable, "-m", "tests.fault.writer", "--port", str(server.port), "--seed",
                                   str(self.seed), "--name", name, str(place / "histories" / f"{name}.history")],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True)
        if not select.select([writer.stdout], [], [], ENDS_S)[0] or writer.stdout.readline() != "ready\n":
            writer.kill()
            raise Failed(f"recording {self.recordings}: the writer did not get ready\n{server.tail()}")
        time.sleep(self.random.uniform(*LOAD_S))  # the fault's moment
        if failing:
            self.fail_sync(server, failing)
            if server.stop() != 0:  # not killed: what it did last would be on the disk and not in the record
                raise Failed(f"recording {self.recordings}: after a failed sync the server did not end well")
        else:
            server.kill()
        writer.communicate(timeout=ENDS_S)

    def fail_sync(self, server: Server, disk: Disk) -> None:
        """One sync of the database or its log fails, and no other: the server must not believe the next one."""
        disk.fail({"sync": errno.EIO}, first=(nth := self.random.randrange(1, 20)), last=nth, match="runestone.db")
        deadline = time.monotonic() + ENDS_S
        while disk.failed == 0:
            if time.monotonic() > deadline:
                raise Failed(f"recording {self.recordings}: no sync for {ENDS_S:.0f} s")
            time.sleep(POLL_S)
        disk.stop()
        wire = Wire(server.port)
        reply = wire.call("GET", "/readyz")
        while reply.status == 200 and time.monotonic() < deadline:  # the failure is on its way up
            reply = wire.call("GET", "/readyz")
        wire.close()
        if reply.status != 503 or b"failed to sync" not in reply.body:
            raise Failed(f"recording {self.recordings}: after a failed sync /readyz says {reply.status} {reply.body!r}")

    # --- what is left of it ---

    def cut_often(self, place: Path, remains: Remains, events: List[Event], cuts: int) -> None:
        """Cuts at the last event and at others before it."""
        moments = sorted([len(events) - 1, *(self.random.randrange(len(events)) for _ in range(cuts - 1))])
        basis = self.random.randrange(cuts)
        fed = 0
        for i, moment in enumerate(moments):
            for event in events[fed:moment + 1]:
                remains.feed(event)
            fed = moment + 1
            left = place / f"cut{i}"
            left.mkdir()
            copy.deepcopy(remains).cut(left / "world")
            cut_histories(place / "histories", left / "histories", events[moment].at_ns / 1e9)
            what = f"recording {self.recordings}, cut after event {moment} of {len(events)}"
            if i == basis:
                shutil.rmtree(self.base)
                shutil.copytree(left, self.base)
            self.look(left, what)
            self.cuts += 1

    def look(self, left: Path, what: str) -> None:
        server = server_on(left, left / "world", {})
        try:
            begin = time.monotonic()
            server.start()
            if time.monotonic() - begin > RESTART_MOST_S:
                raise Failed(f"{what}: the start took {time.monotonic() - begin:.2f} s to the first 200 of /health")
            said = subprocess.run([sys.executable, "-m", "tests.fault.checker", "--port", str(server.port),
                                   str(left / "histories")], cwd=ROOT, capture_output=True, text=True, check=False)
            if said.returncode != 0:
                raise Failed(f"{what}:\n{said.stdout}{said.stderr}")
            # A write, for a server that only reads would pass.
            wire = Wire(server.port)
            made = wire.post("experiments/create", {"name": f"after {what}"})
            wire.close()
            if made.status != 200:
                raise Failed(f"{what}: {made.status} {made.body!r}")
        except ServerError as error:
            raise Failed(f"{what}: {error}") from error
        finally:
            server.stop()
        # A blob without a row is what an upload leaves that was not acknowledged; the janitor removes it.
        findings = storage.integrity(left / "world" / "data") + [
            finding for finding in storage.blobs(left / "world" / "data") if finding.kind != "orphan"]
        if findings:
            raise Failed(f"{what}:\n" + "\n".join(str(finding) for finding in findings[:40]))
        self.acknowledged += sum(call.outcome == OK for path in (left / "histories").glob("*")
                                 for call in history.read(path))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fault.powercut", description=__doc__)
    parser.add_argument("--cycles", type=int, default=20, help="how often the power is cut")
    parser.add_argument("--seed", type=int, default=None, help="of loads and cuts; default: a new one")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    begin = time.monotonic()
    (ROOT / "build" / "fault").mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="powercut-", dir=ROOT / "build" / "fault"))
    print(f"powercut: {options.cycles} cuts, seed {seed}", flush=True)
    cuts = PowerCuts(folder, seed)
    try:
        while cuts.cuts < options.cycles:
            cuts.recording(min(CUTS, options.cycles - cuts.cuts))
    except (Failed, ServerError) as error:
        print(f"{error}\nseed {seed}; record, logs and histories are in {folder}")
        return 1
    print(f"{cuts.cuts} power cuts passed, of {cuts.recordings} recordings: {cuts.acknowledged} acknowledged calls looked "
          f"for, {time.monotonic() - begin:.0f} s")
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
