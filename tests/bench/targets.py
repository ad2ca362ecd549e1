# SPDX-License-Identifier: Apache-2.0
"""All targets of the bench in one place. A figure that is not named here is shown without a verdict."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
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
    Target("log-metric, 64 clients", 12, at_least=True, beside="FastTrackML"),
    Target("log-metric, 64 clients", 200, at_least=True, beside="MLflow"),
    Target("log-metric, 1 client, median", 1.2, at_least=False, beside="SQLite, a commit a call"),
    Target("log-batch of 10", 10, at_least=True, beside="FastTrackML"),
    Target("log-batch of 1,000", 0.5, at_least=True, beside="SQLite, a commit a call"),
    Target("runs/get, 64 clients", 8, at_least=True, beside="FastTrackML"),
    Target("runs/get, 64 clients", 0.33, at_least=True, beside="libmicrohttpd"),
    Target("search: *, median", 20, at_least=False),
    Target("search: *, p99", 20, at_least=False),
    Target("page 1 of 1,000: *", 30, at_least=False),
    Target("pages of 1,000 in turn: *", 30, at_least=False),
    Target("PUT", 0.8, at_least=True, beside="SHA-256 + write + fsync"),
    Target("GET", 0.9, at_least=True, beside="nginx sendfile"),
    Target("alias moves, *", 5_000, at_least=True),
    Target("get by alias, 64 clients", 0.3, at_least=True, beside="libmicrohttpd"),
    Target("registry search of *, median", 5, at_least=False),
    Target("registry search of *, p99", 5, at_least=False),
    Target("* watchers told *, p99", 100, at_least=False),
    Target("first page: on the wire", 1.5, at_least=False),
    Target("page of a run: its API calls, p99", 10, at_least=False),
    Target("page of 100,000 runs: until it stands", 0.2, at_least=False, beside="MLflow"),
    Target("page of 100,000 runs by a metric: until it stands", 0.2, at_least=False, beside="MLflow"),
    Target("growth, *", 1.5, at_least=False, beside="at the start"),
    Target("* idle connections: memory", 400, at_least=False),
    Target("* idle connections: *, p99", 5, at_least=False),
    # Fewer would be an answer before the sync.
    Target("syncs per acked log-metric, 1 client", 1, at_least=True),
    Target("idle memory", 20, at_least=False),
    Target("start, *", 100, at_least=False),
    Target("stripped binary", 3, at_least=False),
)


def targets_of(figure: str) -> list[Target]:
    """All targets of the figure."""
    return [target for target in TARGETS if fnmatchcase(figure, target.figure)]


def target_of(figure: str, column: Optional[str] = None) -> Optional[Target]:
    """The target of the value (no column) or of its ratio to a column."""
    return next((target for target in targets_of(figure) if target.beside == column), None)
