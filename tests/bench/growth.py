# SPDX-License-Identifier: Apache-2.0
"""Whether a call costs more on a server that has much: points, and runs. Ours only: peers would take hours to fill."""

from tests.bench import dataset
from tests.bench.bench import Bench
from tests.bench.figures import ask, check_search
from tests.bench.site import Site

START = "at the start"
SEARCHES = ("metric, 1 in 2", "three weak conditions, 6 in 10", "all, by a metric")  # these fill a page at any size
CLIENTS = 16
LOGGED_RUNS = 1_000
KEYS = 10
BATCH = 1_000
STEPS_A_LOAD = 10**8  # more than one load of log-metric can use


def growth(bench: Bench) -> None:
    with bench.ours.fresh() as site:
        grow_points(site)
    with bench.ours.fresh() as site:
        grow_runs(site)


def grow_points(site: Site) -> None:
    """Points of 1,000 runs with 10 metrics each; the searches are over as many other runs."""
    start: dict[str, float] = {}
    logged = site.new_runs(min(LOGGED_RUNS, site.bench.scale.runs // 20))
    experiment = site.new_experiment("searched")
    runs = min(LOGGED_RUNS, site.bench.scale.runs // 20)
    site.fill(experiment, runs)
    step = now = 0
    for points in site.bench.scale.growth_points:
        calls = (points - now) // BATCH
        if calls:
            site.load("log-batch", 4, "--rows", BATCH, "--keys", KEYS, "--spread", 1, "--first", step, "--lines",
                      logged, count=calls)
        now = points
        step += calls * (BATCH // KEYS)
        found = {"log-metric": log_metric(site, logged, step), **searches(site, experiment, runs)}
        step += STEPS_A_LOAD
        tell(site.bench, found, f"{points:,} points", start)


def grow_runs(site: Site) -> None:
    """Runs of the dataset, all in one experiment."""
    start: dict[str, float] = {}
    experiment = site.new_experiment("growing")
    now = 0
    for step, runs in enumerate(site.bench.scale.growth_runs):
        ids, _ = site.fill(experiment, runs, first=now)
        now = runs
        # To runs of another experiment: what is logged must not change what is found.
        found = {"log-metric": log_metric(site, site.new_runs(CLIENTS), step * STEPS_A_LOAD),
                 "runs/get": runs_get(site, ids), **searches(site, experiment, runs)}
        tell(site.bench, found, f"{runs:,} runs", start)


def log_metric(site: Site, runs, step: int) -> float:
    """The median in ms."""
    site.bench.settle()
    done = site.load("log-metric", CLIENTS, "--spread", 1, "--first", step, "--lines", runs)
    return done["p50_us"] / 1e3


def runs_get(site: Site, runs) -> float:
    done = site.load("get", CLIENTS, "--path", "/api/2.0/mlflow/runs/get?run_id=", "--lines", runs)
    return done["p50_us"] / 1e3


def searches(site: Site, experiment: str, runs: int) -> dict[str, float]:
    """Medians in ms by name, after a look at what is found."""
    found = {}
    for name in SEARCHES:
        variants = dataset.searches()[name]
        check_search(site, experiment, variants[0], runs)
        found[f"search: {name}"] = ask(site, [variant.body(experiment) for variant in variants])["p50_us"] / 1e3
    return found


def tell(bench: Bench, found: dict[str, float], size: str, start: dict[str, float]) -> None:
    """Adds the figures, beside the first of their kind, which `start` remembers."""
    for name, value in found.items():
        figure = f"growth, {size}: {name}"
        bench.report.ours(figure, "ms", value)
        if name in start:
            bench.report.beside(figure, "ms", START, start[name])
        start.setdefault(name, value)
