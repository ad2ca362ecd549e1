# SPDX-License-Identifier: Apache-2.0
"""All groups of figures, in the order in which they run."""

from dataclasses import dataclass
from typing import Callable

from tests.bench import cost, figures, growth, pressure, registry, ui
from tests.bench.bench import Bench


@dataclass(frozen=True)
class Group:
    run: Callable[[Bench], None]
    title: str


# What writes little and needs an empty server comes first.
GROUPS = {
    "size": Group(figures.size, "The program"),
    "start": Group(figures.start, "Start"),
    "idle": Group(figures.idle, "Idle memory"),
    "log-metric": Group(figures.log_metric, "Points, one a call"),
    "log-batch": Group(figures.log_batch, "Points, many a call"),
    "syncs": Group(cost.syncs, "Syncs"),
    "mixed": Group(pressure.mixed, f"{pressure.TRAINERS} trainers and {pressure.READERS} readers"),
    "connections": Group(pressure.connections, "Silent connections"),
    "get": Group(figures.get, "A large artifact, taken"),
    "put": Group(figures.put, "A large artifact, sent"),
    "runs-get": Group(figures.runs_get, "A run"),
    "search": Group(figures.search, "Searches"),
    "pages": Group(figures.pages, "Pages of 1,000 runs"),
    "history": Group(figures.history, "A long history"),
    "registry": Group(registry.registry, "The model registry"),
    "ui": Group(ui.ui, "MLflow's pages in a browser"),
    "growth": Group(growth.growth, "Growth"),
    "crowd": Group(pressure.crowd, "Beside large transfers"),
    "instructions": Group(cost.instructions, "Instructions"),
}
