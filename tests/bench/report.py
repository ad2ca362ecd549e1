# SPDX-License-Identifier: Apache-2.0
"""Figures as they come in, and the table that is printed of them."""

from dataclasses import dataclass, field
from typing import Optional

from tests.bench.targets import Target, target_of

HEAD = ("figure", "ours", "beside", "", "ratio", "target", "")


@dataclass
class Figure:
    """One line of the table: what the server under test did, and every floor or peer beside it."""

    unit: str
    ours: Optional[float] = None
    beside: dict = field(default_factory=dict)
    detail: dict = field(default_factory=dict)


class Report:
    """The targets are those of our server: figures of another one are shown without a verdict."""

    def __init__(self, judged: bool = True) -> None:
        self.judged = judged
        self.figures: dict[str, Figure] = {}
        self.failures: dict[str, str] = {}

    def ours(self, name: str, unit: str, value: float, **detail) -> None:
        figure = self.figures.setdefault(name, Figure(unit))
        figure.ours = value
        figure.detail.update(detail)

    def beside(self, name: str, unit: str, column: str, value: float) -> None:
        self.figures.setdefault(name, Figure(unit)).beside[column] = value

    def fail(self, group: str, message: str) -> None:
        self.failures[group] = message

    def missed(self) -> int:
        return sum(row[-1] == "MISSED" for row in self.rows())

    def rows(self) -> list[tuple]:
        """The table's lines, without the head: one for each figure, and one more for each further column beside it."""
        rows = []
        for name, figure in self.figures.items():
            rows += figure_rows(name, figure)
        return rows if self.judged else [(*row[:5], "", "") for row in rows]

    def table(self) -> str:
        rows = [HEAD, *self.rows()]
        widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
        lines = [line(row, widths) for row in rows]
        lines.insert(1, "-" * len(lines[0].rstrip()))
        lines += [f"FAILED {group}: {message}" for group, message in self.failures.items()]
        return "\n".join(text.rstrip() for text in lines)

    def as_json(self) -> dict:
        figures = {}
        for name, figure in self.figures.items():
            figures[name] = {"unit": figure.unit, "ours": figure.ours, "beside": figure.beside, "detail": figure.detail}
        return {"figures": figures, "missed": self.missed(), "failures": self.failures}


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
    # The value's own target stands on the first line, unless that line has one of its own.
    if rows[0][-1] == "" and target:
        rows[0] = rows[0][:5] + tuple(first[5:])
    return [(name, first[1], *rows[0][2:])] + [("", "", *row[2:]) for row in rows[1:]]


def beside_row(name: str, figure: Figure, column: str, value: float) -> tuple:
    ratio = figure.ours / value if figure.ours is not None and value else None
    judged = verdict(target_of(name, column), ratio, figure.unit)
    return (name, "", column, number(value, figure.unit), ratio_text(ratio), *judged)


def ratio_text(ratio: Optional[float]) -> str:
    if ratio is None:
        return ""
    return f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.1g}"


def verdict(target: Optional[Target], value: Optional[float], unit: str) -> tuple[str, str]:
    if target is None or value is None:
        return "", ""
    return target.text(unit), "ok" if target.met(value) else "MISSED"


def number(value: Optional[float], unit: str) -> str:
    if value is None:
        return "-"
    digits = 0 if value >= 1000 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"
