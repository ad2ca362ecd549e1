# SPDX-License-Identifier: Apache-2.0
"""A writer process beside a test, and the checker's verdict on what it wrote."""

import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, List

from tests.fault import history
from tests.fault.history import Call
from tests.support.servers import ROOT

READY_WITHIN_S = 60.0
ENDS_WITHIN_S = 60.0


class LoadError(RuntimeError):
    """The writer did not begin, or did not end well."""


def until(what: str, holds: Callable[[], bool], within_s: float = READY_WITHIN_S) -> None:
    """Waits for a condition; fails when it does not come about in time."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            raise LoadError(f"not within {within_s:.0f} s: {what}")
        time.sleep(0.005)


class Load:
    """A writer at work. Leaving it lets its threads end their calls; `join` waits until a fault has ended them."""

    def __init__(self, port: int, folder: Path, name: str = "c0", seed: str = "1"):
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.file = folder / f"{name}.history"
        self.process = subprocess.Popen([sys.executable, "-m", "tests.fault.writer", "--port", str(port), "--seed", seed,
                                         "--name", name, str(self.file)], cwd=ROOT, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        if not select.select([self.process.stdout], [], [], READY_WITHIN_S)[0] or \
                self.process.stdout.readline() != "ready\n":
            self.process.kill()
            self.process.wait()
            raise LoadError("the writer did not get ready")

    def __enter__(self) -> "Load":
        return self

    def __exit__(self, *unused) -> None:
        self.join()

    def join(self) -> None:
        """Ends what still goes on, and waits."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.communicate(timeout=ENDS_WITHIN_S)
        if self.process.returncode != 0:
            raise LoadError(f"the writer ended with {self.process.returncode}")

    def calls(self) -> List[Call]:
        return list(history.read(self.file))

    def reach(self, n: int) -> "Load":
        """Waits until that many calls have ended."""
        until(f"{n} calls", lambda: len(self.calls()) >= n or self.process.poll() is not None)
        return self


def checked(port: int, folder: Path, *options: str) -> str:
    """What the checker's own process finds; "" is nothing."""
    done = subprocess.run([sys.executable, "-m", "tests.fault.checker", "--port", str(port), *options, str(folder)],
                          cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode != 0 else ""
