# SPDX-License-Identifier: Apache-2.0
"""One run of the bench: its folder, its servers, its C programs, and how long things take."""

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from http.client import HTTPException
from pathlib import Path
from typing import Callable, Iterator

from tests.bench import peers
from tests.bench.peers import ToolError
from tests.bench.report import Report
from tests.bench.site import Site
from tests.support.browser import NotSeen
from tests.support.servers import Server, ServerError

FAILURES = (ToolError, ServerError, NotSeen, HTTPException, RuntimeError, OSError, ValueError, sqlite3.Error,
            subprocess.SubprocessError)


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    seconds: float  # that a load is counted
    warmup: float
    runs: int  # of the dataset
    points: int  # of the long history
    bytes: int  # of the large artifact
    rounds: int  # of what is measured as a whole; the median counts
    growth_points: tuple  # of a server that grows, in steps
    growth_runs: tuple
    connections: int  # that are open and silent
    crowd_bytes: int  # of each upload and download of the crowd
    instructed: int  # calls whose instructions are counted
    models: int  # of the registry that is searched, with ten versions each
    watchers: int
    watched_moves: int
    curves: int  # runs whose metrics are drawn
    curve_steps: int  # of each metric that is drawn, after the first

    @property
    def floor_seconds(self) -> int:
        """As `seconds`, of a floor that counts whole ones."""
        return max(1, int(self.seconds))


FULL = Scale(seconds=4, warmup=0.5, runs=100_000, points=1_000_000, bytes=2**30, rounds=3,
             growth_points=(0, 1_000_000, 10_000_000), growth_runs=(1_000, 10_000, 100_000, 300_000),
             connections=10_000, crowd_bytes=2**30, instructed=2_000, models=10_000, watchers=100,
             watched_moves=300, curves=100, curve_steps=10_000)
QUICK = Scale(seconds=1, warmup=0.3, runs=10_000, points=100_000, bytes=2**27, rounds=1,
              growth_points=(0, 20_000, 100_000), growth_runs=(1_000, 3_000),
              connections=1_000, crowd_bytes=2**26, instructed=300, models=300, watchers=20,
              watched_moves=20, curves=100, curve_steps=1_000)
TINY = replace(QUICK, seconds=0.2, warmup=0.1, runs=1_000, models=100, watched_moves=5, curves=20, curve_steps=100)


class Bench:
    def __init__(self, scale: Scale, parent: Path, without: tuple = ()):
        self.scale = scale
        self.report = Report()
        parent.mkdir(parents=True, exist_ok=True)
        self.dir = Path(tempfile.mkdtemp(prefix="run-", dir=parent))
        self.ours = Site(self, peers.RUNESTONE)
        self.peers = [Site(self, peer) for peer in peers.PEERS if peer.name not in without]
        self._servers: list[Server] = []
        self._n_dirs = 0

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *unused) -> None:
        for server in self._servers:
            server.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def new_dir(self) -> Path:
        self._n_dirs += 1
        path = self.dir / str(self._n_dirs)
        path.mkdir()
        return path

    def keep(self, server: Server) -> Server:
        """Stops it at the end at the latest."""
        self._servers.append(server)
        return server

    def discard(self, server: Server) -> None:
        """Stops it and gives its disk back."""
        server.stop()
        self._servers.remove(server)
        shutil.rmtree(server.data_dir, ignore_errors=True)

    def at_peer(self, site: Site, what: str, measure: Callable[..., object], *how: object) -> None:
        """Calls measure(site, what, *how). What a peer cannot do is a line, not an end."""
        self.settle()
        try:
            measure(site, what, *how)
        except FAILURES as error:
            self.report.note(f"{site.name} has no figure of {what}: {str(error).strip().splitlines()[0][:300]}")

    @contextmanager
    def floor_http(self, *args: object) -> Iterator[Server]:
        with peers.libmicrohttpd(self.new_dir(), *args) as server:
            yield server.start()

    def tool(self, name: str, *args: object) -> dict:
        """Runs a C program of the bench and returns what it printed."""
        return self.finished(self.started(name, *args))

    def started(self, name: str, *args: object) -> subprocess.Popen:
        """A C program of the bench, under way."""
        argv = [str(peers.TOOLS / name), *map(str, args)]
        return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finished(self, process: subprocess.Popen) -> dict:
        """Waits for it and returns what it printed."""
        try:
            out, err = process.communicate()
        finally:
            process.kill()
        if process.returncode != 0:
            raise ToolError(f"{err.strip()}\n$ {' '.join(process.args)}")
        return json.loads(out)

    def load(self, job: str, server: Server, clients: int, *args: object, count: int = 0) -> dict:
        """load for the usual time, or until `count` calls are made."""
        span = ("--count", count) if count else ("--seconds", self.scale.seconds, "--warmup", self.scale.warmup)
        return self.tool("load", job, "--port", server.port, "--clients", clients, *span, *args)

    def floor_sqlite(self, job: str, *args: object) -> dict:
        directory = self.new_dir()
        try:
            return self.tool("floor_sqlite", job, "--db", directory / "floor.db", *args)
        finally:
            shutil.rmtree(directory)

    def lines(self, lines: list[str]) -> Path:
        """A file of these lines."""
        path = self.new_dir() / "lines"
        path.write_text("".join(f"{text}\n" for text in lines))
        return path

    @cached_property
    def noise(self) -> Path:
        """A file of the large artifact's size, in a folder of its own."""
        path = self.new_dir() / "big.bin"
        block = os.urandom(min(self.scale.bytes, 2**24))
        with open(path, "wb") as file:
            for _ in range(self.scale.bytes // len(block)):
                file.write(block)
        return path

    def settle(self) -> None:
        """Lets what earlier figures left in the page cache reach the disk, so that the next one does not pay."""
        os.sync()
