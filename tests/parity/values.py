# SPDX-License-Identifier: Apache-2.0
"""Values from the edges. Each pool has a tame part, an odd but legal part, and a part that breaks a rule.

Whatever is marked `refused` is wrong in a way that the real server overlooks: it stores something else and says 200
(docs/decisions, 2). Calls that use such a value are aimed at objects that nothing reads again."""

from random import Random
from typing import Any, List, NamedTuple, Sequence, Tuple

INT64_MAX = 2 ** 63 - 1
INT64_MIN = -2 ** 63


class Bare(float):
    """A number that is written without quotes although JSON has no such token: NaN, Infinity."""


class Pick(NamedTuple):
    value: Any
    refused: bool = False


ABSENT = object()

KEYS = ["a", "acc", "loss", "val/loss", "a b", "a.b", "a:b", "a-b", "x_1", "métrique_損失", "²", "system/cpu", " ", "K" * 250,
        "名" * 250, "a/.b"]
KEYS_BROKEN = ["", "a//b", "../a", "/a", "a/", "./a", ".", "..", "..a", "...", "a/../b", "a,b", "a\tb", "e\u0301", "😀", "a#b",
               "a%b", "a\nb", "k" * 251, "名" * 251]

TEXTS = ["", "x", "1", "red", "RED", "Red", "it's", 'say "hi"', "%", "_", "a%b", "naïve 名前 😀", "null", "true", "0.1",
         "line\nbreak", " padded ", "back\\slash", "{}", "<b>", "`tick`"]

NAMES = ["run", "my run", "naïve 名前", "a/b", "UPPER", "r-1", "100%", "it's", "😀"]

DATASET_TEXT = ["{}", "", "plain", '{"a": 1}', "x" * 3000]

INTS = [0, 1, 7, 1234567890123, "12", "7.0", 7.0, INT64_MAX]
INTS_NEGATIVE = [-1, -5, INT64_MIN, "-3"]
INTS_REFUSED = [2 ** 63, 12.5, "x", True, "", [], {}, "0x5", 1e30, "1.5"]

HUGE = 123456789012345678901234567890      # an integer in JSON, and no int64; a fine double
DOUBLES = [0.0, 1.0, -1.0, 0.5, 0.1 + 0.2, 1e-300, 5e-324, 1e300, -1e300, "1.5", True,
           "NaN", "Infinity", "-Infinity", 1 / 3, 100, "1e5", "-2"]
DOUBLES_REFUSED = ["x", "", [1], {}, Bare("nan"), Bare("inf"), "nan", "1e400", None]

ENUM_STATUS = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED", 1, 2, 3, 4, 5, "4", 2.0]
ENUM_STATUS_ODD = ["DONE", "running", "", "Finished"]         # unknown names are ignored
ENUM_STATUS_BROKEN = [99, 0, -1]
ENUM_STATUS_REFUSED = ["99", 1.5, [], "1.5"]

VIEWS = ["ACTIVE_ONLY", "DELETED_ONLY", "ALL", 1, 2, 3]
VIEWS_ODD = ["FOO", "all", "2", ""]
VIEWS_REFUSED = [0, 7, -1]

WRONG_TYPES = [5, 1.5, True, ["x"], {"x": 1}, "x"]

TOKENS_BROKEN = ["x", "!!!", "e30=", "W10=", "eyJvZmZzZXQiOiAieCJ9", "naïve", "0" * 500]


def one(rng: Random, pool: Sequence[Any]) -> Any:
    return pool[rng.randrange(len(pool))]


def chance(rng: Random, probability: float) -> bool:
    return rng.random() < probability


def integer(rng: Random, wild: bool, negative: bool = True) -> Pick:
    """An integer; `wild` picks one that the real server would read as something else."""
    if wild:
        return Pick(one(rng, INTS_REFUSED), True)
    if negative and chance(rng, 0.15):
        return Pick(one(rng, INTS_NEGATIVE))
    return Pick(one(rng, INTS))


def double(rng: Random, wild: bool) -> Pick:
    if wild:
        return Pick(one(rng, DOUBLES_REFUSED), True)
    return Pick(one(rng, DOUBLES) if chance(rng, 0.6) else round(rng.uniform(-10, 10), rng.randrange(6)))


def text(rng: Random, limit: int) -> str:
    """A text; now and then one at, or just over, the given limit."""
    if chance(rng, 0.04):
        return one(rng, ["x", "é", "😀"]) * (limit + rng.randrange(-1, 2))
    return one(rng, TEXTS)


def of_wrong_type(rng: Random, value: Any) -> Any:
    """Something whose JSON type is not that of `value`, and that no conversion turns into it."""
    def kind(thing: Any) -> str:
        if isinstance(thing, (bool, int, float)):
            return "number"
        return type(thing).__name__
    return one(rng, [other for other in WRONG_TYPES if kind(other) != kind(value)])


def tag_list(rng: Random, count: int, limit: int) -> List[dict]:
    keys = rng.sample(KEYS, count)
    return [{"key": key, "value": text(rng, limit)} for key in keys]


def split(pairs: Sequence[Tuple[Any, float]], rng: Random) -> Any:
    """One of the first members, weighted by the second."""
    total = rng.uniform(0, sum(weight for _, weight in pairs))
    for thing, weight in pairs:
        total -= weight
        if total <= 0:
            return thing
    return pairs[-1][0]
