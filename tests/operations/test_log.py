# SPDX-License-Identifier: Apache-2.0
"""Names of requests, the access log, and that no secret is in it."""

import base64
import json
import re
from urllib.parse import parse_qs, urlsplit

import requests

from operations.shared import artifact_folder, do_some_work
from support.servers import Server, start_runestone
from support.waiting import await_value


def lines(server: Server) -> list:
    """The log as objects; every line but the one for the shell is JSON."""
    text = server.log.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if not line.startswith("export ")]


def line_of(server: Server, name: str) -> dict:
    """The one line of a request."""
    found = await_value(lambda: [line for line in lines(server) if line.get("id") == name], f"the line of {name}")
    assert len(found) == 1
    return found[0]


def test_a_reply_and_its_line_have_one_name(server: Server):
    reply = requests.get(server.url + "/version", timeout=60)
    line = line_of(server, reply.headers["X-Request-Id"])
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{10}", line["id"])
    assert {"event": "request", "level": "info", "method": "GET", "route": "version", "path": "/version",
            "status": 200, "in_bytes": 0, "out_bytes": len(reply.content)}.items() <= line.items()
    assert line["took_us"] >= 0 and line["waited_us"] == 0


def test_a_clients_own_name_is_kept(server: Server):
    reply = requests.post(server.url + "/api/2.0/mlflow/experiments/create", json={"name": "named"},
                          headers={"X-Request-Id": "trainer-7.step_12"}, timeout=60)
    assert reply.headers["X-Request-Id"] == "trainer-7.step_12"
    line = line_of(server, "trainer-7.step_12")
    assert line["route"] == "createExperiment" and line["in_bytes"] == len(b'{"name": "named"}')
    assert 0 <= line["waited_us"] <= line["took_us"]


def test_an_error_says_why_under_its_name(server: Server):
    reply = requests.get(server.url + "/api/2.0/mlflow/runs/get", params={"run_id": "f" * 32}, timeout=60)
    line = line_of(server, reply.headers["X-Request-Id"])
    assert line["status"] == 404 and line["why"] == reply.json()["message"]


def test_a_slow_call_is_one_line_even_without_the_access_log():
    with start_runestone(extra_args=["--slow-call", "1", "--log-format", "json"]) as server:
        metrics = [{"key": f"k{i}", "value": i, "timestamp": 1, "step": 0} for i in range(1000)]
        names = []

        def log_some() -> bool:
            """A batch of 1000 metrics takes longer than a millisecond; how often is the machine's."""
            run = do_some_work(server, n=1)
            reply = requests.post(server.url + "/api/2.0/mlflow/runs/log-batch", timeout=60,
                                  json={"run_id": run, "metrics": metrics})
            assert reply.status_code == 200
            names.append(reply.headers["X-Request-Id"])
            return any(line.get("id") in names for line in lines(server))

        await_value(log_some, "a slow call")
        slow = [line for line in lines(server) if line.get("id") in names]
        assert all(line["event"] == "slow_call" and line["level"] == "warn" and line["took_us"] > 1000 and
                   line["route"] == "logBatch" and line["in_bytes"] > 10_000 for line in slow)
        assert not [line for line in lines(server) if line["event"] == "request"]


def test_no_secret_is_in_the_log():
    password = "hunter2-not-in-any-log"
    with start_runestone(extra_args=["--log-level", "debug", "--access-log", "on", "--slow-call", "1"]) as server:
        root = f"{server.url}/api/2.0/mlflow-artifacts/mpu/create/{artifact_folder(server, do_some_work(server))}"
        begun = requests.post(root, json={"path": "f.bin", "num_parts": 1}, auth=("ann", password), timeout=60).json()
        url = begun["credentials"][0]["url"]
        secrets = [value for values in parse_qs(urlsplit(url).query).values() for value in values if len(value) >= 16]
        assert secrets, f"{url} has no signature"
        assert requests.put(url, data=b"x" * 1000, timeout=60).status_code == 200
        # Refused in three ways: by its path, its method, its headers.
        requests.get(url.replace("/uploads/", "/nowhere/"), timeout=60)
        requests.request("FOO", url, timeout=60)
        requests.put(url, data=b"", headers={"Content-Length": "1, 1"}, timeout=60)
        requests.get(f"{server.url}/health?token={secrets[0]}", headers={"Cookie": f"s={password}"}, timeout=60)
        server.stop()
        text = server.log.read_text(encoding="utf-8")
        assert text.count("event=request") + text.count("event=slow_call") >= 6
        for secret in [password, base64.b64encode(f"ann:{password}".encode()).decode(), *secrets]:
            assert secret not in text
