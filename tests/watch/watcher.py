# SPDX-License-Identifier: Apache-2.0
"""Watchers on raw sockets, a task of one loop each: they come again for ever, from where they were."""

import asyncio
import json
import re
import time
from typing import List

EVENTS = "/api/runestone/v1/events"
ENDS = (OSError, asyncio.IncompleteReadError)
RETRY_S = 0.05

# A quote within a text of JSON is escaped, so these are found where they are meant only.
SEQ = re.compile(rb'\{"seq":(\d+),"at":')
LAST_SEQ = re.compile(rb'"last_seq":(\d+)\}$')
ID = re.compile(rb"^id: (\d+)$", re.MULTILINE)


class Broken(AssertionError):
    """The server said something that it must not."""


class Watcher:
    """What one watcher has seen: `seqs` in the order of their coming, `told` when each came (monotonic)."""

    def __init__(self, port: int, query: str = "", is_careful: bool = False):
        self.port = port
        self.query = query
        self.is_careful = is_careful  # reads all of what it is told, which takes a thousand watchers too long
        self.place = 0
        self.seqs: List[int] = []
        self.told: List[float] = []
        self.n_connections = 0
        self.is_attached = False

    async def run(self) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(RETRY_S)
                continue
            self.n_connections += 1
            try:
                await self.converse(reader, writer)
            except ENDS:
                pass
            finally:
                self.is_attached = False
                writer.close()

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError

    def request(self, query: str, headers: str = "") -> bytes:
        return f"GET {EVENTS}?{query}{self.query} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode()

    def see(self, seqs: List[bytes]) -> None:
        now = time.monotonic()
        for seq in seqs:
            self.seqs.append(int(seq))
            self.told.append(now)


async def read_head(reader: asyncio.StreamReader) -> dict:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    if " 200 " not in first:
        raise Broken(first + (await reader.read(1000)).decode("latin-1"))
    return {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}


class Poller(Watcher):
    """Asks again and again, each time behind `last_seq`."""

    async def converse(self, reader, writer) -> None:
        while True:
            writer.write(self.request(f"after={self.place}&wait=30&limit=1000"))
            self.is_attached = True
            head = await read_head(reader)
            body = await reader.readexactly(int(head["content-length"]))
            seqs = SEQ.findall(body)
            if self.is_careful and [event["seq"] for event in json.loads(body)["events"]] != [int(s) for s in seqs]:
                raise Broken(body.decode())
            self.see(seqs)
            self.place = int(LAST_SEQ.search(body).group(1))


class Stream(Watcher):
    """Reads a stream; when it opens one again, that begins behind the last id."""

    async def converse(self, reader, writer) -> None:
        last = f"Last-Event-ID: {self.place}\r\n" if self.place else ""
        writer.write(self.request("after=0", f"Accept: text/event-stream\r\n{last}"))
        await read_head(reader)
        pending = b""
        while True:
            size = int(await reader.readuntil(b"\r\n"), 16)
            pending += (await reader.readexactly(size + 2))[:-2]
            self.is_attached = True
            if size == 0:
                return  # the server stops
            whole = pending.rfind(b"\n\n") + 2
            if whole >= 2:
                self.take(pending[:whole])
                pending = pending[whole:]

    def take(self, text: bytes) -> None:
        seqs = ID.findall(text)
        if self.is_careful:
            check_blocks(text.decode())
        self.see(seqs)
        if seqs:
            self.place = int(seqs[-1])


def check_blocks(text: str) -> None:
    """Each block is a comment, or an event of three fields that agree."""
    for block in text.removesuffix("\n\n").split("\n\n"):
        if block == ":":
            continue
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        event = json.loads(fields["data"])
        if set(fields) != {"id", "event", "data"} or fields["id"] != str(event["seq"]) \
                or fields["event"] != event["kind"]:
            raise Broken(block)
