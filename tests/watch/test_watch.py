# SPDX-License-Identifier: Apache-2.0
"""A thousand watchers, and a server that is killed twice: no gap, no duplicate, in order; and nobody waits for who is
slow."""

import asyncio
import os
import socket
import time

import pytest

from support.servers import start_runestone
from watch.mover import Mover, read_log
from watch.watcher import ID, Poller, Stream

WATCHERS = 1000
CAREFUL = 10        # of them
MOVES = int(os.environ.get("RUNESTONE_MOVES") or 2000)
MOVERS = 16
PATIENCE_S = 60 + MOVES / 50
SET = "&kind=model_alias.set"

pytestmark = pytest.mark.usefixtures("many_descriptors")


@pytest.fixture
def own():
    with start_runestone(extra_args=["--min-rate", 0]) as running:
        yield running
        assert running.alive() and running.healthy(), running.tail()
        assert running.stop() == 0


async def until(what: str, holds) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)


class Crowd:
    """Watchers at work: the even ones poll, the odd ones read streams."""

    def __init__(self, port: int, n: int, query: str = ""):
        self.all = [(Poller if i % 2 == 0 else Stream)(port, query, i < CAREFUL) for i in range(n)]

    async def __aenter__(self):
        self.tasks = [asyncio.create_task(watcher.run()) for watcher in self.all]
        await until("all watchers are attached", lambda: all(watcher.is_attached for watcher in self.all))
        return self.all

    async def __aexit__(self, *unused) -> None:
        for task in self.tasks:
            task.cancel()
        ends = await asyncio.gather(*self.tasks, return_exceptions=True)
        broken = [end for end in ends if not isinstance(end, asyncio.CancelledError)]
        assert not broken, broken[:3]


def n_acked(movers) -> int:
    return sum(len(mover.acked) for mover in movers)


async def work(movers, n: int) -> None:
    """All move, until n moves are acknowledged."""
    async def go(mover: Mover) -> None:
        while n_acked(movers) < n:
            await mover.move()

    await asyncio.gather(*(go(mover) for mover in movers))


async def kill_and_start(server, movers, n: int) -> None:
    """Kills the server at the n-th acknowledged move, while others are under way, and starts it again."""
    await until(f"{n} moves are made", lambda: n_acked(movers) >= n)
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)


async def watch_through_kills(server) -> None:
    movers = [Mover(server.port, "iris", f"a{i}") for i in range(MOVERS)]
    await movers[0].prepare()
    async with Crowd(server.port, WATCHERS, SET) as watchers:
        working = asyncio.create_task(work(movers, MOVES))
        await kill_and_start(server, movers, MOVES // 3)
        await kill_and_start(server, movers, 2 * MOVES // 3)
        await working
        events = await read_log(server.port, SET)
        for mover in movers:
            mine = sum(event["subject"] == f"models/iris/aliases/{mover.alias}" for event in events)
            assert len(mover.acked) <= mine <= len(mover.acked) + mover.n_in_doubt
        seqs = [event["seq"] for event in events]
        await until("all watchers have seen all", lambda: all(len(w.seqs) >= len(seqs) for w in watchers))
        for watcher in watchers:
            assert watcher.seqs == seqs
            assert watcher.n_connections >= 3
    for mover in movers:
        mover.drop()


def test_each_watcher_sees_each_event_once_and_in_order_through_two_kills(own):
    asyncio.run(watch_through_kills(own))


def p99(values) -> float:
    return sorted(values)[len(values) * 99 // 100]


async def measure(server) -> str:
    """One watcher beside a thousand who want something else, and then one move that all want."""
    mover = Mover(server.port, "iris", "champion")
    other = Mover(server.port, "iris", "other")
    await mover.prepare()
    async with Crowd(server.port, WATCHERS, "&alias=other") as watchers, \
            Crowd(server.port, 2, "&alias=champion") as probes:
        for i in range(200):
            await mover.move()
            await until("the probes are told", lambda: all(len(probe.seqs) > i for probe in probes))
        late = [told - acked for probe in probes for told, acked in zip(probe.told, mover.acked)]
        await other.move()
        await until("all are told", lambda: all(watcher.seqs for watcher in watchers))
        told = [watcher.told[0] - other.acked[0] for watcher in watchers]
        assert not any(len(watcher.seqs) > 1 for watcher in watchers)
    mover.drop()
    other.drop()
    return (f"told after the acknowledgement: one of {WATCHERS} p99 {1000 * p99(late):.1f} ms; "
            f"all of {WATCHERS}, with the time that this client needs, {1000 * max(told):.0f} ms")


def test_watchers_are_told_what_they_want_and_nothing_else(own, capsys):
    said = asyncio.run(measure(own))
    with capsys.disabled():
        print(said)


def rss_mib(server) -> float:
    with open(f"/proc/{server.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


class Stuck:
    """A stream whose client sees that it has begun, and then reads nothing, into a small window."""

    def __init__(self, port: int):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(b"GET /api/runestone/v1/events?kind=registered_model_tag. HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                            b"Accept: text/event-stream\r\n\r\n")
        self.file = self.socket.makefile("rb", buffering=4096)
        assert b" 200 " in self.file.readline()

    def read_seqs(self, n: int) -> list:
        """Reads on to the n-th event."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        while self.file.readline() != b"\r\n":
            pass
        text = bytearray()
        n_seen = 0
        while n_seen < n or not text.endswith(b"\n\n"):
            size = int(self.file.readline(), 16)
            assert size > 0, "the stream has ended"
            text += self.file.read(size + 2)[:-2]
            n_seen = text.count(b"\nevent: ")
        return [int(seq) for seq in ID.findall(text)]

    def close(self) -> None:
        self.file.close()
        self.socket.close()


async def watch_beside_the_slow(server, n_stuck: int, n_tags: int) -> None:
    mover = Mover(server.port, "iris", "a")
    await mover.prepare()
    stuck = [Stuck(server.port) for _ in range(n_stuck)]
    before = rss_mib(server)
    async with Crowd(server.port, 20, "&kind=registered_model_tag.") as watchers:
        for i in range(n_tags):
            await mover.call("registered-models/set-tag",
                             {"name": "iris", "key": "k", "value": str(i) * (5000 // len(str(i)))})
        seqs = [event["seq"] for event in await read_log(server.port, "&kind=registered_model_tag.")]
        assert len(seqs) == n_tags
        await until("the others have seen all", lambda: all(len(w.seqs) >= n_tags for w in watchers))
        assert all(watcher.seqs == seqs for watcher in watchers)
        grown = rss_mib(server) - before
        assert grown < 40 + n_stuck * 0.5, f"{grown:.0f} MiB for {n_stuck} who do not read"
    assert server.healthy()
    assert stuck[0].read_seqs(n_tags) == stuck[-1].read_seqs(n_tags) == seqs
    for one in stuck:
        one.close()
    mover.drop()


def test_who_does_not_read_costs_the_others_nothing_and_finds_all_later(own):
    asyncio.run(watch_beside_the_slow(own, n_stuck=20, n_tags=300))


async def end_all(server) -> None:
    mover = Mover(server.port, "iris", "a")
    await mover.prepare()
    mover.drop()
    async with Crowd(server.port, 100) as watchers:
        await until("all have seen all", lambda: all(len(watcher.seqs) == 4 for watcher in watchers))
        begin = time.monotonic()
        assert await asyncio.to_thread(server.stop) == 0
        assert time.monotonic() - begin < 15  # half of what a request under way may take
        await until("all are let go", lambda: not any(watcher.is_attached for watcher in watchers))
        await asyncio.to_thread(server.start)
        await until("all are back", lambda: all(watcher.is_attached for watcher in watchers))
        assert all(watcher.seqs == [1, 2, 3, 4] for watcher in watchers)


def test_a_server_that_stops_ends_its_watchers(own):
    asyncio.run(end_all(own))
