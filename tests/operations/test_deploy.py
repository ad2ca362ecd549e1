# SPDX-License-Identifier: Apache-2.0
"""The systemd unit before systemd's own checkers, and the nginx example before a real nginx."""

import os
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
import requests

from operations.shared import deploy
from support.servers import free_port, runestone_binary, start_runestone
from support.waiting import await_value

ANALYZE = shutil.which("systemd-analyze")
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
MIB = 1024 * 1024


def run(*words) -> str:
    ran = subprocess.run(words, text=True, capture_output=True, check=False)
    assert ran.returncode == 0, f"{words}:\n{ran.stdout}{ran.stderr}"
    return ran.stdout + ran.stderr


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit, with the program where it is here."""
    text = deploy("systemd/runestone.service").read_text(encoding="utf-8")
    assert "/usr/local/bin/runestone" in text
    path = tmp_path / "runestone.service"
    path.write_text(text.replace("/usr/local/bin/runestone", str(runestone_binary())), encoding="utf-8")
    return path


@pytest.mark.skipif(ANALYZE is None, reason="this system has no systemd-analyze")
def test_systemd_finds_nothing_wrong_with_the_unit(unit: Path):
    assert run(ANALYZE, "verify", "--man=no", str(unit)) == ""


@pytest.mark.skipif(ANALYZE is None, reason="this system has no systemd-analyze")
def test_the_unit_may_do_little(unit: Path):
    run(ANALYZE, "security", "--offline=true", "--threshold=15", "--no-pager", str(unit))  # 1.5 of 10


def test_the_user_of_the_unit_is_made():
    users = deploy("systemd/runestone.sysusers").read_text(encoding="utf-8")
    assert "\nu runestone " in users
    assert "\nUser=runestone\n" in deploy("systemd/runestone.service").read_text(encoding="utf-8")


def write_example(folder: Path, server_port: int, port: int) -> Path:
    """The example with a certificate and a password of its own, in a configuration that needs no root."""
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
        "-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem"))
    (folder / "runestone.htpasswd").write_text("ann:{PLAIN}secret\n", encoding="utf-8")
    text = deploy("nginx/runestone.conf").read_text(encoding="utf-8")
    for old, new in (("127.0.0.1:5000", f"127.0.0.1:{server_port}"), ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
                     ("runestone.example.org;", "localhost;"), ("/etc/ssl/runestone", str(folder)),
                     ("/etc/nginx", str(folder))):
        assert old in text, old
        text = text.replace(old, new)
    (folder / "runestone.conf").write_text(text, encoding="utf-8")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    # As root, its workers would be nobody, who may not read this folder.
    user = "user root;\n" if os.getuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(f"daemon off;\n{user}pid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
                    f"http {{\naccess_log off;\n{temporary}include {folder}/runestone.conf;\n}}\n", encoding="utf-8")
    return main


@pytest.fixture
def front(tmp_path: Path):
    """The address of nginx before a server."""
    port = free_port()
    with start_runestone(extra_args=["--public-url", f"https://localhost:{port}", "--access-log", "on"]) as server:
        main = write_example(tmp_path, server.port, port)
        run(NGINX, "-t", "-q", "-e", str(tmp_path / "error.log"), "-c", str(main))
        with subprocess.Popen([NGINX, "-e", str(tmp_path / "error.log"), "-c", str(main)]) as process:
            try:
                client = requests.Session()
                client.trust_env = False
                client.verify = str(tmp_path / "fullchain.pem")
                url = f"https://localhost:{port}"
                await_value(lambda: answers(client, url), "nginx's first answer")
                yield client, url, server
            finally:
                process.terminate()


def answers(client: requests.Session, url: str) -> bool:
    try:
        return client.get(url + "/health", timeout=30).status_code == 200
    except (requests.ConnectionError, ssl.SSLError):
        return False


def test_the_nginx_example_serves_those_who_have_a_password(front):
    client, url, server = front
    create = f"{url}/api/2.0/mlflow/experiments/create"
    assert client.post(create, json={"name": "e"}, timeout=60).status_code == 401
    assert client.get(url + "/metrics", auth=("ann", "secret"), timeout=60).status_code == 403
    client.auth = ("ann", "secret")
    made = client.post(create, json={"name": "e"}, timeout=60)
    assert made.status_code == 200
    run_made = client.post(f"{url}/api/2.0/mlflow/runs/create", json=made.json(), timeout=60).json()
    folder = run_made["run"]["info"]["artifact_uri"].removeprefix("mlflow-artifacts:").strip("/")

    # Far larger than nginx's own limit of a megabyte, and both ways the same bytes.
    data = bytes(range(256)) * (24 * MIB // 256)
    path = f"{url}/api/2.0/mlflow-artifacts/artifacts/{folder}/big.bin"
    assert client.put(path, data=data, timeout=60).status_code == 200
    assert client.get(path, timeout=60).content == data

    # nginx names the request, and the server's log has that name.
    name = client.get(url + "/version", timeout=60).headers["X-Request-Id"]
    assert len(name) == 32
    await_value(lambda: f"id={name}" in server.log.read_text(encoding="utf-8"), "the request's line")


def test_parts_go_through_nginx_without_a_password(front):
    client, url, _ = front
    ann = ("ann", "secret")
    made = client.post(f"{url}/api/2.0/mlflow/experiments/create", json={"name": "p"}, auth=ann, timeout=60)
    run_made = client.post(f"{url}/api/2.0/mlflow/runs/create", json=made.json(), auth=ann, timeout=60).json()
    folder = run_made["run"]["info"]["artifact_uri"].removeprefix("mlflow-artifacts:").strip("/")
    begun = client.post(f"{url}/api/2.0/mlflow-artifacts/mpu/create/{folder}", auth=ann, timeout=60,
                        json={"path": "f.bin", "num_parts": 1}).json()
    part = begun["credentials"][0]["url"]
    assert part.startswith(url)
    assert client.put(part, data=b"x" * MIB, timeout=60).status_code == 200
    assert client.put(part[:-1] + ("0" if part[-1] != "0" else "1"), data=b"y", timeout=60).status_code == 403
