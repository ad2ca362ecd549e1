# SPDX-License-Identifier: Apache-2.0
"""docs/benchmarks.md and its plots, written from a full run."""

import shutil
from fnmatch import fnmatchcase
from pathlib import Path

from tests.bench import machine, peers, svg
from tests.bench.groups import GROUPS
from tests.bench.report import Figure, Report, number, ratio_text, verdict
from tests.bench.targets import Target, targets_of

PAGE = "benchmarks.md"
PLOTS = "benchmarks"  # a folder beside the page
OURS = peers.RUNESTONE.name

HEAD = """# Benchmarks

Written by `make bench` from one run of {minutes} minutes: {machine}.
Runestone {version}{peers}. What each group measures, and how floors and peers are made comparable, is in
[tests/bench/README.md](../tests/bench/README.md).

The number in brackets is Runestone's figure divided by that of the column. For rates more is better, for times, memory
and sizes less is. A number after ">" is where the wait for a peer was given up, one after "<" what follows from it.
{verdict}

What to know of the peers: FastTrackML's SQLite does not sync its commits, so its writes are not safe from a power cut,
and cost it no wait for the disk; Runestone's and MLflow's are synced before they are acknowledged. FastTrackML has no
call that takes artifacts, and no registry. The {runs} runs and the registry's models that are searched were made
through the API in Runestone; in the peers, whose API would take from minutes to hours, one run and one model were, and
their rows were then copied in their database. A search of a peer that takes seconds is asked once, and its median is
that one.
"""


def write(directory: Path, about: dict, report: Report) -> None:
    """Replaces the page, and the folder of its plots."""
    plots = directory / PLOTS
    shutil.rmtree(plots, ignore_errors=True)
    plots.mkdir(parents=True)
    drawn = {}
    for name, (group, plot) in plots_of(report).items():
        (plots / f"{name}.svg").write_text(svg.bars(plot))
        drawn.setdefault(group, []).append(f"![{plot.title}]({PLOTS}/{name}.svg)")
    (directory / PAGE).write_text(page(about, report, drawn))


def page(about: dict, report: Report, drawn: dict[str, list[str]]) -> str:
    parts = [head(about, report)]
    for group, about_group in GROUPS.items():
        figures = {name: figure for name, figure in report.figures.items() if figure.group == group}
        notes = [f"- {text}" for text, of in report.notes.items() if of == group]
        if group in report.failures:
            notes.append(f"- Not measured: {report.failures[group].splitlines()[0]}")
        if figures or notes:
            parts += [f"## {about_group.title}\n", *(f"{image}\n" for image in drawn.get(group, []))]
        if figures:
            parts.append(table(figures))
        if notes:
            parts.append("\n".join(notes) + "\n")
    return "\n".join(parts)


def head(about: dict, report: Report) -> str:
    missed = report.missed()
    beside = "".join(f", {peer.name} {peer.version}" for peer in peers.PEERS)
    return HEAD.format(minutes=about["minutes"], machine=machine.text(about), version=peers.RUNESTONE.version,
                       peers=beside, runs=f"{about['runs']:,}",
                       verdict=f"Of {report.judged()} targets {missed or 'none'} {'are' if missed > 1 else 'is'} missed.")


def table(figures: dict[str, Figure]) -> str:
    """A line each, with a column for whatever stands beside any of them."""
    columns = list(dict.fromkeys(column for figure in figures.values() for column in figure.beside))
    lines = [["", OURS, *columns, "target"], ["---", *["---:"] * (len(columns) + 1), "---"]]
    for name, figure in figures.items():
        cells = [beside_cell(figure, column) for column in columns]
        lines.append([name, number(figure.ours, figure.unit), *cells, target_cell(name, figure)])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def beside_cell(figure: Figure, column: str) -> str:
    value = figure.beside.get(column)
    if value is None:
        return ""
    ratio = figure.ratio(column)
    return number(value, figure.unit) + (f" ({ratio_text(ratio)} ×)" if ratio is not None else "")


def target_cell(name: str, figure: Figure) -> str:
    return "; ".join(target_text(target, figure) for target in targets_of(name))


def target_text(target: Target, figure: Figure) -> str:
    value = figure.ratio(target.beside) if target.beside else figure.ours
    text, met = verdict(target, value, figure.unit)
    return f"{text}{f' {target.beside}' if target.beside else ''}: {met}" if text else ""


# What is drawn: the plot's name, its group, its title, the figures by pattern, and what stands beside them (None: ours
# at every size of it).
DRAWN = (
    ("log-metric", "log-metric", "Synced points, one a call", "log-metric, *clients",
     ("FastTrackML", "MLflow", "SQLite, a commit a call", "libmicrohttpd")),
    ("log-batch", "log-batch", "Points in batches", "log-batch of *",
     ("FastTrackML", "MLflow", "SQLite, a commit a call")),
    ("runs-get", "runs-get", "A run", "runs/get, *", ("FastTrackML", "MLflow", "libmicrohttpd")),
    ("mixed", "mixed", "Trainers and readers, p99", "mixed load: *, p99", ("FastTrackML", "MLflow")),
    ("search", "search", "Searches, median", "search: *, median", ("FastTrackML", "MLflow")),
    ("registry-search", "registry", "Searches of the registry, median", "registry search of *, median", ("MLflow",)),
    ("growth-points", "growth", "A server that fills with points, medians", "growth, * points: *", None),
    ("growth-runs", "growth", "A server that fills with runs, medians", "growth, * runs: *", None),
)


def plots_of(report: Report) -> dict[str, tuple[str, svg.Bars]]:
    """By name: the group and the plot, where there is anything to draw."""
    plots = {}
    for name, group, title, pattern, columns in DRAWN:
        figures = {of: figure for of, figure in report.figures.items()
                   if fnmatchcase(of, pattern) and figure.ours and figure.group == group}
        if figures and columns is None:
            plots[name] = (group, by_size(title, figures))
        elif figures:
            unit = next(iter(figures.values())).unit
            bars = {short_name(of): values(figure, columns) for of, figure in figures.items()}
            plots[name] = (group, svg.Bars(title, unit, (OURS, *columns), bars))
    return plots


def by_size(title: str, figures: dict[str, Figure]) -> svg.Bars:
    """Figures whose names are "growth, SIZE: CALL": the sizes of each call together."""
    bars: dict[str, dict[str, float]] = {}
    for name, figure in figures.items():
        size, _, call = name.removeprefix("growth, ").partition(": ")
        bars.setdefault(call, {})[size] = figure.ours
    sizes = tuple(dict.fromkeys(size for group in bars.values() for size in group))
    return svg.Bars(title, next(iter(figures.values())).unit, sizes, bars)


def values(figure: Figure, columns: tuple) -> dict[str, float]:
    return {OURS: figure.ours, **{column: figure.beside[column] for column in columns if figure.beside.get(column)}}


def short_name(figure: str) -> str:
    """Without what the plot's title says."""
    for word in ("mixed load: ", "registry search of ", "search: ", ", median", ", p99"):
        figure = figure.replace(word, "")
    return figure
