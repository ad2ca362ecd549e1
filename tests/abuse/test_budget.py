# SPDX-License-Identifier: Apache-2.0
"""Clients that never end a long body, or never read a long reply: together they hold no more than the budget."""

import contextlib
import json

import pytest

from abuse.wire import Wire, ask, await_true, post, request, rss_mib
from support.servers import start_runestone

BUDGET_MB = 32
N_CLIENTS = 40
BODY = 3_000_000  # bytes of each unfinished body; log-inputs takes 32 MiB
N_POINTS = 20_000  # whose history is a reply of more than a megabyte
OVERHEAD_MIB = 60  # what one request may need while it is read or answered, and what malloc keeps


@pytest.fixture(name="small", scope="module")
def a_server_with_a_small_budget():
    with start_runestone(extra_args=["--held-max", BUDGET_MB]) as server:
        yield server
        assert server.alive() and server.healthy(), server.tail()


def status(wire: Wire) -> int:
    return wire.read_reply().status


def test_bodies_that_never_end_are_refused_beyond_the_budget(small):
    before = rss_mib(small)
    head = ["Content-Type: application/json", f"Content-Length: {BODY}"]
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(small)) for _ in range(N_CLIENTS)]
        for wire in wires:
            wire.send(request("POST /api/2.0/mlflow/runs/log-inputs", *head) + b" " * (BODY - 1))
        assert rss_mib(small) - before < BUDGET_MB + OVERHEAD_MIB
        for wire in wires:
            wire.send(b"x")
        seen = [status(wire) for wire in wires]
    assert set(seen) == {400, 503}, seen
    await_true(lambda: ask(small, post("runs/log-inputs", b" " * BODY + b"x")).status == 400, "the budget is free again")


def test_replies_that_nobody_reads_are_refused_beyond_the_budget(small):
    run = json.loads(ask(small, post("runs/create", b'{"experiment_id": "0"}')).body)["run"]["info"]["run_id"]
    for first in range(0, N_POINTS, 1000):
        points = [{"key": "m", "value": n / 7, "timestamp": n, "step": n} for n in range(first, first + 1000)]
        assert ask(small, post("runs/log-batch", json.dumps({"run_id": run, "metrics": points}).encode())).status == 200
    target = f"/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=m"
    length = len(ask(small, request(f"GET {target}")).body)
    n_clients = 3 * BUDGET_MB * 1_000_000 // length
    before = rss_mib(small)
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(small, receive_buffer=4096)) for _ in range(n_clients)]
        for wire in wires:
            wire.send(request(f"GET {target}"))
        seen = [status(wire) for wire in reversed(wires)]
        assert rss_mib(small) - before < BUDGET_MB + OVERHEAD_MIB
    assert 200 in seen and set(seen) <= {200, 503}, seen
    assert ask(small, request("GET /health")).status == 200
    await_true(lambda: ask(small, request(f"GET {target}")).status == 200, "the budget is free again")
