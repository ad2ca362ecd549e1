# SPDX-License-Identifier: Apache-2.0
"""Starts and stops the servers that tests talk to: Runestone, and the real `mlflow server`.

Each server lives in a directory of its own (a fresh temporary one unless the caller gives it), on a free port of
127.0.0.1, in a process group of its own. `Server` is a context manager: leaving it stops the process and removes a
directory that we made. When a server does not come up, the error carries the end of its log.

    with start_runestone() as server:
        requests.get(server.url + "/version")
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Mapping, Optional, Sequence

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_BINARY = ROOT / "build" / "release" / "runestone"
MLFLOW = ROOT / "build" / "venv" / "bin" / "mlflow"

START_DEADLINE_S = 90.0  # the real server takes about 10 s on an idle machine, far more on a busy one
STOP_DEADLINE_S = 20.0
LOG_TAIL_BYTES = 8000
POLL_S = 0.005

# Variables that would make a client or server in the tests talk to somebody else, or through a proxy.
FOREIGN_VARIABLES = (
    "MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_RUN_ID",
    "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
)


class ServerError(RuntimeError):
    """A server did not start, died, or did not stop."""


class Server:
    """One running server. `url` has no trailing slash; `log` is the path of its stdout and stderr."""

    def __init__(self, name: str, argv: Sequence[str], port: int, data_dir: Path, owns_dir: bool,
                 env: Mapping[str, str], base_path: str = ""):
        self.name = name
        self.argv = [str(word) for word in argv]
        self.port = port
        self.base_path = base_path
        self.url = f"http://127.0.0.1:{port}{base_path}"
        self.data_dir = data_dir
        self.owns_dir = owns_dir
        self.env = dict(env)
        self.log = data_dir / f"{name}.log"
        self.proc: Optional[subprocess.Popen] = None

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *unused) -> None:
        self.close()

    @property
    def pid(self) -> int:
        if self.proc is None:
            raise ServerError(f"{self.name} is not running")
        return self.proc.pid

    def start(self) -> "Server":
        """Starts the process and returns once /health answers 200. Appends to the log, so restarts keep it."""
        with open(self.log, "ab") as log:
            self.proc = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env,
                                         cwd=self.data_dir, start_new_session=True)
        deadline = time.monotonic() + START_DEADLINE_S
        while not self.healthy():
            if self.proc.poll() is not None:
                raise ServerError(f"{self.name} exited with {self.proc.returncode} before it was ready\n{self.tail()}")
            if time.monotonic() > deadline:
                self.kill()
                raise ServerError(f"{self.name} was not ready after {START_DEADLINE_S:.0f} s\n{self.tail()}")
            time.sleep(POLL_S)
        return self

    def healthy(self) -> bool:
        """Whether /health answers 200 now. Goes past any proxy."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(self.url + "/health", timeout=5) as reply:
                return reply.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def alive(self) -> bool:
        return self.proc is not None and self.proc.poll() is None

    def stop(self) -> int:
        """SIGTERM, then SIGKILL once the deadline has passed. Returns the exit code; 0 if it was not running."""
        if self.proc is None:
            return 0
        code = self.proc.poll()
        if code is None:
            self.proc.terminate()
            try:
                code = self.proc.wait(STOP_DEADLINE_S)
            except subprocess.TimeoutExpired:
                code = self.kill()
        self._end_group()
        self.proc = None
        return code

    def kill(self) -> int:
        """SIGKILL to the process and to its children: what a crash looks like."""
        if self.proc is None:
            return 0
        self._end_group()
        return self.proc.wait(STOP_DEADLINE_S)

    def restart(self) -> "Server":
        """Stops and starts on the same directory and port."""
        self.stop()
        return self.start()

    def close(self) -> None:
        """Stops the server and removes its directory if it was a temporary one."""
        self.stop()
        if self.owns_dir:
            shutil.rmtree(self.data_dir, ignore_errors=True)

    def tail(self, limit: int = LOG_TAIL_BYTES) -> str:
        """The end of the log, with the command line above it."""
        try:
            text = self.log.read_bytes()[-limit:].decode("utf-8", "replace")
        except OSError as error:
            text = f"(no log: {error})"
        return f"$ {' '.join(self.argv)}\n{text}"

    def _end_group(self) -> None:
        """Kills what is left of the process group that we started (the real server has workers and job runners)."""
        if self.proc is None:
            return
        try:
            os.killpg(self.proc.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def free_port() -> int:
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_environment(extra: Optional[Mapping[str, str]] = None) -> dict:
    """Our environment without what would lead a server or client elsewhere, plus `extra`."""
    env = {key: value for key, value in os.environ.items() if key not in FOREIGN_VARIABLES}
    env.update(NO_PROXY="127.0.0.1,localhost", MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true")
    env.update(extra or {})
    return env


def runestone_binary() -> Path:
    """The program under test: $RUNESTONE_BIN, else the release build."""
    return Path(os.environ.get("RUNESTONE_BIN") or DEFAULT_BINARY).resolve()


def start_runestone(binary=None, extra_args: Sequence[str] = (), data_dir=None,
                    env: Optional[Mapping[str, str]] = None, base_path: str = "") -> Server:
    """Starts our server and waits until it is ready. `env` is added to the environment of the process."""
    program = Path(binary).resolve() if binary else runestone_binary()
    if not program.exists():
        raise ServerError(f"there is no {program}: run `make`, or set RUNESTONE_BIN")
    directory, owned = _directory(data_dir, "runestone-")
    port = free_port()
    argv = [program, "server", "--host", "127.0.0.1", "--port", port, "--data", directory / "data"]
    if base_path:
        argv += ["--base-path", base_path]
    return _up(Server("runestone", [*argv, *extra_args], port, directory, owned, clean_environment(env), base_path))


def start_mlflow(extra_args: Sequence[str] = (), data_dir=None, env: Optional[Mapping[str, str]] = None) -> Server:
    """Starts the real `mlflow server` (SQLite, a local artifact folder, one worker) and waits until it is ready.

    Its job runners are left out, seven processes more that no tracking call needs, and its gateway, which we have not."""
    directory, owned = _directory(data_dir, "mlflow-")
    port = free_port()
    argv = [MLFLOW, "server", "--backend-store-uri", f"sqlite:///{directory}/mlflow.db", "--artifacts-destination",
            directory / "artifacts", "--host", "127.0.0.1", "--port", port, "--workers", 1]
    environment = clean_environment({"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_ENABLE_AI_GATEWAY": "false",
                                     **(env or {})})
    return _up(Server("mlflow", [*argv, *extra_args], port, directory, owned, environment))


def _directory(data_dir, prefix: str):
    if data_dir is None:
        return Path(tempfile.mkdtemp(prefix=prefix)), True
    path = Path(data_dir).resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path, False


def _up(server: Server) -> Server:
    try:
        return server.start()
    except BaseException:
        server.close()
        raise
