# SPDX-License-Identifier: Apache-2.0
"""One run of the bench: its folder, its servers, its C programs, and how long things take."""

import json
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPConnection
from pathlib import Path
from typing import Iterator

from tests.bench import dataset, peers
from tests.bench.report import Report
from tests.support.servers import Server

API = "/api/2.0/mlflow"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    seconds: float  # that a load is counted
    warmup: float
    runs: int  # of the dataset
    points: int  # of the long history
    bytes: int  # of the large artifact
    rounds: int  # of what is measured as a whole; the median counts


FULL = Scale(seconds=4, warmup=0.5, runs=100_000, points=1_000_000, bytes=2**30, rounds=3)
QUICK = Scale(seconds=2, warmup=0.3, runs=10_000, points=100_000, bytes=2**28, rounds=1)


class ToolError(RuntimeError):
    """One of the C programs failed, or a server answered an error."""


class Bench:
    def __init__(self, scale: Scale, peer: str, parent: Path):
        self.scale = scale
        self.peer = peers.PEERS[peer]
        self.report = Report(judged=peer == "runestone")
        parent.mkdir(parents=True, exist_ok=True)
        self.dir = Path(tempfile.mkdtemp(prefix="run-", dir=parent))
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

    def new_server(self) -> Server:
        """The server under test on an empty folder, not yet started; stopped at the end at the latest."""
        server = self.peer.make(self.new_dir())
        self._servers.append(server)
        return server

    @cached_property
    def server(self) -> Server:
        """The one that most figures are measured on."""
        return self.new_server().start()

    @contextmanager
    def floor_http(self, *args: object) -> Iterator[Server]:
        with peers.libmicrohttpd(self.new_dir(), *args) as server:
            yield server.start()

    def tool(self, name: str, *args: object) -> dict:
        """Runs a C program of the bench and returns what it printed."""
        argv = [str(peers.TOOLS / name), *map(str, args)]
        done = subprocess.run(argv, capture_output=True, text=True)
        if done.returncode != 0:
            raise ToolError(f"{' '.join(argv)}\n{done.stderr.strip()}")
        return json.loads(done.stdout)

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

    def call(self, method: str, path: str, body: object = None) -> dict:
        """One call to the server under test. Anything but 200 is an error."""
        text = body if isinstance(body, str) else json.dumps(body)
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=300)
        try:
            headers = {} if body is None else {"Content-Type": "application/json"}
            connection.request(method, path, None if body is None else text, headers)
            reply = connection.getresponse()
            content = reply.read()
        finally:
            connection.close()
        if reply.status != 200:
            raise ToolError(f"{method} {path}: {reply.status} {content[:500]!r}")
        return json.loads(content)

    def new_experiment(self, name: str) -> str:
        return self.call("POST", f"{API}/experiments/create", {"name": name})["experiment_id"]

    def new_runs(self, n: int) -> Path:
        """A file of the ids of n new runs, a line each."""
        experiment = self.new_experiment(f"runs-{self._n_dirs}")
        ids = []
        for _ in range(n):
            reply = self.call("POST", f"{API}/runs/create", {"experiment_id": experiment, "start_time": 1795327646813})
            ids.append(reply["run"]["info"]["run_id"])
        return self.lines(ids)

    def lines(self, lines: list[str]) -> Path:
        """A file of these lines."""
        path = self.new_dir() / "lines"
        path.write_text("".join(f"{text}\n" for text in lines))
        return path

    @cached_property
    def dataset(self) -> tuple[str, Path]:
        """The experiment of the runs that are searched, and the file of their ids. Filled at the first use."""
        experiment = self.new_experiment("dataset")
        ids = self.new_dir() / "ids"
        clients = self.peer.fill_clients
        done = self.load("fill", self.server, clients, "--experiment", experiment, "--runs", self.scale.runs, "--seed",
                         dataset.SEED, "--ids-out", ids, count=2 * self.scale.runs + clients)
        self.report.ours(f"filling {self.scale.runs:,} runs", "calls/s", done["rate"], seconds=done["seconds"])
        return experiment, ids

    def settle(self) -> None:
        """Lets what earlier figures left in the page cache reach the disk, so that the next one does not pay."""
        os.sync()
