# SPDX-License-Identifier: Apache-2.0
"""What is measured. Each group adds figures of the server under test to the report, and the floors beside them."""

import json
import os
import re
import shutil
import statistics
import subprocess
import time
from http.client import HTTPConnection
from typing import Callable

import psutil

from tests.bench import dataset, peers
from tests.bench.bench import API, ARTIFACTS, Bench, ToolError
from tests.support.servers import Server

MIB = 2**20
ONE_COMMIT = "SQLite, a commit a call"
GROUP_COMMIT = "SQLite, a commit for all clients"
HTTP = "libmicrohttpd"
HISTORY_PAGE = 25_000  # what the stock client asks for
LOGGED_RUNS = 16


def log_metric(bench: Bench) -> None:
    """Acked, synced points, one a call."""
    single = bench.floor_sqlite("log", "--calls", 1, "--seconds", int(bench.scale.seconds))
    for clients in (1, 16, 64, 256):
        name = f"log-metric, {clients} client{'s' if clients > 1 else ''}"
        bench.settle()
        done = bench.load("log-metric", bench.server, clients, "--lines", bench.new_runs(LOGGED_RUNS))
        bench.report.ours(name, "calls/s", done["rate"], p50_us=done["p50_us"], p99_us=done["p99_us"])
        bench.report.beside(name, "calls/s", ONE_COMMIT, single["rate"])
        if clients > 1:
            group = bench.floor_sqlite("log", "--calls", clients, "--seconds", int(bench.scale.seconds))
            bench.report.beside(name, "calls/s", GROUP_COMMIT, group["rate"])
        else:
            bench.report.ours("log-metric, 1 client, median", "µs", done["p50_us"])
            bench.report.beside("log-metric, 1 client, median", "µs", ONE_COMMIT, single["p50_us"])
        with bench.floor_http("--bytes", 2) as floor:
            bare = bench.load("log-metric", floor, clients, "--lines", bench.lines(["0" * 32]))
        bench.report.beside(name, "calls/s", HTTP, bare["rate"])


def log_batch(bench: Bench) -> None:
    """Acked, synced points, many a call: 10 keys, as many steps as it takes."""
    for rows, clients in ((10, 16), (1000, 4)):
        name = f"log-batch of {rows:,}"
        bench.settle()
        done = bench.load("log-batch", bench.server, clients, "--rows", rows, "--lines", bench.new_runs(LOGGED_RUNS))
        bench.report.ours(name, "rows/s", done["rows_rate"], clients=clients, p50_us=done["p50_us"],
                          p99_us=done["p99_us"])
        for column, calls in ((ONE_COMMIT, 1), (GROUP_COMMIT, clients)):
            floor = bench.floor_sqlite("log", "--rows", rows, "--calls", calls, "--seconds", int(bench.scale.seconds))
            bench.report.beside(name, "rows/s", column, floor["rows_rate"])


def runs_get(bench: Bench) -> None:
    """Runs of 20 metrics, 5 params and 5 tags, any of the dataset."""
    ids = bench.dataset[1]
    path = f"{API}/runs/get?run_id="
    for clients in (1, 16, 64, 256):
        name = f"runs/get, {clients} client{'s' if clients > 1 else ''}"
        bench.settle()
        done = bench.load("get", bench.server, clients, "--path", path, "--lines", ids)
        bench.report.ours(name, "calls/s", done["rate"], p50_us=done["p50_us"], p99_us=done["p99_us"],
                          body_bytes=done["body_bytes"])
        with bench.floor_http("--bytes", round(done["body_bytes"])) as floor:
            bare = bench.load("get", floor, clients, "--path", path, "--lines", ids)
        bench.report.beside(name, "calls/s", HTTP, bare["rate"])


def search(bench: Bench) -> None:
    """Searches of different selectivity, one client. What they find is checked first."""
    experiment = bench.dataset[0]
    every = []
    for name, variants in dataset.searches().items():
        check_search(bench, experiment, name, variants[0])
        bodies = [variant.body(experiment) for variant in variants]
        every += bodies
        done = ask(bench, bench.server, bodies)
        bench.report.ours(f"search: {name}, median", "ms", done["p50_us"] / 1e3, p99_ms=done["p99_us"] / 1e3,
                          calls=done["calls"], body_bytes=done["body_bytes"])
        bench.report.ours(f"search: {name}, p99", "ms", done["p99_us"] / 1e3)
    done = ask(bench, bench.server, every)
    with bench.floor_http("--bytes", round(done["body_bytes"])) as floor:
        bare = ask(bench, floor, every)
    for quantile, key in (("median", "p50_us"), ("p99", "p99_us")):
        bench.report.ours(f"search: all of these, {quantile}", "ms", done[key] / 1e3)
        bench.report.beside(f"search: all of these, {quantile}", "ms", HTTP, bare[key] / 1e3)


def ask(bench: Bench, server: Server, bodies: list[str]) -> dict:
    return bench.load("post", server, 1, "--path", f"{API}/runs/search", "--lines", bench.lines(bodies))


def check_search(bench: Bench, experiment: str, name: str, asked: dataset.Search) -> None:
    reply = bench.call("POST", f"{API}/runs/search", asked.body(experiment))
    found = list(dataset.run_numbers(reply))
    expected = asked.expected(bench.scale.runs)[:100]
    if found != expected:
        raise ToolError(f"search \"{name}\" found {len(found)} runs, {found[:5]}...; "
                        f"it should find {len(expected)}, {expected[:5]}...: {asked.body(experiment)}")


def pages(bench: Bench) -> None:
    """Pages of 1,000 runs: the first, and the 50th that tokens lead to."""
    experiment = bench.dataset[0]
    for name, asked in dataset.PAGED.items():
        expected = asked.expected(bench.scale.runs)
        last = min(50, max(1, len(expected) // 1000))
        tokens = [""]
        for page in range(last):
            reply = bench.call("POST", f"{API}/runs/search", asked.body(experiment, 1000, tokens[page]))
            if list(dataset.run_numbers(reply)) != expected[page * 1000:(page + 1) * 1000]:
                raise ToolError(f"page {page + 1} of 1,000 ({name}) has not the right runs")
            tokens.append(reply.get("next_page_token", ""))
        first = ask(bench, bench.server, [asked.body(experiment, 1000)])
        deep = ask(bench, bench.server, [asked.body(experiment, 1000, tokens[last - 1])])
        with bench.floor_http("--bytes", round(first["body_bytes"])) as floor:
            bare = ask(bench, floor, [asked.body(experiment, 1000)])
        bench.report.ours(f"page 1 of 1,000: {name}", "ms", first["p50_us"] / 1e3, p99_ms=first["p99_us"] / 1e3)
        bench.report.beside(f"page 1 of 1,000: {name}", "ms", HTTP, bare["p50_us"] / 1e3)
        bench.report.ours(f"page {last} of 1,000: {name}", "ms", deep["p50_us"] / 1e3, p99_ms=deep["p99_us"] / 1e3)
        bench.report.beside(f"page {last} of 1,000: {name}", "ms", "its first page", first["p50_us"] / 1e3)


def history(bench: Bench) -> None:
    """All points of one metric of one run, in pages as the client asks for them."""
    points = bench.scale.points
    ids = bench.new_runs(1)
    bench.load("log-batch", bench.server, 4, "--rows", 1000, "--keys", 1, "--lines", ids, count=points // 1000)
    bench.settle()
    run = ids.read_text().strip()
    times = [read_history(bench, run, points) for _ in range(bench.scale.rounds)]
    name = f"get-history of {points:,} points"
    bench.report.ours(name, "s", statistics.median(times))
    floor = bench.floor_sqlite("history", "--rows", points)
    bench.report.beside(name, "s", "SQLite, rows only", floor["seconds"])


def read_history(bench: Bench, run: str, points: int) -> float:
    """Seconds for all pages; counts the points afterwards."""
    path = f"{API}/metrics/get-history?run_uuid={run}&run_id={run}&metric_key=m0&max_results={HISTORY_PAGE}"
    bodies, token = [], ""
    connection = HTTPConnection("127.0.0.1", bench.server.port, timeout=300)
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


def artifact_root(bench: Bench) -> str:
    """The path under which a new run's artifacts are put and got."""
    run = bench.new_runs(1).read_text().strip()
    info = bench.call("GET", f"{API}/runs/get?run_id={run}")["run"]["info"]
    return f"{ARTIFACTS}/{info['artifact_uri'].removeprefix('mlflow-artifacts:/')}"


def put(bench: Bench) -> None:
    """One client sends one large artifact, never seen before."""
    root = artifact_root(bench)
    ours, written, bare = [], [], []
    with bench.floor_http("--bytes", 2) as floor:
        for i in range(bench.scale.rounds):
            bench.settle()
            ours.append(transfer(bench, bench.server, "put", f"{root}/big-{i}.bin", seed=i + 1))
            bench.settle()
            done = bench.tool("floor_write", "--dir", bench.dir, "--bytes", bench.scale.bytes)
            written.append(done["rate"] / MIB)
            bare.append(transfer(bench, floor, "put", "/big.bin", seed=i + 1))
    bench.report.ours("PUT", "MiB/s", statistics.median(ours), bytes=bench.scale.bytes)
    bench.report.beside("PUT", "MiB/s", "SHA-256 + write + fsync", statistics.median(written))
    bench.report.beside("PUT", "MiB/s", f"{HTTP}, kept nowhere", statistics.median(bare))


def get(bench: Bench) -> None:
    """One client takes one large artifact, which is in the page cache."""
    path = f"{artifact_root(bench)}/big.bin"
    transfer(bench, bench.server, "put", path, seed=1000)
    directory = bench.new_dir()
    file = directory / "big.bin"
    write_noise(file, bench.scale.bytes)
    bench.settle()
    ours, nginx, bare = [], [], []
    with peers.nginx(directory, directory).start() as web, bench.floor_http("--file", file) as floor:
        for _ in range(bench.scale.rounds + 1):
            ours.append(transfer(bench, bench.server, "get", path))
            nginx.append(transfer(bench, web, "get", "/big.bin"))
            bare.append(transfer(bench, floor, "get", "/big.bin"))
    # The first round only warms the page cache.
    bench.report.ours("GET", "MiB/s", statistics.median(ours[1:]), bytes=bench.scale.bytes)
    bench.report.beside("GET", "MiB/s", "nginx sendfile", statistics.median(nginx[1:]))
    bench.report.beside("GET", "MiB/s", f"{HTTP} sendfile", statistics.median(bare[1:]))
    shutil.rmtree(directory)


def write_noise(path, n: int) -> None:
    block = os.urandom(min(n, 16 * MIB))
    with open(path, "wb") as file:
        for _ in range(n // len(block)):
            file.write(block)


def idle(bench: Bench) -> None:
    """Resident memory of a server that has just come up on an empty folder."""
    bench.report.ours("idle memory", "MiB", resident_mib(bench.new_server().start()))
    with bench.floor_http("--bytes", 2) as floor:
        bench.report.beside("idle memory", "MiB", HTTP, resident_mib(floor))


def resident_mib(server: Server) -> float:
    """Of the process and its children, once it no longer changes."""
    before = -1
    while True:
        process = psutil.Process(server.pid)
        now = sum(each.memory_info().rss for each in (process, *process.children(recursive=True)))
        if now == before:
            return now / MIB
        before = now
        time.sleep(0.5)


def start(bench: Bench) -> None:
    """From exec to the first 200 of /health."""
    rounds = 2 * bench.scale.rounds + 1
    fresh, again, bare = [], [], []
    for _ in range(rounds):
        server = bench.new_server()
        for times in (fresh, again):
            times.append(peers.start_timed(server) * 1e3)
            server.stop()
        with peers.libmicrohttpd(bench.new_dir(), "--bytes", 2) as floor:
            bare.append(peers.start_timed(floor) * 1e3)
    for name, times in (("start, new folder", fresh), ("start, used folder", again)):
        bench.report.ours(name, "ms", statistics.median(times))
        bench.report.beside(name, "ms", HTTP, statistics.median(bare))


def size(bench: Bench) -> None:
    """The program without its symbols."""
    if bench.peer.program is None:
        return
    for column, program in ((None, bench.peer.program), (HTTP, peers.TOOLS / "floor_http")):
        stripped = bench.new_dir() / "stripped"
        subprocess.run(["strip", "-o", stripped, program], check=True)
        mb = stripped.stat().st_size / 1e6
        if column is None:
            bench.report.ours("stripped binary", "MB", mb)
        else:
            bench.report.beside("stripped binary", "MB", column, mb)


# In the order in which they run: what writes little and needs an empty server comes first.
GROUPS: dict[str, Callable[[Bench], None]] = {
    "size": size, "start": start, "idle": idle, "log-metric": log_metric, "log-batch": log_batch, "get": get,
    "put": put, "runs-get": runs_get, "search": search, "pages": pages, "history": history,
}
