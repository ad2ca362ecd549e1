# SPDX-License-Identifier: Apache-2.0
"""Questions whose honest answer is huge: they come in pages or are capped, and cost no more than what they hold."""

import json
import threading

import pytest

from abuse.wire import ask, post, request, rss_mib
from support.servers import start_runestone

N_POINTS = 60_000
BATCH = 1000
BULK_MAX = 25_000
N_ASKERS = 8
GROWTH_MAX_MIB = 150


@pytest.fixture(name="long_run", scope="module")
def a_server_with_a_long_history():
    """A server of its own, and a run with N_POINTS of one metric."""
    with start_runestone() as server:
        run = json.loads(ask(server, post("runs/create", b'{"experiment_id": "0"}')).body)["run"]["info"]["run_id"]
        for first in range(0, N_POINTS, BATCH):
            points = [{"key": "m", "value": n / 2, "timestamp": n, "step": n} for n in range(first, first + BATCH)]
            body = json.dumps({"run_id": run, "metrics": points}).encode()
            assert ask(server, post("runs/log-batch", body)).status == 200
        yield server, run


def points_of(server, target: str) -> dict:
    reply = ask(server, request(f"GET {target}"))
    assert reply.status == 200, reply.body[:300]
    return json.loads(reply.body)


def test_a_history_comes_in_pages_of_the_size_that_is_asked_for(long_run):
    server, run = long_run
    steps, token = [], ""
    while not steps or token:
        page = points_of(server, f"/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=m&max_results=25000"
                                 f"&page_token={token.replace('+', '%2B').replace('/', '%2F')}")
        assert len(page["metrics"]) <= 25000
        steps += [point["step"] for point in page["metrics"]]
        token = page.get("next_page_token", "")
    assert steps == list(range(N_POINTS))


@pytest.mark.parametrize("size", ["", "&max_results=25001", "&max_results=1000000", "&max_results=9223372036854775807"])
def test_many_histories_are_capped_together(long_run, size):
    server, run = long_run
    target = f"/ajax-api/2.0/mlflow/metrics/get-history-bulk?metric_key=m&run_id={run}{size}"
    assert len(points_of(server, target)["metrics"]) <= BULK_MAX


def test_asking_for_all_at_once_again_and_again_takes_no_more_memory(long_run):
    server, run = long_run
    target = f"/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=m"

    def ask_all() -> None:
        threads = [threading.Thread(target=lambda: ask(server, request(f"GET {target}"))) for _ in range(N_ASKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    before = rss_mib(server)
    for _ in range(5):
        ask_all()
    assert rss_mib(server) - before < GROWTH_MAX_MIB
