# SPDX-License-Identifier: Apache-2.0
"""Plots as small SVG files: horizontal bars on a logarithmic axis. They follow the reader's light or dark theme."""

import math
from dataclasses import dataclass
from xml.sax.saxutils import escape

from tests.bench.report import sign

WIDTH, LABELS, RIGHT = 800, 280, 100  # of all, of the names at the left, of the numbers at the right
BAR, GAP, GROUP_GAP = 16, 3, 14
TOP, BOTTOM = 64, 28
FEWEST_DECADES = 2

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.quiet { fill: #59636e }
.grid { stroke: #d1d9e0 }
.c0 { fill: #0969da } .c1 { fill: #bf8700 } .c2 { fill: #cf222e } .c3 { fill: #8c959f } .c4 { fill: #1a7f37 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .quiet { fill: #9198a1 } .grid { stroke: #3d444d }
  .c0 { fill: #4493f8 } .c1 { fill: #d29922 } .c2 { fill: #f85149 } .c3 { fill: #6e7681 } .c4 { fill: #3fb950 }
}"""
N_COLOURS = 5


@dataclass(frozen=True)
class Bars:
    """Groups of bars by name, each with a value for every series that has one. All values are above 0."""

    title: str
    unit: str
    series: tuple  # names; the first is ours
    groups: dict  # name of group -> {name of series: value}


class Axis:
    """Powers of ten that hold all of the values."""

    def __init__(self, values: list[float]):
        self.low = math.floor(math.log10(min(values)) - 0.01)
        self.high = max(math.ceil(math.log10(max(values))), self.low + FEWEST_DECADES)

    def x(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return LABELS + share * (WIDTH - LABELS - RIGHT)

    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]


def bars(plot: Bars) -> str:
    """The whole file."""
    axis = Axis([value for group in plot.groups.values() for value in group.values()])
    marks, y = [], TOP
    for name, group in plot.groups.items():
        height = len(group) * (BAR + GAP) - GAP
        marks.append(text(LABELS - 10, y + height / 2 + 4, name, "end"))
        for series, value in group.items():
            marks += bar(axis, y, plot.series.index(series), value)
            y += BAR + GAP
        y += GROUP_GAP
    bottom = y - GROUP_GAP + GAP
    grid = [mark for value in axis.ticks() for mark in tick(axis, value, bottom)]
    head = [text(16, 24, f"{plot.title} ({plot.unit}, logarithmic)", "start", "title"), *legend(plot.series)]
    body = "\n".join([*head, *grid, *marks])
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{bottom + BOTTOM}" '
            f'viewBox="0 0 {WIDTH} {bottom + BOTTOM}" role="img">\n<title>{escape(plot.title)}</title>\n'
            f"<style>{STYLE}\n</style>\n{body}\n</svg>\n")


def bar(axis: Axis, y: float, colour: int, value: float) -> list[str]:
    width = max(axis.x(value) - LABELS, 1)
    return [f'<rect x="{LABELS}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2" class="c{colour % N_COLOURS}"/>',
            text(LABELS + width + 6, y + BAR - 4, short(value), "start")]


def tick(axis: Axis, value: float, bottom: float) -> list[str]:
    x = axis.x(value)
    return [f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{bottom}" class="grid"/>',
            text(x, bottom + 16, short(value), "middle", "quiet")]


def legend(series: tuple) -> list[str]:
    marks, x = [], 16
    for i, name in enumerate(series):
        marks.append(f'<rect x="{x}" y="38" width="10" height="10" rx="2" class="c{i % N_COLOURS}"/>')
        marks.append(text(x + 15, 47, name, "start", "quiet"))
        x += 40 + 7 * len(name)
    return marks


def text(x: float, y: float, words: str, anchor: str, kind: str = "") -> str:
    of_kind = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{of_kind}>{escape(words)}</text>'


def short(value: float) -> str:
    """Three digits, thousands as k and M; a bound with its sign."""
    for limit, letter in ((1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{sign(value)}{value / limit:.3g}{letter}"
    return f"{sign(value)}{value:.3g}"
