# SPDX-License-Identifier: Apache-2.0
"""All targets of the bench in one place. A figure that is not named here is shown without a verdict."""

from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Optional


@dataclass(frozen=True)
class Target:
    """`figure` is a pattern of names. Without `beside` the value itself is judged, else its ratio to that column."""

    figure: str
    limit: float
    at_least: bool
    beside: Optional[str] = None

    def met(self, number: float) -> bool:
        return number >= self.limit if self.at_least else number <= self.limit

    def text(self, unit: str) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {self.limit:g} ×" if self.beside else f"{sign} {self.limit:,g} {unit}"


TARGETS = (
    Target("log-metric, 64 clients", 25_000, at_least=True),
    Target("log-batch of 1,000", 0.4, at_least=True, beside="SQLite, a commit a call"),
    Target("runs/get, 64 clients", 0.3, at_least=True, beside="libmicrohttpd"),
    Target("search: *, median", 20, at_least=False),
    Target("page 1 of 1,000: *", 40, at_least=False),
    Target("PUT", 0.7, at_least=True, beside="SHA-256 + write + fsync"),
    Target("GET", 0.8, at_least=True, beside="nginx sendfile"),
    Target("idle memory", 20, at_least=False),
    Target("start, *", 100, at_least=False),
    Target("stripped binary", 3, at_least=False),
)


def target_of(figure: str, column: Optional[str] = None) -> Optional[Target]:
    """The target of the value (no column) or of its ratio to a column."""
    for target in TARGETS:
        if fnmatch(figure, target.figure) and target.beside == column:
            return target
    return None
