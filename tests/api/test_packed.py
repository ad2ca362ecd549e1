# SPDX-License-Identifier: Apache-2.0
"""Large replies to MLflow's pages go as gzip, over plain sockets; what programs ask never does."""

import gzip
import json

import pytest

from abuse.wire import Wire, ask, await_true, post, request, unique
from peer import IS_UPSTREAM
from support.servers import start_runestone

GZIP = "Accept-Encoding: gzip, deflate, br"
ORIGIN = "Origin: https://pages.example.org"
JSON = "Content-Type: application/json"
POINTS = 1000

pytestmark = pytest.mark.skipif(IS_UPSTREAM, reason="upstream: it packs nothing")


@pytest.fixture(scope="module")
def served():
    with start_runestone(extra_args=["--allowed-origins", "https://pages.example.org", "--access-log", "on"]) as server:
        yield server


@pytest.fixture(scope="module")
def run_id(served) -> str:
    run = ask(served, post("runs/create", json.dumps({"experiment_id": "0", "run_name": unique("long")}).encode()))
    run_id = json.loads(run.body)["run"]["info"]["run_id"]
    points = [{"key": "loss", "value": 1 / (step + 1), "timestamp": step, "step": step} for step in range(POINTS)]
    assert ask(served, post("runs/log-batch", json.dumps({"run_id": run_id, "metrics": points}).encode())).status == 200
    return run_id


def history(run_id: str, below: str) -> str:
    return f"{below}/2.0/mlflow/metrics/get-history-bulk-interval?metric_key=loss&max_results={POINTS}&run_ids={run_id}"


def all_headers(reply, name: str) -> list:
    return [value for key, value in reply.headers if key == name.lower()]


def test_a_page_gets_the_same_bytes_packed(served, run_id):
    page = ask(served, request(f"GET {history(run_id, '/ajax-api')}", GZIP))
    program = ask(served, request(f"GET {history(run_id, '/api')}", GZIP))
    assert page.header("Content-Encoding") == "gzip" and all_headers(page, "Vary") == ["Accept-Encoding"]
    assert program.header("Content-Encoding") is None and program.header("Vary") is None
    assert gzip.decompress(page.body) == program.body and len(page.body) < len(program.body) / 3
    assert len(json.loads(program.body)["metrics"]) == POINTS
    assert page.header("Content-Type") == program.header("Content-Type") == "application/json"


@pytest.mark.parametrize("header", ["Accept-Encoding: br, zstd", "Accept-Encoding: gzip;q=0", "Accept-Encoding: identity",
                                    "Accept-Encoding:", "X-Nothing: 1"])
def test_who_takes_no_gzip_gets_it_plain(served, run_id, header):
    reply = ask(served, request(f"GET {history(run_id, '/ajax-api')}", header))
    assert reply.status == 200 and len(json.loads(reply.body)["metrics"]) == POINTS
    assert reply.header("Content-Encoding") is None and reply.header("Vary") == "Accept-Encoding"


def test_what_is_small_and_what_fails_goes_plain(served, run_id):
    for target, status in ((f"runs/get?run_id={run_id}", 200), (f"runs/get?run_id={'0' * 32}", 404), ("nothing", 404)):
        reply = ask(served, request(f"GET /ajax-api/2.0/mlflow/{target}", GZIP))
        assert reply.status == status and json.loads(reply.body)
        assert reply.header("Content-Encoding") is None and reply.header("Vary") is None


def test_head_says_what_get_would(served, run_id):
    target = history(run_id, "/ajax-api")
    got = ask(served, request(f"GET {target}", GZIP))
    with Wire(served) as wire:  # and the connection goes on: a HEAD has no body
        wire.send(request(f"HEAD {target}", GZIP) + request(f"GET {target}", GZIP))
        head = wire.read_reply(headless=True)
        assert wire.read_reply().body == got.body
    names = ("Content-Length", "Content-Type", "Content-Encoding", "Vary")
    assert [head.header(name) for name in names] == [got.header(name) for name in names]


def test_graphql_is_for_pages_too(served, run_id):
    value = {"runId": run_id, "runIds": [run_id], "metricKey": "loss", "maxResults": POINTS}
    body = json.dumps({"operationName": "GetMetricHistoryBulkInterval", "query": "", "variables": {"data": value}}).encode()
    plain = ask(served, request("POST /graphql", JSON, body=body))
    packed = ask(served, request("POST /graphql", JSON, GZIP, body=body))
    assert packed.header("Content-Encoding") == "gzip" and plain.header("Content-Encoding") is None
    assert gzip.decompress(packed.body) == plain.body and plain.body.count(b'"step"') == POINTS


def test_a_page_elsewhere_gets_both_reasons_to_vary(served, run_id):
    reply = ask(served, request(f"GET {history(run_id, '/ajax-api')}", GZIP, ORIGIN))
    assert reply.header("Content-Encoding") == "gzip"
    assert sorted(all_headers(reply, "Vary")) == ["Accept-Encoding", "Origin"]


def test_the_log_counts_what_was_sent(served, run_id):
    name = unique("sent")
    reply = ask(served, request(f"GET {history(run_id, '/ajax-api')}", GZIP, f"X-Request-Id: {name}"))

    def lines() -> list:
        return [line for line in served.log.read_text(encoding="utf-8").splitlines() if name in line]

    await_true(lambda: lines() != [], "the line of the request")
    assert lines()[0].endswith(f" out_bytes={len(reply.body)}")
