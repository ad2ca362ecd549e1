# SPDX-License-Identifier: Apache-2.0
"""A server that is measured, ours or a peer, and what was filled into it."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from tests.bench import bulk, dataset, registry_data
from tests.bench.peers import Peer, ToolError
from tests.support.servers import Server, ServerError

if TYPE_CHECKING:
    from tests.bench.bench import Bench

API = "/api/2.0/mlflow"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
CURVE_START_MS = 1_700_000_000_000
CURVE_BATCH = 100  # steps of a call


class Site:
    def __init__(self, bench: "Bench", peer: Peer, prefix: tuple = (), **env: str):
        """Its servers run below the command `prefix`, with these variables."""
        self.bench = bench
        self.peer = peer
        self.name = peer.name
        self.is_ours = peer.is_ours
        self._prefix = prefix
        self._env = env
        self._server: Server | None = None
        self._broken = ""
        self._n_experiments = 0

    @property
    def server(self) -> Server:
        """The one that most figures are measured on; started at the first use. One that did not start is not tried
        again."""
        if self._broken:
            raise ToolError(self._broken)
        if self._server is None:
            try:
                self._server = self.new_server().start()
            except (OSError, ServerError) as error:
                self._broken = f"{self.name} does not start: {str(error).splitlines()[0]}"
                raise ToolError(self._broken) from error
        return self._server

    def new_server(self) -> Server:
        """One more on an empty folder, not yet started; stopped at the end at the latest."""
        server = self.peer.make(self.bench.new_dir(), self._env)
        server.argv[:0] = map(str, self._prefix)
        return self.bench.keep(server)

    @contextmanager
    def fresh(self, prefix: tuple = (), **env: str) -> Iterator["Site"]:
        """One more of the kind, on an empty folder that is removed at the end."""
        other = Site(self.bench, self.peer, prefix, **env)
        try:
            yield other
        finally:
            if other._server is not None:
                self.bench.discard(other._server)

    def load(self, job: str, clients: int, *args: object, count: int = 0) -> dict:
        """load for the usual time, or until `count` calls are made. Errors of ours end it, those of a peer count."""
        more = () if self.is_ours else ("--tolerant", 1)
        done = self.bench.load(job, self.server, clients, *args, *more, count=count)
        if done["errors"]:
            all_calls = done["calls"] + done["errors"]
            self.bench.report.note(f"{self.name} answered {done['errors']:,} of {all_calls:,} calls of {job} by "
                                   f"{clients} clients with an error; they are not counted.")
        return done

    def call(self, method: str, path: str, body: object = None) -> dict:
        """One call. Anything but 200 is an error."""
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
            raise ToolError(f"{self.name}: {method} {path}: {reply.status} {content[:500]!r}")
        return json.loads(content)

    def new_experiment(self, name: str) -> str:
        self._n_experiments += 1
        body = {"name": f"{name}-{self._n_experiments}"}
        return self.call("POST", f"{API}/experiments/create", body)["experiment_id"]

    def new_runs(self, n: int) -> Path:
        """A file of the ids of n new runs, a line each."""
        experiment = self.new_experiment("runs")
        ids = []
        for _ in range(n):
            reply = self.call("POST", f"{API}/runs/create", {"experiment_id": experiment, "start_time": 1795327646813})
            ids.append(reply["run"]["info"]["run_id"])
        return self.bench.lines(ids)

    def fill(self, experiment: str, runs: int, first: int = 0) -> tuple[Path, dict]:
        """Makes runs first..runs-1 of the dataset through the API: the file of their ids, and what load says."""
        ids = self.bench.new_dir() / "ids"
        clients = self.peer.fill_clients
        done = self.bench.load("fill", self.server, clients, "--experiment", experiment, "--first", first, "--runs",
                               runs, "--seed", dataset.SEED, "--ids-out", ids, count=2 * (runs - first) + clients)
        return ids, done

    @cached_property
    def dataset(self) -> tuple[str, Path]:
        """The experiment of the runs that are searched, and the file of their ids. Filled at the first use: through
        the API, or, where that would take many minutes, by copies of rows that the API made."""
        runs = self.bench.scale.runs
        experiment = self.new_experiment("dataset")
        if self.peer.database is None:
            ids, done = self.fill(experiment, runs)
            self.bench.report.put(self, f"filling {runs:,} runs", "calls/s", done["rate"], seconds=done["seconds"])
            return experiment, ids
        first = self.fill(experiment, 1)[0].read_text().strip()
        self.server.stop()
        ids = bulk.fill(self.server.data_dir / self.peer.database, first, runs)
        self.server.start()
        return experiment, self.bench.lines(ids)

    def rested(self) -> "Site":
        """Started anew: what it was asked for before and was given up may still hold its database."""
        self.server.restart()
        return self

    @cached_property
    def curves(self) -> str:
        """The experiment of the runs that are drawn as curves. Filled at the first use, as `dataset` is."""
        experiment = self.new_experiment("curves")
        steps = self.bench.scale.curve_steps
        runs = [self.new_curve(experiment, number) for number in range(self.bench.scale.curves)]
        if self.peer.database is None:
            with ThreadPoolExecutor(max_workers=4) as pool:
                list(pool.map(lambda run: self.log_curve(run, steps), runs))
            return experiment
        self.server.stop()
        bulk.fill_curves(self.server.data_dir / self.peer.database, runs, steps)
        self.server.start()
        return experiment

    def new_curve(self, experiment: str, number: int) -> str:
        """A run whose metrics have their first point."""
        body = {"experiment_id": experiment, "run_name": f"curve-{number}", "start_time": CURVE_START_MS + number}
        run = self.call("POST", f"{API}/runs/create", body)["run"]["info"]["run_id"]
        points = [{"key": f"m{key}", "value": dataset.curve(0, key), "timestamp": CURVE_START_MS, "step": 0}
                  for key in range(dataset.CURVE_KEYS)]
        self.call("POST", f"{API}/runs/log-batch", {"run_id": run, "metrics": points})
        return run

    def log_curve(self, run: str, steps: int) -> None:
        """The other points of a run, in order, as a training logs them."""
        self.bench.load("log-batch", self.server, 1, "--rows", CURVE_BATCH * dataset.CURVE_KEYS, "--keys",
                        dataset.CURVE_KEYS, "--first", 1, "--lines", self.bench.lines([run]),
                        count=steps // CURVE_BATCH)

    def fill_registry(self, models: int) -> dict:
        """Makes the first models of registry_data through the API; what load says."""
        clients = self.peer.fill_clients
        done = self.bench.load("register", self.server, clients, "--runs", models, "--rows", registry_data.VERSIONS,
                               "--seed", dataset.SEED, count=models * (registry_data.VERSIONS + 2) + clients)
        return done

    @cached_property
    def registry(self) -> int:
        """How many models there are to search. Filled at the first use, as `dataset` is."""
        models = self.bench.scale.models
        if self.peer.database is None:
            done = self.fill_registry(models)
            self.bench.report.put(self, f"registering {models:,} models of {registry_data.VERSIONS} versions",
                                  "calls/s", done["rate"], seconds=done["seconds"])
            return models
        self.fill_registry(1)
        self.server.stop()
        bulk.fill_registry(self.server.data_dir / self.peer.database, models)
        self.server.start()
        return models

    def artifact_root(self) -> str:
        """The path under which a new run's artifacts are put and got."""
        run = self.new_runs(1).read_text().strip()
        info = self.call("GET", f"{API}/runs/get?run_id={run}")["run"]["info"]
        return f"{ARTIFACTS}/{info['artifact_uri'].removeprefix('mlflow-artifacts:/')}"
