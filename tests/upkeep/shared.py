# SPDX-License-Identifier: Apache-2.0
"""The operator's commands as a person runs them, and a client that only needs HTTP."""

import hashlib
import signal
import subprocess
import time
from pathlib import Path
from typing import Callable

import requests

from support.servers import Server, clean_environment, runestone_binary

DEADLINE_S = 120.0


def command(*args) -> subprocess.CompletedProcess:
    """Runs `runestone ARGS` to its end; output is text."""
    return subprocess.run([runestone_binary(), *map(str, args)], env=clean_environment(), capture_output=True,
                          text=True, timeout=DEADLINE_S, check=False)


def succeed(*args) -> str:
    """As command(), and nothing may be found or fail; the output."""
    done = command(*args)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def kill_when(condition: Callable[[], bool], *args) -> None:
    """Runs `runestone ARGS` and kills it with -9 as soon as the condition holds, which must be before its end."""
    process = subprocess.Popen([runestone_binary(), *map(str, args)], env=clean_environment(),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline, "what should have happened did not"
    process.kill()
    assert process.wait(DEADLINE_S) == -signal.SIGKILL


def data_of(server: Server) -> Path:
    return server.data_dir / "data"


def blobs_in(folder: Path) -> dict[str, Path]:
    """The blob files below a data or backup folder, by key."""
    top = folder / "artifacts" / "blobs"
    return {f"{path.parent.name}/{path.name}": path for path in top.glob("??/*")}


class Client:
    """The calls that these tests need."""

    def __init__(self, url: str):
        self.api = url + "/api/2.0/mlflow"
        self.files = url + "/api/2.0/mlflow-artifacts/artifacts"
        self.session = requests.Session()

    def post(self, call: str, **body) -> dict:
        reply = self.session.post(f"{self.api}/{call}", json=body, timeout=30)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def get(self, call: str, **query) -> dict:
        reply = self.session.get(f"{self.api}/{call}", params=query, timeout=30)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def new_run(self, name: str, experiment_id: str = "0") -> str:
        return self.post("runs/create", experiment_id=experiment_id, run_name=name)["run"]["info"]["run_id"]

    def log(self, run_id: str, key: str, step: int, value: float) -> None:
        self.post("runs/log-metric", run_id=run_id, key=key, value=value, step=step, timestamp=1000 + step)

    def put_file(self, path: str, content: bytes) -> None:
        reply = self.session.put(f"{self.files}/{path}", data=content, timeout=30)
        assert reply.status_code == 200, reply.text

    def get_file(self, path: str) -> requests.Response:
        return self.session.get(f"{self.files}/{path}", timeout=30)

    def delete_file(self, path: str) -> None:
        reply = self.session.delete(f"{self.files}/{path}", timeout=30)
        assert reply.status_code in (200, 204), reply.text

    def history(self, run_id: str, key: str) -> list[tuple[int, float]]:
        points = self.get("metrics/get-history", run_id=run_id, metric_key=key)["metrics"]
        return [(int(point["step"]), point["value"]) for point in points]


def content(number: int, size: int = 1000) -> bytes:
    """Bytes that are those of no other number."""
    return (hashlib.sha256(str(number).encode()).digest() * (size // 32 + 1))[:size]


def fill(client: Client, files: int = 12, size: int = 1000) -> list[str]:
    """Runs with everything, and files; the run ids."""
    experiment_id = client.post("experiments/create", name="kept")["experiment_id"]
    runs = [client.new_run(f"run {number}", experiment_id) for number in range(3)]
    for run_id in runs:
        client.post("runs/log-batch", run_id=run_id, params=[{"key": "p", "value": "ü"}],
                    tags=[{"key": "t", "value": "v"}],
                    metrics=[{"key": "m", "value": step / 3, "step": step, "timestamp": step} for step in range(50)])
    for number in range(files):
        client.put_file(f"9/kept/{number}.bin", content(number, size))
    return runs


def everything(client: Client, runs: list[str], files: int = 12) -> dict:
    """What the API says of all that fill() made."""
    return {
        "experiments": client.get("experiments/search", max_results=100),
        "runs": [client.get("runs/get", run_id=run_id) for run_id in runs],
        "history": [client.history(run_id, "m") for run_id in runs],
        "files": [client.get_file(f"9/kept/{number}.bin").content for number in range(files)],
    }
