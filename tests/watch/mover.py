# SPDX-License-Identifier: Apache-2.0
"""Moves aliases over raw sockets, and notes what was acknowledged and what is in doubt."""

import asyncio
import json
import time
from typing import List

from .watcher import ENDS, EVENTS, RETRY_S

VERSIONS = 3  # a move in doubt may have been made or not: the next one changes something in either case


class Mover:
    """One alias, moved from version to version, one call after the other, for as long as it takes."""

    def __init__(self, port: int, model: str, alias: str):
        self.port = port
        self.model = model
        self.alias = alias
        self.acked: List[float] = []
        self.n_in_doubt = 0
        self.n = 0
        self.reader = self.writer = None

    async def connect(self) -> None:
        while self.writer is None:
            try:
                self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(RETRY_S)

    async def call(self, path: str, body: dict) -> None:
        data = json.dumps(body).encode()
        self.writer.write(f"POST /api/2.0/mlflow/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json"
                          f"\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        reply = await self.reader.readexactly(int(head.split("content-length:")[1].split("\r\n")[0]))
        assert " 200 " in head.split("\r\n")[0], reply

    async def prepare(self) -> None:
        """Makes the model and its versions."""
        await self.connect()
        await self.call("registered-models/create", {"name": self.model})
        for _ in range(VERSIONS):
            await self.call("model-versions/create", {"name": self.model, "source": "s3://b/m"})

    async def move(self) -> None:
        """One move, acknowledged or in doubt."""
        await self.connect()
        self.n += 1
        try:
            await self.call("registered-models/alias", {"name": self.model, "alias": self.alias,
                                                        "version": str(1 + self.n % VERSIONS)})
            self.acked.append(time.monotonic())
        except ENDS:
            self.n_in_doubt += 1
            self.drop()

    def drop(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.writer = None


async def read_log(port: int, query: str = "") -> List[dict]:
    """All events of the log, page by page, as somebody reads it who does not watch."""
    events: List[dict] = []
    after = 0
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {EVENTS}?after={after}&limit=1000{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                     "Connection: close\r\n\r\n".encode())
        reply = json.loads((await reader.read()).split(b"\r\n\r\n", 1)[1])
        writer.close()
        if not reply["events"]:
            return events
        events += reply["events"]
        after = reply["last_seq"]
