# SPDX-License-Identifier: Apache-2.0
"""What a writer did, a line of JSON a call, written when the call has ended.

A call states **facts**: an address and the value that it has if the call took effect. Facts of one call belong
together: all of them hold, or none. The outcome is what the client knows:

    ok       answered 2xx: the facts hold
    refused  answered 4xx, or never sent: the facts do not hold
    unknown  no answer, or 5xx: either

An address starts with its kind: `experiment|NAME`, `run|NAME`, `status|RUN`, `end|RUN`, `param|RUN|KEY`,
`tag|RUN|KEY`, `point|RUN|KEY|TIMESTAMP|STEP|VALUE`, `file|RUN|PATH`. Runs go by their names, which writers never use
twice, so that a run whose creation was not answered can be looked for. The value of a point is 1, of a file its
SHA-256, of an experiment or a run its stage; None is absent.
"""

import json
import os
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Iterator, List, Optional, Tuple

OK, REFUSED, UNKNOWN = "ok", "refused", "unknown"
# A read that did not see what had been acknowledged before it began: no facts, `why` says what was missing.
STALE = "stale"

Fact = Tuple[str, Optional[object]]


@dataclass
class Call:
    op: str
    facts: List[Fact]
    start: float  # monotonic seconds
    end: float = 0.0
    outcome: str = UNKNOWN
    status: int = 0  # of the reply; 0 if there was none
    why: str = ""
    made: dict = field(default_factory=dict)  # ids that the server gave


class History:
    """A file to which the threads of one writer append."""

    def __init__(self, path: Path):
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._lock = threading.Lock()

    def append(self, call: Call) -> None:
        line = json.dumps(asdict(call)).encode() + b"\n"
        with self._lock:
            os.write(self._fd, line)

    def close(self) -> None:
        os.close(self._fd)


def read(path: Path) -> Iterator[Call]:
    """The calls in the order of their ends. A line that was cut short is one that has not ended."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if not line.endswith("\n"):
                return  # what comes next would be its rest
            call = Call(**json.loads(line))
            call.facts = [tuple(fact) for fact in call.facts]
            yield call


def write(path: Path, calls: List[Call]) -> None:
    history = History(path)
    for call in calls:
        history.append(call)
    history.close()
