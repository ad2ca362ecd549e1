# SPDX-License-Identifier: Apache-2.0
"""Judges what a server holds by what its clients know. Knows nothing of HTTP: facts in, findings out."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Dict, Iterable, Iterator, List, Optional, Tuple

from tests.fault.history import OK, REFUSED, STALE, UNKNOWN, Call


@dataclass(frozen=True)
class Finding:
    kind: str  # lost, refused, twice, half, invented, stale, and what the observer finds
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


class Seen:
    """What a server holds: a value an address, and how often it is there."""

    def __init__(self) -> None:
        self.value: Dict[str, object] = {}
        self.twice: List[str] = []

    def add(self, address: str, value: object) -> None:
        if address in self.value:
            self.twice.append(f"{address} = {self.value[address]!r} and {value!r}")
        self.value[address] = value


Write = Tuple[Call, Optional[object]]


def judge(calls: Iterable[Call], seen: Seen) -> List[Finding]:
    """Every difference between what must be and what is. The calls to one address must not overlap, but may be in any
    order: a writer's threads share no address."""
    ordered = sorted(calls, key=lambda call: call.start)
    writes = _writes(ordered)
    findings = [Finding("twice", what) for what in seen.twice]
    findings += [Finding("stale", f"{call.op}: {call.why}") for call in ordered if call.outcome == STALE]
    for address, done in writes.items():
        findings += _judge_address(address, done, seen.value.get(address))
    findings += [Finding("invented", f"{address} = {value!r}, which no call has written")
                 for address, value in seen.value.items() if address not in writes]
    for call in ordered:
        if call.outcome == UNKNOWN and len(call.facts) > 1:
            findings += _judge_whole(call, writes, seen)
    return findings


def _writes(ordered: Iterable[Call]) -> Dict[str, List[Write]]:
    writes: Dict[str, List[Write]] = defaultdict(list)
    for call in ordered:
        if call.outcome != STALE:
            for address, value in call.facts:
                writes[address].append((call, value))
    return writes


def _judge_address(address: str, done: List[Write], found: Optional[object]) -> Iterator[Finding]:
    """The value must be that of the last write that was acknowledged, or of one after it that may have happened."""
    last_ok = max((i for i, (call, _) in enumerate(done) if call.outcome == OK), default=-1)
    expected = done[last_ok][1] if last_ok >= 0 else None
    possible = [value for call, value in done[last_ok + 1:] if call.outcome == UNKNOWN]
    if found == expected or found in possible:
        return
    refused = [call for call, value in done if call.outcome == REFUSED and value == found]
    if found is not None and refused:
        yield Finding("refused", f"{address} = {found!r}, which {refused[-1].op} was refused ({refused[-1].status})")
    elif last_ok >= 0:
        call = done[last_ok][0]
        yield Finding("lost", f"{address} is {found!r}, but {call.op} to {expected!r} was acknowledged")
    else:
        yield Finding("invented", f"{address} = {found!r}, which no call has written")


def _judge_whole(call: Call, writes: Dict[str, List[Write]], seen: Seen) -> Iterator[Finding]:
    """A call that was not answered has happened wholly or not at all. What was written again since tells nothing."""
    there, missing = [], []
    for address, value in call.facts:
        done = writes[address]
        alone = all(other is call or other_value != value for other, other_value in done)
        if done[-1][0] is not call or not alone:
            continue
        (there if seen.value.get(address) == value else missing).append(address)
    if there and missing:
        yield Finding("half", f"{call.op}: {there[0]} is there, {missing[0]} is not "
                              f"({len(there)} of {len(there) + len(missing)} facts)")
