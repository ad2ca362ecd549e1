# SPDX-License-Identifier: Apache-2.0
"""Watchers of one alias, and one who moves it: tests/watch has both."""

import asyncio
import time

from tests.bench.peers import ToolError
from tests.watch.mover import Mover
from tests.watch.watcher import Poller, Stream

PATIENCE_S = 60
LOOK_S = 0.002  # so often it is seen whether all have been told
ALIAS = "watched"


async def until(what: str, holds, tasks: list) -> None:
    """Waits for it, unless it takes too long, or a watcher has ended."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        for task in tasks:
            if task.done():
                raise ToolError(f"a watcher ended: {task.exception()!r}")
        if time.monotonic() > deadline:
            raise ToolError(f"{what}: not within {PATIENCE_S} s")
        await asyncio.sleep(LOOK_S)


async def told(port: int, n_watchers: int, n_moves: int) -> list[float]:
    """Seconds from the acknowledgement of a move to the moment when a watcher has it, of each move and watcher. Half
    of the watchers are long polls, half are streams. A move is made when all have been told of the one before."""
    model = f"watched-{time.monotonic_ns()}"
    mover = Mover(port, model, ALIAS)
    await mover.prepare()
    query = f"&model={model}&alias={ALIAS}"
    watchers = [(Poller if i % 2 == 0 else Stream)(port, query) for i in range(n_watchers)]
    tasks = [asyncio.create_task(watcher.run()) for watcher in watchers]
    try:
        await until("all watch", lambda: all(watcher.is_attached for watcher in watchers), tasks)
        for n in range(1, n_moves + 1):
            await mover.move()
            await until("all are told", lambda: all(len(watcher.seqs) >= n for watcher in watchers), tasks)
        if mover.n_in_doubt:
            raise ToolError(f"{mover.n_in_doubt} moves of {n_moves} were not acknowledged")
        return [max(0.0, at - acked) for watcher in watchers for at, acked in zip(watcher.told, mover.acked)]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        mover.drop()
