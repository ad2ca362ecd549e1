# SPDX-License-Identifier: Apache-2.0
"""Clients that are slow on purpose, or leave: they are ended in time, cost the others nothing, and leave nothing."""

import select
import time

import pytest

from abuse.wire import Wire, artifact, artifact_root, ask, await_true, held, n_unfinished_uploads, post, request
from support.servers import start_runestone

SPAN_S = 2  # header-timeout of the server below: heads and rates are judged over so long
LATEST_S = 3 * SPAN_S + 4  # when a slow client must be gone: the span before, the span it is late in, ticks, and a busy machine
MIB = 1 << 20
HUGE = 64 * MIB  # bytes of a file that no socket's buffers hold


@pytest.fixture(scope="module")
def strict():
    """A server that is soon out of patience with clients that dribble, but lets idle ones wait."""
    with start_runestone(extra_args=["--header-timeout", SPAN_S, "--min-rate", 1024, "--idle-timeout", 300]) as running:
        yield running
        assert running.alive() and running.healthy(), running.tail()


@pytest.fixture(scope="module")
def huge(strict):
    """The path of an artifact of HUGE bytes."""
    path = artifact_root(strict) + "/huge.bin"
    assert ask(strict, artifact("PUT", path, body=b"h" * HUGE)).status == 200
    return path


def dribble(wires: list, byte: bytes, deadline_s: float = LATEST_S, meanwhile=lambda: None) -> float:
    """Sends a byte on each connection now and then until the server has ended all; the seconds until then."""
    begin = time.monotonic()
    left = list(wires)
    while left:
        assert time.monotonic() - begin < deadline_s, f"{len(left)} of {len(wires)} live after {deadline_s} s"
        for wire in left:
            wire.send(byte)
        meanwhile()
        select.select([wire.socket for wire in left[:500]], [], [], 0.1)
        left = [wire for wire in left if wire.is_open()]
    return time.monotonic() - begin


def unfinished_head(server) -> Wire:
    wire = Wire(server)
    wire.send(b"GET /version HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    return wire


def unfinished_line(server) -> Wire:
    wire = Wire(server)
    wire.send(b"GET /")
    return wire


def unfinished_body(server) -> Wire:
    wire = Wire(server)
    wire.send(post("experiments/search", b"", "Content-Length: 100000") + b"{")
    return wire


def unfinished_chunk(server) -> Wire:
    wire = Wire(server)
    wire.send(post("experiments/search", b"", "Transfer-Encoding: chunked") + b"FFFF\r\n{")
    return wire


def unfinished_upload(server) -> Wire:
    wire = Wire(server)
    wire.send(artifact("PUT", artifact_root(server) + "/slow.bin", "Content-Length: 1000000") + b"x" * 5000)
    return wire


def refused_body(server) -> Wire:
    wire = Wire(server)
    wire.send(request("POST /no/such/path", "Content-Length: 100000") + b"x")
    return wire


def test_a_client_that_sends_a_byte_now_and_then_is_ended_wherever_it_is(strict):
    """And so is one that never says a word."""
    silent = Wire(strict)
    wires = [begin(strict) for begin in (unfinished_line, unfinished_head, unfinished_body, unfinished_chunk,
                                         unfinished_upload, refused_body)]
    assert dribble(wires, b"a") > SPAN_S / 2
    assert silent.read_to_end() == b""
    await_true(lambda: n_unfinished_uploads(strict) == 0, "the upload's file is gone")
    for wire in (silent, *wires):
        wire.close()


def test_a_connection_that_waits_between_requests_is_kept_unless_bytes_dribble_in(strict):
    """The patience with heads is not for it: it has sent whole requests, and nothing since."""
    with Wire(strict) as wire, Wire(strict) as judge:
        for one in (wire, judge):
            one.send(request("GET /version"))
            assert one.read_reply().status == 200
        dribble([judge], b"G")  # shows that time went by
        wire.send(request("GET /version"))
        assert wire.read_reply().status == 200


def test_a_body_that_comes_at_the_least_rate_is_taken(strict):
    """Three times the least rate, for three spans."""
    total = 3 * SPAN_S * 3 * 1024
    path = artifact_root(strict) + "/steady.bin"
    with Wire(strict) as wire:
        wire.send(artifact("PUT", path, f"Content-Length: {total}"))
        for _ in range(total // 512 - 1):
            wire.send(b"x" * 512)
            assert not select.select([wire.socket], [], [], 512 / (3 * 1024))[0], "ended, or answered before the end"
        wire.send(b"x" * 512)
        assert wire.read_reply().status == 200


def slow_reader(server, path: str) -> Wire:
    """Asks for a file and takes none of it but what the system takes for it."""
    wire = Wire(server, receive_buffer=4096)
    wire.send(artifact("GET", path))
    return wire


def test_a_client_that_does_not_take_its_reply_is_ended(strict, huge):
    with slow_reader(strict, huge) as wire:
        await_true(lambda: wire.port in held(strict), "it is served")
        await_true(lambda: wire.port not in held(strict), "it is ended", LATEST_S)


def test_a_client_that_takes_its_reply_steadily_gets_all_of_it(strict, huge):
    with Wire(strict) as wire:
        wire.send(artifact("GET", huge))
        assert wire.read_reply().body == b"h" * HUGE


def test_five_hundred_slow_clients_cost_the_others_nothing(strict, huge):
    """Heads, bodies and readers at a time; meanwhile a client that is not slow is always served, and soon."""
    took = []

    def ask_normally() -> None:
        for line in (request("GET /version"), post("experiments/search", b'{"max_results": 1}')):
            begin = time.monotonic()
            assert ask(strict, line).status == 200
            took.append(time.monotonic() - begin)

    readers = [slow_reader(strict, huge) for _ in range(100)]
    slow = [begin(strict) for begin in (unfinished_head, unfinished_body, unfinished_upload, unfinished_chunk)
            for _ in range(100)]
    dribble(slow, b"a", deadline_s=2 * LATEST_S, meanwhile=ask_normally)
    ports = {wire.port for wire in (*readers, *slow)}
    await_true(lambda: not ports & held(strict), "all slow clients are ended", LATEST_S)
    for wire in (*readers, *slow):
        wire.close()
    assert n_unfinished_uploads(strict) == 0
    took.sort()
    assert len(took) >= 20 and took[len(took) * 99 // 100] < 1.0, took[-10:]


def begin_upload(server, path: str) -> Wire:
    """An upload of which half has come."""
    wire = Wire(server)
    wire.send(artifact("PUT", path, f"Content-Length: {2 * MIB}") + b"x" * MIB)
    await_true(lambda: n_unfinished_uploads(server) == 1, "the upload has begun")
    return wire


def is_absent(server, path: str) -> bool:
    return ask(server, artifact("GET", path)).status == 404


@pytest.mark.parametrize("leave", [Wire.close, Wire.reset, Wire.half_close])
def test_a_client_that_leaves_within_an_upload_leaves_nothing(server, leave):
    """On the server with the usual patience: nobody waits for the rate to be judged."""
    path = artifact_root(server) + "/left.bin"
    wire = begin_upload(server, path)
    leave(wire)
    took = await_true(lambda: n_unfinished_uploads(server) == 0 and wire.port not in held(server), "it is gone")
    assert took < 2.5
    assert is_absent(server, path)
    wire.close()


def test_a_client_that_stalls_within_an_upload_leaves_nothing(strict):
    path = artifact_root(strict) + "/stalled.bin"
    wire = begin_upload(strict, path)
    await_true(lambda: n_unfinished_uploads(strict) == 0, "it is gone", LATEST_S)
    assert is_absent(strict, path)
    assert wire.read_to_end() == b""


@pytest.mark.parametrize("leave", [Wire.close, Wire.reset])
def test_a_client_that_leaves_within_a_download_leaves_nothing(strict, huge, leave):
    wire = slow_reader(strict, huge)
    assert wire.socket.recv(1000)
    leave(wire)
    took = await_true(lambda: wire.port not in held(strict), "it is gone")
    assert took < 2.5


def test_a_client_that_ends_its_half_behind_a_whole_request_is_answered(server):
    path = artifact_root(server) + "/half.bin"
    with Wire(server) as wire:
        wire.send(artifact("PUT", path, body=b"x" * MIB))
        wire.half_close()
        assert wire.read_reply().status == 200
    assert ask(server, artifact("GET", path)).body == b"x" * MIB
