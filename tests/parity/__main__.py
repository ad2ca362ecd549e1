# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.parity --seeds 20 --steps 400`: see README.md."""

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import List, Optional, Tuple

from tests.parity import generator
from tests.parity.calls import Call, shown
from tests.parity.compare import Difference, differences, message_difference
from tests.parity.reasons import REASONS, Exchange, explain
from tests.parity.wire import Peer, Reply
from tests.parity.world import World
from tests.support.servers import start_mlflow, start_runestone


SAME_KIND_PRINTED = 4


class Report:
    """Counts, and prints what nobody explained."""

    def __init__(self, limit: int, messages: bool, show_statuses: bool):
        self.limit = limit
        self.messages = messages
        self.show_statuses = show_statuses
        self.compared = 0
        self.printed = 0
        self.explained: Counter = Counter()
        self.unexplained: Counter = Counter()
        self.texts: Counter = Counter()
        self.statuses: Counter = Counter()

    def difference(self, where: str, exchange: Exchange, left: List[Difference], peers: Tuple[Peer, Peer]) -> None:
        kind = f"{exchange.call.route}: {left[0].kind}"
        self.unexplained[kind] += 1
        if self.printed >= self.limit or self.unexplained[kind] > SAME_KIND_PRINTED:
            return
        self.printed += 1
        print(f"\n{where} {exchange.call.route} {sorted(exchange.call.traits) or ''}\n  {shown(exchange.call)}")
        print(f"  on ours: {shown(exchange.call, peers[1].ids)[:300]}")
        for one in left[:6]:
            print(f"    {one}")
        if len(left) > 6:
            print(f"    and {len(left) - 6} more")
        sys.stdout.flush()

    def summary(self, seconds: float) -> bool:
        print(f"\n{self.compared} calls compared in {seconds:.0f} s")
        for reason in REASONS:
            if self.explained[reason.name]:
                print(f"  {self.explained[reason.name]:6} {reason.name}")
        for text, count in self.texts.most_common(60):
            print(f"  message {count:4} x {text}")
        if self.show_statuses:
            print("\n".join(f"  {count:6} {route} {status}" for (route, status), count in sorted(self.statuses.items())))
        total = sum(self.unexplained.values())
        print(f"{total} differences without a reason" + (":" if total else ""))
        for kind, count in self.unexplained.most_common():
            print(f"  {count:6} {kind}")
        return total == 0


class Parity:
    """Two servers, and one seed after the other on both."""

    def __init__(self, theirs: str, ours: str, report: Report, session: str = ""):
        self.session = session
        self.peers = (Peer("real", theirs), Peer("ours", ours))
        self.report = report
        self.pool = ThreadPoolExecutor(max_workers=1)

    def seed(self, number: int, steps: int) -> None:
        world = World(number, self.session)
        for peer in self.peers:
            peer.forget()
        for call in generator.opening(world):
            self.step(f"seed {number} opening", call)
        for step in range(steps):
            self.step(f"seed {number} step {step}", generator.next_call(world))
        for call in generator.closing(world):
            self.step(f"seed {number} closing", call)

    def step(self, where: str, call: Call) -> None:
        real, our = self.peers
        waiting = self.pool.submit(real.send, call)
        ours = our.send(call)
        theirs = waiting.result()
        self.learn(call, theirs, ours)
        exchange = Exchange(call, theirs, ours)
        left = [d for d in differences(call, theirs, ours, real.ids, our.ids) if not self.explained(exchange, d)]
        self.report.compared += 1
        self.report.statuses[call.route, theirs.status] += 1
        if left:
            self.report.difference(where, exchange, left, self.peers)
        elif self.report.messages and (text := message_difference(call, theirs, ours, real.ids, our.ids)):
            self.report.texts[f"{call.route}: {text}"] += 1

    def explained(self, exchange: Exchange, difference: Difference) -> bool:
        reason = explain(exchange, difference)
        if reason:
            self.report.explained[reason.name] += 1
        return reason is not None

    def learn(self, call: Call, theirs: Reply, ours: Reply) -> None:
        """Takes the ids that the call made, and the generator's note of what it did; both only if both said yes."""
        if not (theirs.ok and ours.ok):
            return
        for symbol, path in call.saves.items():
            pair = [dig(reply.body, path) for reply in (theirs, ours)]
            if None in pair:
                return
            for peer, value in zip(self.peers, pair):
                peer.ids.learn(symbol, value)
        if call.then and "wild" not in call.traits:
            call.then()


def dig(body: object, path: str) -> Optional[str]:
    for name in path.split("."):
        body = body.get(name) if isinstance(body, dict) else None
    return body if isinstance(body, str) else None


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.parity", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2, help="how many seeds, from 1 on")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--steps", type=int, default=300, help="calls a seed")
    parser.add_argument("--ours", choices=("runestone", "real"), default="runestone",
                        help="`real` compares the real server with itself")
    parser.add_argument("--messages", action="store_true", help="also report texts on which nothing depends")
    parser.add_argument("--statuses", action="store_true", help="also print how often each route answered what")
    parser.add_argument("--limit", type=int, default=40, help="differences printed in full")
    parser.add_argument("--urls", nargs=2, metavar=("REAL", "OURS"), help="use two running servers")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    report = Report(options.limit, options.messages, options.statuses)
    seeds = [options.seed] if options.seed is not None else range(1, options.seeds + 1)
    begun = time.monotonic()
    with ExitStack() as stack:
        if options.urls:
            urls = options.urls
        else:
            start_ours = start_mlflow if options.ours == "real" else start_runestone
            with ThreadPoolExecutor(max_workers=1) as pool:
                waiting = pool.submit(start_ours)
                real = stack.enter_context(start_mlflow())
                ours = stack.enter_context(waiting.result())
            urls = [real.url, ours.url]
        session = f"-{time.time_ns():x}" if options.urls else ""
        parity = Parity(urls[0], urls[1], report, session)
        for number in seeds:
            parity.seed(number, options.steps)
    return 0 if report.summary(time.monotonic() - begun) else 1


if __name__ == "__main__":
    sys.exit(main())
