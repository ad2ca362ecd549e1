# SPDX-License-Identifier: Apache-2.0
"""What a server does alone: calls, searches, pages, transfers, its start and its size. Each group adds figures of ours
to the report, with peers and floors beside them."""

import re
import statistics
import subprocess
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Callable

from tests.bench import dataset, peers
from tests.bench.bench import Bench
from tests.bench.peers import ToolError
from tests.bench.process import resident_bytes
from tests.bench.site import API, Site
from tests.support.servers import Server

MIB = 2**20
ONE_COMMIT = "SQLite, a commit a call"
GROUP_COMMIT = "SQLite, a commit for all clients"
HTTP = "libmicrohttpd"
RUNS_GET = f"{API}/runs/get?run_id="
RUNS_SEARCH = f"{API}/runs/search"
HISTORY_PAGE = 25_000  # what the stock client asks for
LOGGED_RUNS = 16


PEER_CLIENTS = (1, 16, 64)
PEER_SECONDS = 120  # a peer is asked no further search when it has taken so long over those before
PEER_SLOW_S = 5  # nor twice the same when it takes so long over one
FIRST = ("metric and param, 1 in 1,000", "param, 1 in 100", "metric, 1 in 2", "all, by a metric")


def by(clients: int) -> str:
    return f"{clients} client{'s' if clients > 1 else ''}"


def log_metric(bench: Bench) -> None:
    """Acked, synced points, one a call."""
    single = bench.floor_sqlite("log", "--calls", 1, "--seconds", bench.scale.floor_seconds)
    for clients in (*PEER_CLIENTS, 256):
        name = f"log-metric, {by(clients)}"
        bench.settle()
        log_metric_at(bench.ours, name, clients)
        bench.report.beside(name, "calls/s", ONE_COMMIT, single["rate"])
        if clients > 1:
            group = bench.floor_sqlite("log", "--calls", clients, "--seconds", bench.scale.floor_seconds)
            bench.report.beside(name, "calls/s", GROUP_COMMIT, group["rate"])
        else:
            bench.report.beside(f"{name}, median", "µs", ONE_COMMIT, single["p50_us"])
        with bench.floor_http("--bytes", 2) as floor:
            bare = bench.load("log-metric", floor, clients, "--lines", bench.lines(["0" * 32]))
        bench.report.beside(name, "calls/s", HTTP, bare["rate"])
    for site in bench.peers:
        for clients in PEER_CLIENTS:
            bench.at_peer(site, f"log-metric, {by(clients)}", log_metric_at, clients)


def log_metric_at(site: Site, name: str, clients: int) -> None:
    done = site.load("log-metric", clients, "--lines", site.new_runs(LOGGED_RUNS))
    site.bench.report.put(site, name, "calls/s", done["rate"], p50_us=done["p50_us"], p99_us=done["p99_us"])
    if clients == 1:
        site.bench.report.put(site, f"{name}, median", "µs", done["p50_us"])


def log_batch(bench: Bench) -> None:
    """Acked, synced points, many a call: 10 keys, as many steps as it takes."""
    for rows, clients in ((10, 16), (1000, 4)):
        name = f"log-batch of {rows:,}"
        bench.settle()
        log_batch_at(bench.ours, name, rows, clients)
        for column, calls in ((ONE_COMMIT, 1), (GROUP_COMMIT, clients)):
            floor = bench.floor_sqlite("log", "--rows", rows, "--calls", calls, "--seconds", bench.scale.floor_seconds)
            bench.report.beside(name, "rows/s", column, floor["rows_rate"])
        for site in bench.peers:
            bench.at_peer(site, name, log_batch_at, rows, clients)


def log_batch_at(site: Site, name: str, rows: int, clients: int) -> None:
    done = site.load("log-batch", clients, "--rows", rows, "--lines", site.new_runs(LOGGED_RUNS))
    site.bench.report.put(site, name, "rows/s", done["rows_rate"], clients=clients, p50_us=done["p50_us"],
                          p99_us=done["p99_us"])


def runs_get(bench: Bench) -> None:
    """Runs of 20 metrics, 5 params and 5 tags, any of the dataset."""
    for clients in (*PEER_CLIENTS, 256):
        name = f"runs/get, {by(clients)}"
        bench.settle()
        done = runs_get_at(bench.ours, name, clients)
        with bench.floor_http("--bytes", round(done["body_bytes"])) as floor:
            bare = bench.load("get", floor, clients, "--path", RUNS_GET, "--lines", bench.ours.dataset[1])
        bench.report.beside(name, "calls/s", HTTP, bare["rate"])
    for site in bench.peers:
        for clients in PEER_CLIENTS:
            bench.at_peer(site, f"runs/get, {by(clients)}", runs_get_at, clients)


def runs_get_at(site: Site, name: str, clients: int) -> dict:
    done = site.load("get", clients, "--path", RUNS_GET, "--lines", site.dataset[1])
    site.bench.report.put(site, name, "calls/s", done["rate"], p50_us=done["p50_us"], p99_us=done["p99_us"],
                          body_bytes=done["body_bytes"])
    return done


def search(bench: Bench) -> None:
    """Searches of different selectivity, one client. What they find is checked first."""
    every = []
    for name, variants in dataset.searches().items():
        search_at(bench.ours, f"search: {name}", variants)
        every += [variant.body(bench.ours.dataset[0]) for variant in variants]
    done = ask(bench.ours, every)
    with bench.floor_http("--bytes", round(done["body_bytes"])) as floor:
        bare = bench.load("post", floor, 1, "--path", RUNS_SEARCH, "--lines", bench.lines(every))
    for quantile, key in (("median", "p50_us"), ("p99", "p99_us")):
        bench.report.ours(f"search: all of these, {quantile}", "ms", done[key] / 1e3)
        bench.report.beside(f"search: all of these, {quantile}", "ms", HTTP, bare[key] / 1e3)
    for site in bench.peers:
        bench.at_peer(site, "search", search_peer, dataset.searches())


def search_peer(site: Site, what: str, searches: dict) -> None:
    """As many of the searches as there is time for, the telling ones first."""
    _ = site.dataset  # filled before the clock runs
    end = time.monotonic() + PEER_SECONDS
    names = sorted(searches, key=lambda name: name not in FIRST)
    for done, name in enumerate(names):
        if time.monotonic() > end:
            site.bench.report.note(f"{site.name} was asked {done} of the {len(names)} searches only, for want of time.")
            return
        site.bench.at_peer(site, f"search: {name}", search_at, searches[name])


def search_at(site: Site, name: str, variants: list) -> None:
    experiment = site.dataset[0]
    begin = time.monotonic()
    check_search(site, experiment, variants[0], site.bench.scale.runs)
    checked_us = (time.monotonic() - begin) * 1e6
    if checked_us > PEER_SLOW_S * 1e6 and not site.is_ours:
        done = {"p50_us": checked_us, "p99_us": checked_us, "calls": 1}
    else:
        done = ask(site, [variant.body(experiment) for variant in variants])
    site.bench.report.put(site, f"{name}, median", "ms", done["p50_us"] / 1e3, calls=done["calls"])
    site.bench.report.put(site, f"{name}, p99", "ms", done["p99_us"] / 1e3)


def ask(site: Site, bodies: list[str]) -> dict:
    """Searches by one client. A peer's begin to count at once: its first may take longer than all of ours."""
    more = () if site.is_ours else ("--warmup", 0)
    return site.load("post", 1, "--path", RUNS_SEARCH, "--lines", site.bench.lines(bodies), *more)


def check_search(site: Site, experiment: str, asked: dataset.Search, runs: int) -> None:
    """That the first page has the right ones of so many runs, in order."""
    reply = site.call("POST", RUNS_SEARCH, asked.body(experiment))
    found = list(dataset.run_numbers(reply))
    expected = asked.expected(runs)[:100]
    if found != expected:
        raise ToolError(f"a search found {len(found)} runs, {found[:5]}...; "
                        f"it should find {len(expected)}, {expected[:5]}...: {asked.body(experiment)}")


def pages(bench: Bench) -> None:
    """Pages of 1,000 runs: the first again and again, the 50th that tokens lead to, and all of them in turn, which
    are more runs than a reader remembers."""
    for name, asked in dataset.PAGED.items():
        page_1 = f"page 1 of 1,000: {name}"
        tokens = tokens_of(bench.ours, name, asked)
        last = len(tokens)
        first = page_at(bench.ours, page_1, asked)
        bodies = [asked.body(bench.ours.dataset[0], 1000, token) for token in tokens]
        deep = ask(bench.ours, bodies[-1:])
        every = ask(bench.ours, bodies)
        with bench.floor_http("--bytes", round(first["body_bytes"])) as floor:
            body = bench.lines([asked.body("0", 1000)])
            bare = bench.load("post", floor, 1, "--path", RUNS_SEARCH, "--lines", body)
        bench.report.beside(page_1, "ms", HTTP, bare["p50_us"] / 1e3)
        bench.report.ours(f"page {last} of 1,000: {name}", "ms", deep["p50_us"] / 1e3, p99_ms=deep["p99_us"] / 1e3)
        bench.report.beside(f"page {last} of 1,000: {name}", "ms", "its first page", first["p50_us"] / 1e3)
        bench.report.ours(f"pages of 1,000 in turn: {name}", "ms", every["p50_us"] / 1e3, p99_ms=every["p99_us"] / 1e3)
        for site in bench.peers:
            bench.at_peer(site, page_1, page_at, asked)


def tokens_of(site: Site, name: str, asked: dataset.Search) -> list[str]:
    """The tokens of the first 50 pages, or of all full ones. The pages are checked."""
    experiment = site.dataset[0]
    expected = asked.expected(site.bench.scale.runs)
    last = min(50, max(1, len(expected) // 1000))
    tokens = [""]
    for page in range(last):
        reply = site.call("POST", RUNS_SEARCH, asked.body(experiment, 1000, tokens[page]))
        if list(dataset.run_numbers(reply)) != expected[page * 1000:(page + 1) * 1000]:
            raise ToolError(f"page {page + 1} of 1,000 ({name}) has not the right runs")
        tokens.append(reply.get("next_page_token", ""))
    return tokens[:last]


def page_at(site: Site, name: str, asked: dataset.Search) -> dict:
    first = ask(site, [asked.body(site.dataset[0], 1000)])
    site.bench.report.put(site, name, "ms", first["p50_us"] / 1e3, p99_ms=first["p99_us"] / 1e3)
    return first


def history(bench: Bench) -> None:
    """All points of one metric of one run, in pages as the client asks for them."""
    points = bench.scale.points
    ids = bench.ours.new_runs(1)
    bench.load("log-batch", bench.ours.server, 4, "--rows", 1000, "--keys", 1, "--lines", ids, count=points // 1000)
    bench.settle()
    run = ids.read_text().strip()
    times = [read_history(bench.ours, run, points) for _ in range(bench.scale.rounds)]
    name = f"get-history of {points:,} points"
    bench.report.ours(name, "s", statistics.median(times))
    floor = bench.floor_sqlite("history", "--rows", points)
    bench.report.beside(name, "s", "SQLite, rows only", floor["seconds"])


def read_history(site: Site, run: str, points: int) -> float:
    """Seconds for all pages; counts the points afterwards."""
    path = f"{API}/metrics/get-history?run_uuid={run}&run_id={run}&metric_key=m0&max_results={HISTORY_PAGE}"
    bodies, token = [], ""
    connection = HTTPConnection("127.0.0.1", site.server.port, timeout=300)
    begin = time.perf_counter()
    while not bodies or token:
        connection.request("GET", path + (f"&page_token={token}" if token else ""))
        reply = connection.getresponse()
        bodies.append(reply.read())
        if reply.status != 200:
            raise ToolError(f"{path}: {reply.status} {bodies[-1][:500]!r}")
        token = next_page_token(bodies[-1])
    took = time.perf_counter() - begin
    connection.close()
    found = sum(body.count(b'"step"') for body in bodies)
    if found != points:
        raise ToolError(f"get-history gave {found:,} points of {points:,}")
    return took


def next_page_token(body: bytes) -> str:
    """Without parsing the megabytes around it: the token stands at the end or at the beginning."""
    found = re.search(rb'"next_page_token"\s*:\s*"([^"]*)"', body[-600:] + body[:600])
    return found.group(1).decode().replace("+", "%2B").replace("=", "%3D").replace("/", "%2F") if found else ""


def transfer(bench: Bench, server: Server, verb: str, path: str, seed: int = 0) -> float:
    """MiB/s of one large body."""
    done = bench.tool("transfer", verb, "--port", server.port, "--path", path, "--bytes", bench.scale.bytes,
                      "--seed", seed)
    if done["bytes"] != bench.scale.bytes:
        raise ToolError(f"{verb} {path} moved {done['bytes']:,} bytes of {bench.scale.bytes:,}")
    return done["rate"] / MIB


def put(bench: Bench) -> None:
    """One client sends one large artifact, never seen before."""
    root = bench.ours.artifact_root()
    ours, written, bare = [], [], []
    with bench.floor_http("--bytes", 2) as floor:
        for i in range(bench.scale.rounds):
            bench.settle()
            ours.append(transfer(bench, bench.ours.server, "put", f"{root}/big-{i}.bin", seed=i + 1))
            bench.settle()
            done = bench.tool("floor_write", "--dir", bench.dir, "--bytes", bench.scale.bytes)
            written.append(done["rate"] / MIB)
            bare.append(transfer(bench, floor, "put", "/big.bin", seed=i + 1))
    bench.report.ours("PUT", "MiB/s", statistics.median(ours), bytes=bench.scale.bytes)
    bench.report.beside("PUT", "MiB/s", "SHA-256 + write + fsync", statistics.median(written))
    bench.report.beside("PUT", "MiB/s", f"{HTTP}, kept nowhere", statistics.median(bare))
    for site in bench.peers:
        bench.at_peer(site, "PUT", put_at)


def put_at(site: Site, name: str) -> None:
    refuse_without_artifacts(site)
    root = site.artifact_root()
    rates = []
    for i in range(site.bench.scale.rounds):
        site.bench.settle()
        rates.append(transfer(site.bench, site.server, "put", f"{root}/big-{i}.bin", seed=i + 1))
    site.bench.report.put(site, name, "MiB/s", statistics.median(rates))


def refuse_without_artifacts(site: Site) -> None:
    if not site.peer.artifacts:
        raise ToolError("it takes no artifacts over HTTP")


def get(bench: Bench) -> None:
    """One client takes one large artifact, which is in the page cache."""
    path = f"{bench.ours.artifact_root()}/big.bin"
    transfer(bench, bench.ours.server, "put", path, seed=1000)
    file = bench.noise
    bench.settle()
    ours, nginx, bare = [], [], []
    with peers.nginx(bench.new_dir(), file.parent).start() as web, bench.floor_http("--file", file) as floor:
        for _ in range(bench.scale.rounds + 1):
            ours.append(transfer(bench, bench.ours.server, "get", path))
            nginx.append(transfer(bench, web, "get", f"/{file.name}"))
            bare.append(transfer(bench, floor, "get", f"/{file.name}"))
    # The first round only warms the page cache.
    bench.report.ours("GET", "MiB/s", statistics.median(ours[1:]), bytes=bench.scale.bytes)
    bench.report.beside("GET", "MiB/s", "nginx sendfile", statistics.median(nginx[1:]))
    bench.report.beside("GET", "MiB/s", f"{HTTP} sendfile", statistics.median(bare[1:]))
    for site in bench.peers:
        bench.at_peer(site, "GET", get_at)


def get_at(site: Site, name: str) -> None:
    refuse_without_artifacts(site)
    path = f"{site.artifact_root()}/big.bin"
    transfer(site.bench, site.server, "put", path, seed=1000)
    rates = [transfer(site.bench, site.server, "get", path) for _ in range(site.bench.scale.rounds + 1)]
    site.bench.report.put(site, name, "MiB/s", statistics.median(rates[1:]))


def idle(bench: Bench) -> None:
    """Resident memory of a server that has just come up on an empty folder."""
    idle_at(bench.ours, "idle memory")
    with bench.floor_http("--bytes", 2) as floor:
        bench.report.beside("idle memory", "MiB", HTTP, resident_bytes(floor.pid) / MIB)
    for site in bench.peers:
        bench.at_peer(site, "idle memory", idle_at)


def idle_at(site: Site, name: str) -> None:
    server = site.new_server().start()
    try:
        site.bench.report.put(site, name, "MiB", resident_bytes(server.pid) / MIB)
    finally:
        site.bench.discard(server)


def start(bench: Bench) -> None:
    """From exec to the first 200 of /health."""
    rounds = 2 * bench.scale.rounds + 1
    start_at(bench.ours, "start", rounds)
    bare = []
    for _ in range(rounds):
        with peers.libmicrohttpd(bench.new_dir(), "--bytes", 2) as floor:
            bare.append(peers.start_timed(floor) * 1e3)
    bench.report.beside("start, new folder", "ms", HTTP, statistics.median(bare))
    bench.report.beside("start, used folder", "ms", HTTP, statistics.median(bare))
    for site in bench.peers:
        bench.at_peer(site, "start", start_at, 1)


def start_at(site: Site, name: str, rounds: int) -> None:
    fresh, again = [], []
    for _ in range(rounds):
        server = site.new_server()
        try:
            for times in (fresh, again):
                times.append(peers.start_timed(server) * 1e3)
                server.stop()
        finally:
            site.bench.discard(server)
    for what, times in (("new folder", fresh), ("used folder", again)):
        site.bench.report.put(site, f"{name}, {what}", "ms", statistics.median(times))


def size(bench: Bench) -> None:
    """The program without its symbols."""
    size_of(bench, bench.ours.peer.program, lambda mb: bench.report.ours("stripped binary", "MB", mb))
    programs = {HTTP: peers.TOOLS / "floor_http", **{site.name: site.peer.program for site in bench.peers}}
    for column, program in programs.items():
        size_of(bench, program, lambda mb: bench.report.beside("stripped binary", "MB", column, mb))


def size_of(bench: Bench, program: Path | None, told: Callable[[float], None]) -> None:
    if program is None or not program.exists():
        return
    stripped = bench.new_dir() / "stripped"
    subprocess.run(["strip", "-o", stripped, program], check=True)
    told(stripped.stat().st_size / 1e6)
