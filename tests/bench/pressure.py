# SPDX-License-Identifier: Apache-2.0
"""What happens to a call while others ask for much: trainers and readers together, thousands of silent connections, a
crowd of large transfers."""

import os
import resource
import signal
import socket
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from tests.bench import dataset
from tests.bench.bench import Bench
from tests.bench.peers import ToolError
from tests.bench.process import peak_bytes, reset_peak, resident_bytes
from tests.bench.site import API, Site

MIB = 2**20
TRAINERS, READERS = 8, 4
MIXED_RUNS = 500  # that the readers ask for
MIXED_SEARCHES = ("metric, 1 in 2", "three weak conditions, 6 in 10")
OTHERS = 4  # clients beside the silent connections
CROWD = 8  # uploads, and as many downloads
CROWD_CALLS = ("log-metric", "runs/search", "runs/get")
WITHOUT = "without them"


def mixed(bench: Bench) -> None:
    """Trainers and readers at once, each as fast as it is answered: every kind of call by itself."""
    mixed_at(bench.ours, "mixed load")
    for site in bench.peers:
        bench.at_peer(site, "mixed load", mixed_at)


def mixed_at(site: Site, name: str) -> None:
    put = site.bench.report.put
    arguments = mixed_arguments(site, TRAINERS)
    reset_peak(site.server.pid)
    done = site.load("train", TRAINERS + READERS, *arguments)
    put(site, f"{name}: all calls", "calls/s", done["rate"])
    for kind, latency in done["kinds"].items():
        put(site, f"{name}: {kind}, median", "ms", latency["p50_us"] / 1e3, calls=latency["calls"])
        put(site, f"{name}: {kind}, p99", "ms", latency["p99_us"] / 1e3)
    put(site, f"{name}: peak memory", "MiB", peak_bytes(site.server.pid) / MIB)


def mixed_arguments(site: Site, trainers: int) -> tuple:
    """Of load's train: what the readers ask for is made first."""
    experiment = site.new_experiment("read")
    ids, _ = site.fill(experiment, min(MIXED_RUNS, site.bench.scale.runs // 20))
    bodies = [variant.body(experiment) for name in MIXED_SEARCHES for variant in dataset.searches()[name]]
    return ("--trainers", trainers, "--experiment", site.new_experiment("trained"), "--ids", ids, "--lines",
            site.bench.lines(bodies))


def connections(bench: Bench) -> None:
    """Connections that have asked once and now keep silent: their memory, and what they cost the others."""
    name = f"{bench.scale.connections:,} idle connections"
    connections_at(bench.ours, name)
    for site in bench.peers:
        bench.at_peer(site, name, connections_at)


def connections_at(site: Site, name: str) -> None:
    allow_descriptors(site.bench.scale.connections + 256)
    with site.fresh() as fresh:
        ids, _ = fresh.fill(fresh.new_experiment("read"), 100)
        before = others(fresh, ids)
        with held(fresh, site.bench.scale.connections) as sockets:
            memory = resident_bytes(fresh.server.pid)
            beside = others(fresh, ids)
            lost = sum(is_closed(each) for each in sockets)
        if lost:
            site.bench.report.note(f"{site.name} closed {lost:,} of the {len(sockets):,} idle connections.")
        site.bench.report.put(site, f"{name}: memory", "MB", memory / 1e6)
        for call, latency in beside.items():
            site.bench.report.put(site, f"{name}: {call} beside them, p99", "ms", latency)
            if site.is_ours:
                site.bench.report.beside(f"{name}: {call} beside them, p99", "ms", WITHOUT, before[call])


def others(site: Site, ids: Path) -> dict[str, float]:
    """p99 in ms of a write and of a read."""
    write = site.load("log-metric", OTHERS, "--lines", ids)
    read = site.load("get", OTHERS, "--path", f"{API}/runs/get?run_id=", "--lines", ids)
    return {"log-metric": write["p99_us"] / 1e3, "runs/get": read["p99_us"] / 1e3}


def allow_descriptors(n: int) -> None:
    """For this process, and for the servers that it starts from now on."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < n:
        raise ToolError(f"this needs {n:,} file descriptors, and the limit is {hard:,} (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextmanager
def held(site: Site, n: int) -> Iterator[list[socket.socket]]:
    """So many connections that have had one reply each."""
    sockets: list[socket.socket] = []
    try:
        for _ in range(n):
            sockets.append(socket.create_connection(("127.0.0.1", site.server.port), timeout=30))
            sockets[-1].sendall(f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{site.server.port}\r\n\r\n".encode())
            if b" 200 " not in sockets[-1].recv(4096):
                raise ToolError(f"connection {len(sockets):,} was not answered with 200")
        yield sockets
    finally:
        for each in sockets:
            each.close()


def is_closed(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(4096, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def crowd(bench: Bench) -> None:
    """Metadata beside 8 uploads and 8 downloads of files that are not in the page cache."""
    name = f"beside {CROWD} uploads and {CROWD} cold downloads"
    size = bench.scale.crowd_bytes
    with bench.ours.fresh() as site:
        root = site.artifact_root()
        arguments = mixed_arguments(site, 1)
        for i in range(CROWD):
            bench.finished(transfer(site, "put", f"{root}/cold-{i}.bin", 100 + i))
        bench.settle()
        alone = site.load("train", 2, *arguments)
        make_cold(site.server.data_dir)
        reset_peak(site.server.pid)
        load = bench.started("load", "train", "--port", site.server.port, "--clients", 2, "--seconds", 3600, *arguments)
        moved = run_crowd(site, root)
        load.send_signal(signal.SIGTERM)
        beside = bench.finished(load)["kinds"]
        memory = peak_bytes(site.server.pid)
    for verb, seconds in moved.items():
        each = f"{CROWD} {verb}s at once, of {size // MIB:,} MiB each"
        bench.report.ours(each, "MiB/s", CROWD * size / MIB / seconds)
    for call in CROWD_CALLS:
        for what, key in (("median", "p50_us"), ("p99", "p99_us")):
            bench.report.ours(f"{call} {name}, {what}", "ms", beside[call][key] / 1e3, calls=beside[call]["calls"])
            bench.report.beside(f"{call} {name}, {what}", "ms", WITHOUT, alone["kinds"][call][key] / 1e3)
    bench.report.ours(f"peak memory {name}", "MiB", memory / MIB)


def transfer(site: Site, verb: str, path: str, seed: int = 0):
    """One that is under way."""
    return site.bench.started("transfer", verb, "--port", site.server.port, "--path", path, "--bytes",
                              site.bench.scale.crowd_bytes, "--seed", seed)


def run_crowd(site: Site, root: str) -> dict[str, float]:
    """All transfers at once; the seconds until the last upload, and the last download, has ended."""
    under_way = [("upload", transfer(site, "put", f"{root}/new-{i}.bin", 200 + i)) for i in range(CROWD)]
    under_way += [("download", transfer(site, "get", f"{root}/cold-{i}.bin")) for i in range(CROWD)]
    slowest: dict[str, float] = {}
    try:
        for verb, process in under_way:
            done = site.bench.finished(process)
            if done["bytes"] != site.bench.scale.crowd_bytes:
                raise ToolError(f"a {verb} moved {done['bytes']:,} bytes of {site.bench.scale.crowd_bytes:,}")
            slowest[verb] = max(slowest.get(verb, 0), done["seconds"])
    finally:
        for _, process in under_way:
            process.kill()
    return slowest


def make_cold(directory: Path) -> None:
    """Takes all large files below it out of the page cache."""
    os.sync()
    for path in directory.rglob("*"):
        if not path.is_file() or path.stat().st_size < MIB:
            continue
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
