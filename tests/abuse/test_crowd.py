# SPDX-License-Identifier: Apache-2.0
"""Many clients at a time: they get their turn, cost little, and the server gets over it."""

import json
import resource
import signal
import time

import pytest

from abuse.wire import (Wire, artifact, artifact_root, ask, await_true, descriptors, held, n_unfinished_uploads, post,
                        request, rss_mib)
from support.servers import runestone_binary, start_runestone

IDLE = 10_000        # connections that were used once and stay
IDLE_MIB_MAX = 400   # what the server may hold for them
MIB = 1 << 20

pytestmark = pytest.mark.usefixtures("many_descriptors")


@pytest.fixture
def own():
    """A server whose memory and descriptors are counted."""
    with start_runestone(extra_args=["--idle-timeout", 300]) as running:
        yield running
        assert running.alive() and running.healthy(), running.tail()


def close_all(wires) -> None:
    for wire in wires:
        wire.close()


@pytest.mark.parametrize("n", [127, 128, 129, 256, 512])
def test_clients_in_lock_step_are_all_served(own, n):
    """An epoll loop of libmicrohttpd stalls on 128 events at a time, some hundred requests a second; ours must not."""
    rounds = 10_000 // n
    wires = [Wire(own) for _ in range(n)]
    data = request("GET /version")
    begin = time.monotonic()
    for _ in range(rounds):
        for wire in wires:
            wire.send(data)
        for wire in wires:
            assert wire.read_reply().status == 200
    took = time.monotonic() - begin
    close_all(wires)
    assert rounds * n / took > 1000, f"{rounds * n} requests in {took:.1f} s"


def test_an_io_thread_that_finds_128_events_at_once_serves_them_all(own):
    """128 are as many as libmicrohttpd asks the kernel for. Clients come one by one, so each thread has 128 of them once;
    while the server is stopped all of them ask."""
    wires = []
    data = request("GET /version")
    for n in range(300):
        wires.append(Wire(own, patience_s=5))
        if n < 100:
            continue
        own.proc.send_signal(signal.SIGSTOP)
        for wire in wires:
            wire.send(data)
        own.proc.send_signal(signal.SIGCONT)
        for wire in wires:
            assert wire.read_reply().status == 200, f"{len(wires)} clients"
    close_all(wires)


def test_ten_thousand_idle_connections_cost_little_and_hinder_nobody(own):
    n = min(IDLE, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 500)
    wires = []
    for _ in range(n):
        wires.append(Wire(own))
        wires[-1].send(request("GET /version"))
    for wire in wires:
        assert wire.read_reply().status == 200
    ports = {wire.port for wire in wires}
    assert ports <= held(own)
    took = []
    with Wire(own) as busy:
        for i in range(500):
            begin = time.monotonic()
            busy.send(post("experiments/search", b'{"max_results": 1}'))
            assert busy.read_reply().status == 200
            if i % 10 == 0:
                assert ask(own, request("GET /version")).status == 200  # on a connection of its own
            took.append(time.monotonic() - begin)
    took.sort()
    assert took[len(took) * 99 // 100] < 0.25, took[-10:]
    assert rss_mib(own) < IDLE_MIB_MAX
    for wire in wires[::100]:  # they are still good
        wire.send(request("GET /version"))
        assert wire.read_reply().status == 200
    close_all(wires)
    await_true(lambda: not ports & held(own), "all connections are gone")


def limit_descriptors(server, n: int) -> None:
    hard = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (n, hard))


def test_a_server_out_of_descriptors_says_so_and_recovers(own):
    path = artifact_root(own) + "/file.bin"
    assert ask(own, artifact("PUT", path, body=b"x" * MIB)).status == 200
    n = resource.prlimit(own.pid, resource.RLIMIT_NOFILE)[0]
    old = Wire(own)
    old.send(request("GET /version"))
    assert old.read_reply().status == 200
    limit_descriptors(own, len(descriptors(own)))
    crowd = [Wire(own) for _ in range(50)]  # they wait in the kernel's backlog
    for wire in crowd:
        wire.send(request("GET /version"))
    # Who was there goes on; what needs a file is refused for now, and the client may repeat it.
    old.send(post("experiments/search", b'{"max_results": 1}'))
    assert old.read_reply().status == 200
    for data in (artifact("GET", path), artifact("PUT", path + "2", body=b"y" * 1000)):
        old.send(data)
        reply = old.read_reply()
        assert reply.status == 503 and reply.header("Retry-After"), reply
    limit_descriptors(own, n)
    old.close()  # gives a descriptor back, and the crowd its turn
    for wire in crowd:
        assert wire.read_reply().status == 200
    close_all(crowd)
    reply = ask(own, artifact("GET", path))
    assert reply.status == 200 and reply.body == b"x" * MIB
    assert ask(own, artifact("GET", path + "2")).status == 404
    assert n_unfinished_uploads(own) == 0


def test_more_connections_than_the_settings_allow_wait_for_their_turn():
    with start_runestone(extra_args=["--connections-max", 32]) as running:
        first = [Wire(running) for _ in range(32)]
        for wire in first:
            wire.send(request("GET /version"))
        served = [wire for wire in first if wire.read_reply().status == 200]
        assert len(served) == 32
        late = Wire(running)
        late.send(request("GET /version"))
        assert late.is_open() and not late.got
        close_all(first)
        assert late.read_reply().status == 200
        late.close()


def test_the_limit_of_descriptors_is_raised_at_the_start_and_leaves_room_for_files(tmp_path):
    wrapper = tmp_path / "few"
    wrapper.write_text('#!/bin/sh\nulimit -Sn 100\nulimit -Hn 1000\nexec "$RUNESTONE_UNDER_TEST" "$@"\n', encoding="ascii")
    wrapper.chmod(0o755)
    with start_runestone(binary=wrapper, env={"RUNESTONE_UNDER_TEST": str(runestone_binary())}) as running:
        assert resource.prlimit(running.pid, resource.RLIMIT_NOFILE) == (1000, 1000)
        assert "event=connections_limited connections=616" in running.tail()


def test_a_server_with_far_too_much_to_do_refuses_at_once_and_gets_over_it():
    """Many times more callers than the queue holds: each is answered, 200 or 503 with a time to come again, and what
    was refused is not there. Memory stays, and the crowd gone, a call is as quick as before."""
    with start_runestone(extra_args=["--queue-max", 8]) as running:
        experiment = json.loads(ask(running, post("experiments/create", b'{"name": "crowded"}')).body)["experiment_id"]
        wires = [Wire(running) for _ in range(200)]
        before = rss_mib(running)
        made = refused = 0
        for round_ in range(200):
            for i, wire in enumerate(wires):
                body = json.dumps({"experiment_id": experiment, "run_name": f"{round_}-{i}"})
                wire.send(post("runs/create", body.encode()))
            for wire in wires:
                reply = wire.read_reply()
                assert reply.status == 200 or (reply.status == 503 and reply.header("Retry-After")), reply
                made += reply.status == 200
                refused += reply.status == 503
            if refused > 500 and made > 500:
                break
        assert refused, "the queue was never full"
        close_all(wires)
        begin = time.monotonic()
        found = ask(running, post("runs/search", json.dumps({"experiment_ids": [experiment], "max_results": 50000,
                                                             "order_by": ["start_time ASC"]}).encode()))
        assert found.status == 200 and len(json.loads(found.body)["runs"]) == made
        assert ask(running, post("runs/create", json.dumps({"experiment_id": experiment}).encode())).status == 200
        assert time.monotonic() - begin < 5
        assert rss_mib(running) - before < 100
        assert ask(running, request("GET /readyz")).status == 200
