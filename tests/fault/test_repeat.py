# SPDX-License-Identifier: Apache-2.0
"""Answers that are lost behind the commit, and clients that ask again, as the MLflow client does up to seven times."""

import http.client
import json
import socket
import time

import pytest

from tests.fault.observer import Observer
from tests.fault.wire import API, PARTS, Wire, file_address
from tests.support.servers import start_runestone

REPEATS = 7
BIG = 100_000  # points of a history


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with start_runestone(data_dir=tmp_path_factory.mktemp("repeat")) as running:
        yield running


@pytest.fixture
def wire(server):
    wire = Wire(server.port)
    yield wire
    wire.close()


@pytest.fixture
def run(wire, request):
    """A run in an experiment of its own."""
    name = request.node.name
    made = wire.post("experiments/create", {"name": name}).json()["experiment_id"]
    info = wire.post("runs/create", {"experiment_id": made, "run_name": f"{name}-run"}).json()["run"]["info"]
    return {"experiment": name, "experiment_id": made, "run_id": info["run_id"],
            "root": f"{made}/{info['run_id']}/artifacts"}


def send_and_leave(port: int, method: str, path: str, body: bytes, kind: str = "application/json") -> None:
    """Sends the whole call, and resets the connection before the answer can be read."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.connect()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.request(method, path, body, {"Content-Type": kind})
    connection.close()


def state(port: int, experiment: str) -> dict:
    wire = Wire(port)
    observer = Observer(wire)
    observer.experiment(experiment)
    wire.close()
    assert observer.findings == [] and observer.seen.twice == []
    return observer.seen.value


CALLS = {
    "log-metric": lambda run: ("POST", API + "runs/log-metric", {
        "run_id": run["run_id"], "key": "m", "value": 0.5, "timestamp": 5, "step": 5}),
    "log-batch": lambda run: ("POST", API + "runs/log-batch", {
        "run_id": run["run_id"], "metrics": [{"key": "m", "value": i, "timestamp": i, "step": i} for i in range(500)],
        "params": [{"key": f"p{i}", "value": "v"} for i in range(50)], "tags": [{"key": "t", "value": "v"}]}),
    "log-parameter": lambda run: ("POST", API + "runs/log-parameter", {
        "run_id": run["run_id"], "key": "p", "value": "v"}),
    "set-tag": lambda run: ("POST", API + "runs/set-tag", {"run_id": run["run_id"], "key": "t", "value": "v"}),
    "update": lambda run: ("POST", API + "runs/update", {
        "run_id": run["run_id"], "status": "FINISHED", "end_time": 77}),
    "delete": lambda run: ("POST", API + "runs/delete", {"run_id": run["run_id"]}),
    "put": lambda run: ("PUT", file_address(f"{run['root']}/f.bin"), b"bytes" * 1000),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_whose_answer_was_lost_may_be_repeated(server, wire, run, name):
    method, path, body = CALLS[name](run)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    send_and_leave(server.port, method, path, raw)
    assert wire.call(method, path, body).status == 200
    after = state(server.port, run["experiment"])
    for _ in range(REPEATS - 2):
        send_and_leave(server.port, method, path, raw)
    assert wire.call(method, path, body).status == 200
    assert state(server.port, run["experiment"]) == after


def test_completing_an_upload_in_parts_may_be_repeated(server, wire, run):
    folder = run["root"]
    begun = wire.call("POST", f"{PARTS}create/{folder}", {"path": "big", "num_parts": 1}).json()
    tag = wire.call("PUT", "/" + begun["credentials"][0]["url"].split("/", 3)[3], b"part").etag
    end = {"path": "big", "upload_id": begun["upload_id"], "parts": [{"part_number": 1, "etag": tag}]}
    for _ in range(REPEATS - 1):
        send_and_leave(server.port, "POST", f"{PARTS}complete/{folder}", json.dumps(end).encode())
    assert wire.call("POST", f"{PARTS}complete/{folder}", end).status == 200
    assert wire.call("GET", file_address(f"{folder}/big")).body == b"part"
    files = [address for address in state(server.port, run["experiment"]) if address.startswith("file|")]
    assert files == [f"file|{run['experiment']}-run|big"]


def batch(run: dict, key: str, first: int) -> dict:
    return {"run_id": run["run_id"],
            "metrics": [{"key": key, "value": i, "timestamp": i, "step": i} for i in range(first, first + 1000)]}


def best_of(wire: Wire, body: dict) -> float:
    """Seconds of the quickest of some calls: others may be at work on this machine."""
    took = []
    for _ in range(REPEATS):
        begin = time.monotonic()
        assert wire.post("runs/log-batch", body).status == 200
        took.append(time.monotonic() - begin)
    return min(took)


def test_a_repeated_batch_costs_what_it_holds_and_not_what_its_history_holds(wire, run):
    wire.post("runs/log-batch", batch(run, "short", 0))
    for first in range(0, BIG, 1000):
        assert wire.post("runs/log-batch", batch(run, "long", first)).status == 200
    short, long = best_of(wire, batch(run, "short", 0)), best_of(wire, batch(run, "long", BIG // 2))
    assert long < 5 * short + 0.02, (short, long)
