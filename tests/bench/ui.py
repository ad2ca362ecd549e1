# SPDX-License-Identifier: Apache-2.0
"""MLflow's pages in a browser, from our server and from MLflow's own: how soon they stand, what comes over the wire,
and how long the calls of a run's page take. Each visit is that of a new tab, which has nothing in its cache."""

import json
import random
import statistics
import sys
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Callable

from tests.bench import dataset
from tests.bench.bench import Bench
from tests.bench.peers import ToolError
from tests.bench.site import API, Site
from tests.support.browser import Browser, Page

MB = 1e6
PATIENCE_S = 120  # for a page to stand
QUIET_S = 1  # a page that is idle and asked nothing for so long has all that it wants
RUN_PAGES = 1_000  # whose calls are timed
PEER_RUN_PAGES = 20
CONNECTIONS = 6  # that a browser has to a server
SHOWN = 10  # curves of a chart before all are asked for
CHARTS = 9  # of the ten, as many as are in view

# Whether so many charts are there, each with the curves of so many runs.
DRAWN = """(() => {
    const charts = [...document.querySelectorAll('.js-plotly-plot')];
    return charts.length >= %d && charts.every((one) => one.querySelectorAll('.scatterlayer .trace').length >= %d);
})()"""
EYE = "document.querySelector('[data-testid=experiment-view-runs-visibility-column-header]')"
ALL = "[...document.querySelectorAll('[role^=menuitem]')].find((one) => one.innerText.includes('Show all runs'))"


@dataclass(frozen=True)
class Look:
    """A page: its address behind the #, and a script that says whether it stands."""

    name: str
    path: str
    stands: str


def ui(bench: Bench) -> None:
    check_curves(bench.ours)
    bench.ours.server.env["PYTHON"] = sys.executable  # whose mlflow has the pages, as MLflow's own server has them
    bench.ours.server.argv += ["--ui", "auto"]
    bench.ours.server.restart()
    with Browser() as browser:
        look_at(bench.ours, "the pages", browser)
        for site in bench.peers:
            bench.at_peer(site, "the pages", peer, browser)


def peer(site: Site, what: str, browser: Browser) -> None:
    if not site.peer.pages:
        raise ToolError("its pages are others")
    check_curves(site.rested())
    look_at(site, what, browser)


def look_at(site: Site, what: str, browser: Browser) -> None:
    """All pages. A peer that does not show one in time may have the next ones."""
    look_all = looks(site)
    visit(site, browser, look_all[0])  # not counted: what is compressed or imported once is, now
    for look in look_all:
        guarded(site, look.name, page_at, browser, look)
    guarded(site, "page of a run: its API calls", calls_at, browser, look_all[-1])
    guarded(site, f"charts of {site.bench.scale.curves} runs", charts_at, browser)


def guarded(site: Site, name: str, measure: Callable[..., None], *how: object) -> None:
    """measure(site, name, *how), whose failure at a peer is a line."""
    if site.is_ours:
        measure(site, name, *how)
    else:
        site.bench.at_peer(site, name, measure, *how)


def looks(site: Site) -> list[Look]:
    """What the first rows of the tables must be follows from the dataset. The last is the page of a run."""
    n = site.bench.scale.runs
    runs = f"/experiments/{site.dataset[0]}/runs"
    best = dataset.Search((), 0).expected(n)[0]
    return [Look("first page", "/", has_text("curves-")),
            Look(f"page of {n:,} runs", runs, has_row(n - 1)),
            Look(f"page of {n:,} runs by a metric", f"{runs}?orderByKey=metrics.%60m0%60&orderByAsc=false",
                 has_row(best)),
            Look("page of a run", f"{runs}/{run_ids(site)[n // 2]}", has_text(str(dataset.metric(n // 2, 0))))]


def has_text(text: str) -> str:
    return f"document.body.innerText.includes({json.dumps(text)})"


def has_row(run: int) -> str:
    return f"[...document.querySelectorAll('.ag-row a')].some((link) => link.innerText.trim() === 'run-{run}')"


def run_ids(site: Site) -> list[str]:
    return site.dataset[1].read_text().split()


def visit(site: Site, browser: Browser, look: Look) -> tuple[float, Page]:
    """Seconds until the page stands, and the page, closed, when it has all that it wants."""
    with browser.page() as page:
        took = opened(site, page, look)
        await_quiet(page)
        return took, page


def opened(site: Site, page: Page, look: Look) -> float:
    begin = time.monotonic()
    page.go(f"{site.server.url}/#{look.path}")
    page.wait(look.name, look.stands, PATIENCE_S)
    return time.monotonic() - begin


def await_quiet(page: Page) -> None:
    """Waits until it asks for nothing more."""
    asked, since = -1, 0.0

    def is_quiet() -> bool:
        nonlocal asked, since
        if not page.is_idle() or len(page.requests) != asked:
            asked, since = len(page.requests), time.monotonic()
        return time.monotonic() - since >= QUIET_S

    page.wait("the end of its requests", is_quiet, PATIENCE_S)


def page_at(site: Site, name: str, browser: Browser, look: Look) -> None:
    visits = [visit(site, browser, look) for _ in range(rounds(site))]
    put_visits(site, name, [took for took, _ in visits], [page.wire for _, page in visits])


def rounds(site: Site) -> int:
    return site.bench.scale.rounds if site.is_ours else 1


def put_visits(site: Site, name: str, took: list[float], wire: list[int]) -> None:
    site.bench.report.put(site, f"{name}: until it stands", "s", statistics.median(took))
    site.bench.report.put(site, f"{name}: on the wire", "MB", statistics.median(wire) / MB)


def charts_at(site: Site, name: str, browser: Browser) -> None:
    """First as it opens, then from the click that asks for the curves of all runs."""
    took, wire, took_all, wire_all = [], [], [], []
    look = Look(name, f"/experiments/{site.curves}/runs?compareRunsMode=CHART", DRAWN % (CHARTS, SHOWN))
    for _ in range(rounds(site)):
        with browser.page() as page:
            took.append(opened(site, page, look))
            await_quiet(page)
            wire.append(page.wire)
            page.click(EYE, "the eye above the runs")
            page.forget()
            begin = time.monotonic()
            page.click(ALL, "the curves of all runs")
            page.wait(f"{name}, all of them", DRAWN % (CHARTS, site.bench.scale.curves), PATIENCE_S)
            took_all.append(time.monotonic() - begin)
            await_quiet(page)
            wire_all.append(page.wire)
    put_visits(site, f"{name}, {SHOWN} shown", took, wire)
    put_visits(site, f"{name}, all shown", took_all, wire_all)


def calls_at(site: Site, name: str, browser: Browser, look: Look) -> None:
    """What the page of a run asks the API for, for many runs, until all is answered."""
    _, page = visit(site, browser, look)
    calls = [request for request in page.requests if "/ajax-api/" in request["url"] or "/graphql" in request["url"]]
    ids = run_ids(site)
    seen = look.path.rpartition("/")[2]
    pages = min(RUN_PAGES if site.is_ours else PEER_RUN_PAGES, len(ids))
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(HTTPConnection("127.0.0.1", site.server.port, timeout=PATIENCE_S)))
                       for _ in range(CONNECTIONS)]
        times = [ask_all(site, connections, calls, (seen, run)) for run in random.Random(1).sample(ids, pages)]
    took = statistics.quantiles(times, n=100)
    for what, share in (("median", 50), ("p99", 99)):
        site.bench.report.put(site, f"{name}, {what}", "ms", 1e3 * took[share - 1], calls=len(calls))


def ask_all(site: Site, connections: list[HTTPConnection], calls: list[dict], other: tuple[str, str]) -> float:
    """Seconds for all calls, for another run than that of the page: one a connection is under way at a time."""
    has_run = False
    begin = time.perf_counter()
    for first in range(0, len(calls), len(connections)):
        asked = [(connection, *ask(site, connection, call, other)) for connection, call
                 in zip(connections, calls[first:first + len(connections)])]
        for connection, path, body in asked:
            reply = connection.getresponse()
            content = reply.read()
            if reply.status != 200 and "runs" in path + body:
                raise ToolError(f"{site.name}: {path} {body}: {reply.status} {content[:500]!r}")
            has_run = has_run or '"GetRun"' in body and other[1].encode() in content
    took = time.perf_counter() - begin
    if not has_run:
        raise ToolError(f"{site.name} gave no run to the page of run {other[1]}")
    return took


def ask(site: Site, connection: HTTPConnection, call: dict, other: tuple[str, str]) -> tuple[str, str]:
    path = call["url"].removeprefix(site.server.url).replace(*other)
    body = call.get("postData", "").replace(*other)
    connection.request(call["method"], path, body or None, {"Content-Type": "application/json"} if body else {})
    return path, body


def check_curves(site: Site) -> None:
    """That the curves, filled now at the latest, end as they must."""
    steps = site.bench.scale.curve_steps
    body = {"experiment_ids": [site.curves], "max_results": site.bench.scale.curves}
    found = site.call("POST", f"{API}/runs/search", body)
    ids = [run["info"]["run_id"] for run in found["runs"]]
    reply = site.call("GET", f"{API}/metrics/get-history-bulk-interval?metric_key=m3&max_results=10&run_ids="
                      + "&run_ids=".join(ids))
    last = {point["run_id"]: point["value"] for point in reply["metrics"] if int(point["step"]) == steps}
    if last != {run: dataset.curve(steps, 3) for run in ids}:
        raise ToolError(f"{site.name}: {len(last)} of {len(ids)} curves end as they must")
