# SPDX-License-Identifier: Apache-2.0
"""What the tests of this folder share."""

import re
import time
from contextlib import contextmanager
from pathlib import Path

import requests

from support.servers import ROOT, Server, start_runestone

TOOLS = ROOT / "build" / "tools" / "bin"


def api(server: Server, method: str, path: str, **kwargs) -> requests.Response:
    """A call that must go well."""
    reply = requests.request(method, f"{server.url}/api/2.0/mlflow/{path}", timeout=60, **kwargs)
    assert reply.status_code == 200, reply.text
    return reply


def artifact_folder(server: Server, run: str) -> str:
    """Where the run's files are, below the routes of artifacts."""
    uri = api(server, "GET", "runs/get", params={"run_id": run}).json()["run"]["info"]["artifact_uri"]
    return uri.removeprefix("mlflow-artifacts:").strip("/")


def do_some_work(server: Server, n: int = 20) -> str:
    """A run with metrics, read and searched, and a file; returns its id."""
    experiment = api(server, "POST", "experiments/create", json={"name": f"work-{time.time_ns()}"}).json()
    run = api(server, "POST", "runs/create", json=experiment).json()["run"]["info"]["run_id"]
    for step in range(n):
        api(server, "POST", "runs/log-metric", json={"run_id": run, "key": "loss", "value": 1 / (1 + step),
                                                     "timestamp": 1 + step, "step": step})
    api(server, "GET", "runs/get", params={"run_id": run})
    api(server, "POST", "runs/search", json={"experiment_ids": [experiment["experiment_id"]],
                                             "filter": "metrics.loss < 0.5"})
    path = f"{server.url}/api/2.0/mlflow-artifacts/artifacts/{artifact_folder(server, run)}/a.txt"
    assert requests.put(path, data=b"x" * 100_000, timeout=60).status_code == 200
    assert requests.get(path, timeout=60).content == b"x" * 100_000
    assert requests.get(f"{server.url}/nowhere", timeout=60).status_code == 404
    return run


@contextmanager
def busy_server():
    with start_runestone(extra_args=["--access-log", "on", "--log-format", "json"]) as server:
        do_some_work(server)
        yield server


def exposition(server: Server) -> str:
    reply = requests.get(server.url + "/metrics", timeout=60)
    assert reply.status_code == 200
    return reply.text


def series(text: str) -> dict:
    """Name with labels -> value, of an exposition."""
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def families(text: str) -> set:
    return set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))


def deploy(path: str) -> Path:
    return ROOT / "deploy" / path
