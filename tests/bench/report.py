# SPDX-License-Identifier: Apache-2.0
"""Figures as they come in, and the table that is printed of them."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Optional

from tests.bench.targets import Target, target_of

if TYPE_CHECKING:
    from tests.bench.site import Site

HEAD = ("figure", "ours", "beside", "", "ratio", "target", "")
OK, MISSED, OPEN = "ok", "MISSED", "open"  # of a target; open is what a bound does not decide


class MoreThan(float):
    """A value beside ours that is known only to be greater than this: what was given up waiting for."""


class LessThan(float):
    """Ours divided by such a value."""


def sign(value: float) -> str:
    """What stands before a number that is a bound."""
    return "> " if isinstance(value, MoreThan) else "< " if isinstance(value, LessThan) else ""


@dataclass
class Figure:
    """One line of the table: what our server did, and every floor or peer beside it."""

    unit: str
    group: str
    ours: Optional[float] = None
    beside: dict = field(default_factory=dict)
    detail: dict = field(default_factory=dict)

    def of(self, site: "Site") -> Optional[float]:
        return self.ours if site.is_ours else self.beside.get(site.name)

    def ratio(self, column: str) -> Optional[float]:
        """Ours divided by the value of that column, if there are both."""
        value = self.beside.get(column)
        if self.ours is None or not value:
            return None
        ratio = self.ours / value
        return LessThan(ratio) if isinstance(value, MoreThan) else ratio


class Report:
    def __init__(self) -> None:
        self.group = ""  # the one that is being measured
        self.figures: dict[str, Figure] = {}
        self.notes: dict[str, str] = {}  # what a peer cannot do, or did with errors; with the group
        self.failures: dict[str, str] = {}

    def _figure(self, name: str, unit: str) -> Figure:
        return self.figures.setdefault(name, Figure(unit, self.group))

    def ours(self, name: str, unit: str, value: float, **detail) -> None:
        figure = self._figure(name, unit)
        figure.ours = value
        figure.detail.update(detail)

    def beside(self, name: str, unit: str, column: str, value: float) -> None:
        self._figure(name, unit).beside[column] = value

    def put(self, site: "Site", name: str, unit: str, value: float, **detail) -> None:
        """A figure of ours, or of a peer beside it."""
        if site.is_ours:
            self.ours(name, unit, value, **detail)
        else:
            self.beside(name, unit, site.name, value)

    def given_up(self, site: "Site") -> int:
        """How many figures of a peer in this group are no more than a bound."""
        return sum(isinstance(figure.of(site), MoreThan) for figure in self.figures.values()
                   if figure.group == self.group)

    def note(self, text: str) -> None:
        self.notes[text] = self.group

    def fail(self, group: str, message: str) -> None:
        self.failures[group] = message

    def missed(self) -> int:
        return sum(row[-1] == MISSED for row in self.rows())

    def judged(self) -> int:
        return sum(row[-1] in (OK, MISSED) for row in self.rows())

    def rows(self) -> list[tuple]:
        """The table's lines, without the head: one for each figure, and one more for each further column beside it."""
        rows = []
        for name, figure in self.figures.items():
            rows += figure_rows(name, figure)
        return rows

    def table(self) -> str:
        rows = [HEAD, *self.rows()]
        widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
        lines = [line(row, widths) for row in rows]
        lines.insert(1, "-" * len(lines[0].rstrip()))
        lines += [f"note: {text}" for text in self.notes]
        lines += [f"FAILED {group}: {message}" for group, message in self.failures.items()]
        return "\n".join(text.rstrip() for text in lines)

    def as_json(self) -> dict:
        figures = {}
        for name, figure in self.figures.items():
            bounds = [column for column, value in figure.beside.items() if isinstance(value, MoreThan)]
            figures[name] = {"unit": figure.unit, "group": figure.group, "ours": figure.ours,
                             "beside": figure.beside, "more_than": bounds, "detail": figure.detail}
        return {"figures": figures, "missed": self.missed(), "notes": self.notes, "failures": self.failures}


def line(row: tuple, widths: list[int]) -> str:
    """Names to the left, numbers to the right."""
    cells = []
    for i, (cell, width) in enumerate(zip(row, widths)):
        cells.append(cell.rjust(width) if i in (1, 3, 4) else cell.ljust(width))
    return "  ".join(cells)


def figure_rows(name: str, figure: Figure) -> list[tuple]:
    target = target_of(name)
    first = [name, number(figure.ours, figure.unit), "", "", "", *verdict(target, figure.ours, figure.unit)]
    rows = []
    for column, value in figure.beside.items():
        rows.append(beside_row(name, figure, column, value))
    if not rows:
        return [tuple(first)]
    # The value's own target stands on the first line, or on one before it where that line has one of its own.
    if rows[0][-1] == "":
        rows[0] = rows[0][:5] + tuple(first[5:])
    elif target:
        rows.insert(0, tuple(first))
    return [(name, first[1], *rows[0][2:])] + [("", "", *row[2:]) for row in rows[1:]]


def beside_row(name: str, figure: Figure, column: str, value: float) -> tuple:
    ratio = figure.ratio(column)
    judged = verdict(target_of(name, column), ratio, figure.unit)
    return (name, "", column, number(value, figure.unit), ratio_text(ratio), *judged)


def ratio_text(ratio: Optional[float]) -> str:
    if ratio is None:
        return ""
    if isinstance(ratio, LessThan):  # rounded up, so that it stays true
        digits = 0 if ratio >= 100 else 2 if ratio >= 0.1 else -math.floor(math.log10(ratio))
        return sign(ratio) + f"{math.ceil(ratio * 10**digits) / 10**digits:g}"
    return f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.1g}"


def verdict(target: Optional[Target], value: Optional[float], unit: str) -> tuple[str, str]:
    if target is None or value is None:
        return "", ""
    met = target.met(value)
    if isinstance(value, LessThan) and met == target.at_least:
        return target.text(unit), OPEN
    return target.text(unit), OK if met else MISSED


def number(value: Optional[float], unit: str) -> str:
    if value is None:
        return "-"
    if isinstance(value, MoreThan):
        return f"{sign(value)}{value:,g} {unit}"
    digits = 0 if value >= 1000 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"
