# SPDX-License-Identifier: Apache-2.0
"""The dataset that is searched, and the searches: what is asked, and what must be found.

job_fill.c makes the runs by the same formulas: run `i` has metrics m0..m19, even over 0..1, params p0..p4, tag team.
"""

import json
import random
from dataclasses import dataclass
from typing import Iterator, Optional

SEED = 1
N_METRICS = 20
PARAM_VALUES = (10_000, 100, 10, 1_000, 3)
N_TEAMS = 20
CURVE_KEYS = 10  # metrics of a run that is drawn
FIELDS, FIELD_PARAM, FIELD_TEAM = 64, 32, 48
MASK = 2**64 - 1
VARIANTS = 50  # of each search, so that no reply is the last one once more


def mix(seed: int, n: int) -> int:
    """rs_mix of tool.c."""
    z = (seed + n * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def metric(run: int, i: int) -> float:
    return (mix(SEED, run * FIELDS + i) >> 11) * 2.0**-53


def param(run: int, i: int) -> str:
    return f"v{mix(SEED, run * FIELDS + FIELD_PARAM + i) % PARAM_VALUES[i]}"


def team(run: int) -> str:
    return f"t{mix(SEED, run * FIELDS + FIELD_TEAM) % N_TEAMS}"


def curve(step: int, key: int) -> float:
    """The value of a point of metric `key` of ten, as job_log.c makes them."""
    return (mix(1, (step * CURVE_KEYS + key) % 4096) >> 11) * 2.0**-53


@dataclass(frozen=True)
class Condition:
    kind: str  # metrics, params or tags
    index: int
    operator: str
    value: object

    def text(self) -> str:
        if self.kind == "metrics":
            return f"metrics.m{self.index} {self.operator} {self.value!r}"
        name = "tags.team" if self.kind == "tags" else f"params.p{self.index}"
        return f"{name} {self.operator} '{self.value}'"

    def holds(self, run: int) -> bool:
        if self.kind == "metrics":
            found = metric(run, self.index)
            return found > self.value if self.operator == ">" else found < self.value
        found = team(run) if self.kind == "tags" else param(run, self.index)
        if self.operator == "LIKE":
            return found.startswith(str(self.value).rstrip("%"))
        return found == self.value if self.operator == "=" else found != self.value


@dataclass(frozen=True)
class Search:
    """A filter of conditions that must all hold, ordered by a metric, or newest first."""

    conditions: tuple
    order: Optional[int] = None
    descending: bool = True

    def body(self, experiment: str, max_results: int = 100, page_token: str = "") -> str:
        body = {"experiment_ids": [experiment], "run_view_type": "ACTIVE_ONLY", "max_results": max_results,
                "filter": " and ".join(condition.text() for condition in self.conditions)}
        if self.order is not None:
            body["order_by"] = [f"metrics.m{self.order} {'DESC' if self.descending else 'ASC'}"]
        if page_token:
            body["page_token"] = page_token
        return json.dumps(body)

    def expected(self, runs: int) -> list[int]:
        """The numbers of all runs that must be found, in order."""
        found = [run for run in range(runs) if all(condition.holds(run) for condition in self.conditions)]
        if self.order is None:
            return found[::-1]
        return sorted(found, key=lambda run: metric(run, self.order), reverse=self.descending)


def searches() -> dict[str, list[Search]]:
    """By name: VARIANTS searches that differ in keys and constants, not in selectivity."""
    rng = random.Random(SEED)
    made = {}
    for name, make in SHAPES.items():
        made[name] = [make(*rng.sample(range(N_METRICS), 5), rng) for _ in range(VARIANTS)]
    return made


def above(i: int, limit: float, rng: random.Random) -> Condition:
    """A metric above a limit, which varies a little."""
    return Condition("metrics", i, ">", round(limit + rng.uniform(-0.05, 0.05) * (1 - limit), 6))


def below(i: int, limit: float, rng: random.Random) -> Condition:
    return Condition("metrics", i, "<", round(limit + rng.uniform(-0.05, 0.05) * limit, 6))


def equal(i: int, rng: random.Random, operator: str = "=") -> Condition:
    return Condition("params", i, operator, f"v{rng.randrange(PARAM_VALUES[i])}")


# The shares are those of 100,000 runs: a, b, c, d are different metrics, o is the one to order by.
SHAPES = {
    "metric and param, 1 in 1,000": lambda a, b, c, d, o, r: Search((above(a, 0.9, r), equal(1, r)), o),
    "rare param, 1 in 10,000": lambda a, b, c, d, o, r: Search((equal(0, r),), o),
    "rare metric, 1 in 10,000": lambda a, b, c, d, o, r: Search((above(a, 0.9999, r),), o),
    "param, 1 in 100": lambda a, b, c, d, o, r: Search((equal(1, r),), o),
    "metric, 1 in 2": lambda a, b, c, d, o, r: Search((above(a, 0.5, r),), o),
    "three weak conditions, 6 in 10":
        lambda a, b, c, d, o, r: Search((above(a, 0.1, r), below(b, 0.97, r), equal(4, r, "!=")), o),
    "three 1 in 10 metrics, 1 in 1,000":
        lambda a, b, c, d, o, r: Search((above(a, 0.9, r), below(b, 0.1, r), above(c, 0.9, r)), o),
    "nothing found":
        lambda a, b, c, d, o, r: Search((above(a, 0.9999, r), below(b, 0.0001, r), equal(1, r)), o),
    "prefix of param and metric, ascending":
        lambda a, b, c, d, o, r: Search((Condition("params", 3, "LIKE", "v1%"), above(a, 0.8, r)), o, False),
    "tag and metric, newest first":
        lambda a, b, c, d, o, r: Search((Condition("tags", 0, "=", f"t{r.randrange(N_TEAMS)}"), below(a, 0.2, r))),
    "all, by a metric": lambda a, b, c, d, o, r: Search((), o),
}

PAGED = {
    "filter + order": Search((Condition("metrics", 3, ">", 0.3),), 5),
    "newest first": Search(()),
}


def run_numbers(reply: dict) -> Iterator[int]:
    """The runs of a search's reply, by their numbers in the dataset."""
    for run in reply.get("runs", []):
        yield int(run["info"]["run_name"].removeprefix("run-"))
