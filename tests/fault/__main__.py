# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.fault --cycles 30 --seed N`: load, SIGKILL at a random moment, restart, check; see README.md."""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import List

from tests.fault import storage
from tests.fault.clock import DAY, Clock
from tests.fault.load import Load, LoadError, checked
from tests.fault.verdict import Finding
from tests.support.servers import ROOT, Server, ServerError, start_runestone

RESTART_MOST_S = 1.0
LOAD_S = (0.02, 0.7)  # how long the writer works before the kill
SWEPT_WITHIN_S = 30.0
INTEGRITY_EVERY = 10
ARGS = ("--blob-grace", "1", "--log-level", "info")


class Failed(RuntimeError):
    """A promise was broken. The message says which, and where to look."""


class Torture:
    def __init__(self, folder: Path, seed: int):
        self.folder = folder
        self.seed = seed
        self.random = random.Random(seed)
        self.histories = folder / "histories"
        self.histories.mkdir()
        self.slowest_s = 0.0
        self.server = start_runestone(extra_args=ARGS, data_dir=folder / "server")

    @property
    def data(self) -> Path:
        return self.server.data_dir / "data"

    def cycle(self, number: int) -> None:
        name = f"c{number:04}"
        load = Load(self.server.port, self.histories, name, str(self.seed))
        time.sleep(self.random.uniform(*LOAD_S))  # the fault's moment
        self.server.kill()
        load.join()
        if self.random.random() < 0.25:
            self.kill_while_starting()
        self.restart(number)
        self.look("--last")
        if number % INTEGRITY_EVERY == 0:
            self.report(storage.integrity(self.data))

    def kill_while_starting(self) -> None:
        """A crash within the recovery from a crash."""
        starting = subprocess.Popen(self.server.argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                    cwd=self.server.data_dir, env=self.server.env)
        time.sleep(self.random.uniform(0, 0.03))
        starting.kill()
        starting.wait()

    def restart(self, number: int) -> None:
        begin = time.monotonic()
        self.server.start()
        took_s = time.monotonic() - begin
        self.slowest_s = max(self.slowest_s, took_s)
        if took_s > RESTART_MOST_S:
            raise Failed(f"cycle {number}: the restart took {took_s:.2f} s to the first 200 of /health")

    def look(self, *options: str) -> None:
        said = checked(self.server.port, self.histories, *options)
        if said:
            raise Failed(said)

    @staticmethod
    def report(findings: List[Finding]) -> None:
        if findings:
            raise Failed("\n".join(str(finding) for finding in findings[:40]))

    def finish(self) -> None:
        """Everything once more, and then what is on the disk, after the janitor: two days later by its clock."""
        self.look()
        self.server.stop()
        self.report(storage.integrity(self.data))
        self.server.env.update(Clock(self.folder / "clock", 2 * DAY).environment())
        self.server.start()
        until = time.monotonic() + SWEPT_WITHIN_S
        while storage.leftovers(self.data) + storage.blobs(self.data) and time.monotonic() < until:
            time.sleep(0.1)
        self.server.stop()
        self.report(storage.leftovers(self.data) + storage.blobs(self.data) + storage.integrity(self.data))

    def counts(self) -> str:
        calls = sum(sum(1 for _ in open(path, "rb")) for path in self.histories.glob("*"))
        return f"{calls} calls, slowest restart {self.slowest_s * 1000:.0f} ms"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fault", description=__doc__)
    parser.add_argument("--cycles", type=int, default=30)
    parser.add_argument("--seed", type=int, default=None, help="of the kills and of all calls; default: a new one")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    begin = time.monotonic()
    (ROOT / "build" / "fault").mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="torture-", dir=ROOT / "build" / "fault"))
    print(f"torture: {options.cycles} cycles, seed {seed}", flush=True)
    torture = Torture(folder, seed)
    try:
        for number in range(options.cycles):
            torture.cycle(number)
            if number % 50 == 49:
                print(f"  {number + 1} cycles in {time.monotonic() - begin:.0f} s", flush=True)
        torture.finish()
    except (Failed, LoadError, ServerError) as error:
        print(f"{error}\nseed {seed}; data, log and histories are in {folder}")
        return 1
    finally:
        torture.server.stop()
    print(f"{options.cycles} cycles passed: {torture.counts()}, {time.monotonic() - begin:.0f} s")
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
