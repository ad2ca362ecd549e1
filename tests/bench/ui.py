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
from tests.bench.report import MoreThan
from tests.bench.site import API, Site
from tests.support.browser import Browser, NotSeen, Page

MB = 1e6
PATIENCE_S = 120  # for a page to stand
QUIET_S = 1  # a page that is idle and asked nothing for so long has all that it wants
RUN_PAGES = 1_000  # whose calls are timed
PEER_RUN_PAGES = 20
PEER_CHECKED = 10  # curves, of which it reads every point
PEER_GIVE_UPS = 2  # after as many it is asked for no further page: they cost it most of its six minutes
CONNECTIONS = 6  # that a browser has to a server
SHOWN = 10  # curves of a chart before all are asked for
CHARTS = 9  # of the ten, as many as are in view
STANDS = ": until it stands"
WAITS = ": of it, waiting for the API"

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


@dataclass(frozen=True)
class Visit:
    """How a page came to stand: when, how long of it a call of the API was under way, and all bytes that came. The last
    two are not of one that was given up."""

    took_s: float
    waited_s: float = 0
    wire: int = 0

    @property
    def stands(self) -> bool:
        return not isinstance(self.took_s, MoreThan)


def ui(bench: Bench) -> None:
    check_curves(bench.ours)
    bench.ours.server.env["PYTHON"] = sys.executable  # whose mlflow has the pages, as MLflow's own server has them
    bench.ours.server.argv += ["--ui", "auto"]
    bench.ours.server.restart()
    look_at(bench.ours)
    for site in bench.peers:
        bench.at_peer(site, "the pages", peer)
    note_waits(bench)


def peer(site: Site, _: str) -> None:
    if not site.peer.pages:
        raise ToolError("its pages are others")
    check_curves(site.rested())
    look_at(site)


def look_at(site: Site) -> None:
    """All pages. A peer that does not show one in time may have the next ones."""
    look_all = looks(site)
    with Browser() as browser:
        warm_up(site, browser)
        for look in look_all:
            guarded(site, look.name, page_at, browser, look)
    guarded(site, "page of a run: its API calls", calls_at, look_all[-1])
    with Browser() as browser:
        warm_up(site, browser)
        guarded(site, f"charts of {site.bench.scale.curves} runs", charts_at, browser)


def warm_up(site: Site, browser: Browser) -> None:
    """A visit that is not counted: what is compressed or imported once is, now."""
    with browser.page() as page:
        visit(site, page, looks(site)[0])


def guarded(site: Site, name: str, measure: Callable[..., None], *how: object) -> None:
    """measure(site, name, *how), whose failure at a peer is a line."""
    if site.is_ours:
        measure(site, name, *how)
    elif site.bench.report.given_up(site) >= PEER_GIVE_UPS:
        site.bench.report.note(f"{site.name} was not asked for {name}: {PEER_GIVE_UPS} pages before did not stand in "
                               f"{PATIENCE_S} s")
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


def visit(site: Site, page: Page, look: Look) -> Visit:
    return until_it_stands(site, page, look, lambda: page.go(f"{site.server.url}/#{look.path}"))


def until_it_stands(site: Site, page: Page, look: Look, ask: Callable[[], None]) -> Visit:
    """A visit that begins with `ask`. It ends when the page has all that it wants, or with our patience."""
    begin = time.monotonic()
    ask()
    try:
        page.wait(look.name, look.stands, PATIENCE_S)
    except NotSeen:
        # What has all replies and does not stand is not slow, but broken.
        if site.is_ours or page.is_idle():
            raise
        return Visit(MoreThan(PATIENCE_S))
    end = time.monotonic()
    await_quiet(page)
    return Visit(end - begin, page.waited_s(is_api, end), page.wire)


def is_api(url: str) -> bool:
    return "/ajax-api/" in url or "/graphql" in url


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
    visits = []
    for _ in range(rounds(site)):
        with browser.page() as page:
            opened_at(site, name, page, look, visits)
    rest(site, browser, visits)


def opened_at(site: Site, name: str, page: Page, look: Look, visits: list[Visit]) -> None:
    """One more visit of the page."""
    visits.append(visit(site, page, look))
    put_visits(site, name, visits)


def rest(site: Site, browser: Browser, visits: list[Visit]) -> None:
    """What was given up may still keep the server from answering the next page."""
    if not all(one.stands for one in visits):
        warm_up(site.rested(), browser)


def rounds(site: Site) -> int:
    return site.bench.scale.rounds if site.is_ours else 1


def put_visits(site: Site, name: str, visits: list[Visit]) -> None:
    report = site.bench.report
    report.put(site, f"{name}{STANDS}", "s", statistics.median(one.took_s for one in visits))
    if visits[-1].stands:
        report.put(site, f"{name}{WAITS}", "ms", 1e3 * statistics.median(one.waited_s for one in visits))
        report.put(site, f"{name}: on the wire", "MB", statistics.median(one.wire for one in visits) / MB)


def note_waits(bench: Bench) -> None:
    """Says how much of the time of each page is the servers' at all."""
    figures = bench.report.figures
    for site in (bench.ours, *bench.peers):
        shares = []
        for name in (name.removesuffix(WAITS) for name in figures if name.endswith(WAITS)):
            took, waited = (figures[name + what].of(site) for what in (STANDS, WAITS))
            if took and waited is not None:
                shares.append(f"{name} {waited / 1e3 / took:.0%}")
        if shares:
            bench.report.note(f"{site.name}'s pages waited for the API for so much of the time until they stood (the "
                              f"rest is the browser's with their script, the same from all): {'; '.join(shares)}.")


def charts_at(site: Site, name: str, browser: Browser) -> None:
    """First as it opens, then from the click that asks for the curves of all runs."""
    look = Look(f"{name}, {SHOWN} shown", f"/experiments/{site.curves}/runs?compareRunsMode=CHART",
                DRAWN % (CHARTS, SHOWN))
    some, every = [], []
    for _ in range(rounds(site)):
        with browser.page() as page:
            guarded(site, look.name, opened_at, page, look, some)
            guarded(site, f"{name}, all shown", all_shown_at, page, every)
    rest(site, browser, some + every)


def all_shown_at(site: Site, name: str, page: Page, visits: list[Visit]) -> None:
    """From the page as it opened."""
    if not page.is_idle():
        raise ToolError("the page still asks for those that it opens with")
    page.click(EYE, "the eye above the runs")
    page.forget()
    look = Look(name, "", DRAWN % (CHARTS, site.bench.scale.curves))
    visits.append(until_it_stands(site, page, look, lambda: page.click(ALL, "the curves of all runs")))
    put_visits(site, name, visits)


def calls_at(site: Site, name: str, look: Look) -> None:
    """What the page of a run asks the API for, for many runs, until all is answered. The browser that it is recorded
    from is closed by then, so that it takes none of the time."""
    with Browser() as browser, browser.page() as page:
        if not visit(site, page, look).stands:
            raise ToolError(f"the page does not stand in {PATIENCE_S} s")
        calls = [request for request in page.requests if is_api(request["url"])]
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
    checked = site.bench.scale.curves if site.is_ours else PEER_CHECKED
    body = {"experiment_ids": [site.curves], "max_results": checked}
    found = site.call("POST", f"{API}/runs/search", body)
    ids = [run["info"]["run_id"] for run in found["runs"]]
    reply = site.call("GET", f"{API}/metrics/get-history-bulk-interval?metric_key=m3&max_results=10&run_ids="
                      + "&run_ids=".join(ids))
    last = {point["run_id"]: point["value"] for point in reply["metrics"] if int(point["step"]) == steps}
    if last != {run: dataset.curve(steps, 3) for run in ids}:
        raise ToolError(f"{site.name}: {len(last)} of {len(ids)} curves end as they must")
