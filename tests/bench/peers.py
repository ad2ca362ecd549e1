# SPDX-License-Identifier: Apache-2.0
"""The servers of the bench: ours, what a user would take instead, and those that are floors."""

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Callable, Mapping, Optional

from tests.support.servers import MLFLOW, ROOT, Server, clean_environment, free_port, runestone_binary

TOOLS = Path("build/bench").resolve()
FASTTRACKML = ROOT / "build" / "venv-bench" / "bin" / "fml"  # its wheel is one Go program

NGINX_CONF = """daemon off;
{user}worker_processes auto;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        root {root};
        location = /health {{ return 200 OK; }}
    }}
}}
"""


class ToolError(RuntimeError):
    """One of the C programs failed, or a server answered an error."""


def runestone(directory: Path, env: Mapping[str, str]) -> Server:
    port = free_port()
    argv = [runestone_binary(), "server", "--host", "127.0.0.1", "--port", port, "--data", directory / "data"]
    return Server("runestone", argv, port, directory, False, clean_environment(env))


def mlflow(directory: Path, env: Mapping[str, str]) -> Server:
    """Without its job runners: seven processes more that no tracking call needs."""
    port = free_port()
    argv = [MLFLOW, "server", "--backend-store-uri", f"sqlite:///{directory}/mlflow.db", "--artifacts-destination",
            directory / "artifacts", "--host", "127.0.0.1", "--port", port, "--workers", 2]
    more = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", **env}
    return Server("mlflow", argv, port, directory, False, clean_environment(more))


def fasttrackml(directory: Path, env: Mapping[str, str]) -> Server:
    """Its log has a line for each request, as it comes; the bench changes nothing of that."""
    port = free_port()
    argv = [FASTTRACKML, "server", "--listen-address", f"127.0.0.1:{port}", "--database-uri", "sqlite://fml.db",
            "--default-artifact-root", directory / "artifacts"]
    return Server("fasttrackml", argv, port, directory, False, clean_environment(env))


@dataclass(frozen=True)
class Peer:
    """A server that is measured. Its column in the table is its name."""

    name: str
    make: Callable[[Path, Mapping[str, str]], Server]  # not yet started, data in the folder, variables added
    version: str
    fill_clients: int  # that may fill the dataset at once without an error
    program: Optional[Path] = None  # where it is one file
    database: Optional[str] = None  # its SQLite file, where filling through the API takes too long
    artifacts: bool = True  # it takes and gives them over HTTP
    registry: bool = True  # it has one of models
    pages: bool = True  # they are MLflow's
    loads_library: bool = True  # it can be preloaded into
    is_ours: bool = False


RUNESTONE = Peer("Runestone", runestone, (ROOT / "VERSION").read_text().strip(), fill_clients=32,
                 program=runestone_binary(), is_ours=True)
PEERS = (
    Peer("FastTrackML", fasttrackml, "0.6.0", fill_clients=8, program=FASTTRACKML, database="fml.db", artifacts=False,
         registry=False, pages=False, loads_library=False),
    Peer("MLflow", mlflow, "3.17.2, 2 workers", fill_clients=4, database="mlflow.db"),
)


def libmicrohttpd(directory: Path, *args: object) -> Server:
    """floor_http: `--bytes N` answers a document of that size to everything, `--file F` that file."""
    port = free_port()
    return Server("floor_http", [TOOLS / "floor_http", "--port", port, *args], port, directory, False, {})


def nginx(directory: Path, root: Path) -> Server:
    """nginx with sendfile over the files of `root`."""
    program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if program is None:
        raise RuntimeError("there is no nginx (Debian: nginx-light)")
    port = free_port()
    conf = directory / "nginx.conf"
    # As root, nginx would hand its workers to a user that may not read our folder.
    user = "user root;\n" if os.geteuid() == 0 else ""
    conf.write_text(NGINX_CONF.format(dir=directory, root=root, port=port, user=user))
    return Server("nginx", [program, "-c", conf, "-e", directory / "error.log"], port, directory, False, {})


def start_timed(server: Server, path: str = "/health") -> float:
    """Starts it and returns the seconds from exec to the first 200."""
    with open(server.log, "ab") as log:
        begin = time.perf_counter()
        server.proc = subprocess.Popen(server.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=server.env,
                                       cwd=server.data_dir, start_new_session=True)
        while not answers(server.port, path):
            if server.proc.poll() is not None:
                raise RuntimeError(f"{server.name} exited before it was ready\n{server.tail()}")
            if time.perf_counter() - begin > 120:
                raise RuntimeError(f"{server.name} was not ready after 120 s\n{server.tail()}")
            time.sleep(0.0005)
        return time.perf_counter() - begin


def answers(port: int, path: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
