# SPDX-License-Identifier: Apache-2.0
"""The registry that is searched, and the searches of it: what is asked, and what must be found.

job_registry.c makes the models by the same formulas: model `m` has VERSIONS versions; each of these and the model
itself (its version 0) has all of TAGS, and the alias ALIAS stands on one of the versions.
"""

import random
from dataclasses import dataclass
from urllib.parse import quote

from tests.bench.dataset import FIELDS, SEED, VARIANTS, mix

VERSIONS = 10
TAGS = {"team": 10, "task": 10, "region": 10, "tier": 2, "owner": 1000}  # how many values each has
ALIAS = "champion"
NUMBERS, ALIAS_FIELD = 64, 32
PAGE = 100


def field(model: int, version: int, i: int) -> int:
    return mix(SEED, (model * NUMBERS + version) * FIELDS + i)


def tag(model: int, version: int, key: str) -> str:
    return f"v{field(model, version, list(TAGS).index(key)) % TAGS[key]}"


def alias_version(model: int) -> int:
    return 1 + field(model, 0, ALIAS_FIELD) % VERSIONS


def name(model: int) -> str:
    return f"model-{model:05}"


@dataclass(frozen=True)
class TagTest:
    key: str
    operator: str
    value: str

    def text(self) -> str:
        return f"tags.{self.key} {self.operator} '{self.value}'"

    def holds(self, found: str) -> bool:
        if self.operator == "LIKE":
            return found.startswith(self.value.rstrip("%"))
        return found == self.value if self.operator == "=" else found != self.value


@dataclass(frozen=True)
class Search:
    """Three tests of tags that must all hold; in the order in which the server gives them unasked."""

    tests: tuple

    def query(self) -> str:
        text = " and ".join(test.text() for test in self.tests)
        return f"max_results={PAGE}&filter={quote(text)}"

    def meets(self, model: int, version: int) -> bool:
        return all(test.holds(tag(model, version, test.key)) for test in self.tests)

    def models(self, models: int) -> set:
        """The names of all models that must be found."""
        return {name(model) for model in range(models) if self.meets(model, 0)}

    def versions(self, models: int) -> set:
        """The names and numbers of all versions that must be found."""
        return {(name(model), str(version)) for model in range(models) for version in range(1, VERSIONS + 1)
                if self.meets(model, version)}


def equal(key: str, rng: random.Random, operator: str = "=") -> TagTest:
    return TagTest(key, operator, f"v{rng.randrange(TAGS[key])}")


SHAPES = {
    "three of 1 in 10": lambda r: Search((equal("team", r), equal("task", r), equal("region", r))),
    "1 in 1,000 and two weak": lambda r: Search((equal("tier", r), equal("team", r, "!="), equal("owner", r))),
    "three weak, 1 in 20": lambda r: Search((TagTest("owner", "LIKE", f"v{r.randrange(1, 10)}%"), equal("tier", r),
                                             equal("task", r, "!="))),
}


def searches() -> dict[str, list[Search]]:
    """By name: VARIANTS searches that differ in constants, not in selectivity."""
    rng = random.Random(SEED)
    return {of: [make(rng) for _ in range(VARIANTS)] for of, make in SHAPES.items()}
