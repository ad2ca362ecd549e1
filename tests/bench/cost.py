# SPDX-License-Identifier: Apache-2.0
"""What a call costs, counted and not timed: syncs, and instructions. These hardly depend on the machine."""

import re
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Callable

from tests.bench import peers, registry_data
from tests.bench.bench import Bench
from tests.bench.peers import ToolError
from tests.bench.site import API, Site
from tests.support.servers import Server

INSTRUCTED_MODELS = 50
SYNCED_CALLS = 100  # of each client of ours; of all clients of a peer, which is slower
HTTP = "libmicrohttpd"


def syncs(bench: Bench) -> None:
    """Syncs (fsync and the like) that the server asks for, for each acked log-metric."""
    syncs_at(bench.ours, "syncs per acked log-metric")
    for site in bench.peers:
        bench.at_peer(site, "syncs per acked log-metric", syncs_at)


def syncs_at(site: Site, name: str) -> None:
    if not site.peer.loads_library:
        raise ToolError("it is linked statically, so nothing can be preloaded that counts")
    counter = site.bench.new_dir() / "syncs"
    counter.write_bytes(bytes(8))
    with site.fresh(LD_PRELOAD=str(peers.TOOLS / "count_syncs.so"), RS_BENCH_SYNCS=str(counter)) as fresh:
        runs = fresh.new_runs(16)
        for clients in (1, 64):
            before = read_counter(counter)
            done = fresh.load("log-metric", clients, "--lines", runs,
                              count=SYNCED_CALLS * (clients if site.is_ours else 1))
            n = (read_counter(counter) - before) / done["calls"]
            plural = "s" if clients > 1 else ""
            site.bench.report.put(site, f"{name}, {clients} client{plural}", "syncs", n)


def read_counter(path: Path) -> int:
    return struct.unpack("=Q", path.read_bytes())[0]


def instructions(bench: Bench) -> None:
    """Instructions of all of the server's threads for a call, counted by callgrind. Ours, and bare libmicrohttpd's."""
    if shutil.which("valgrind") is None:
        raise RuntimeError("there is no valgrind (Debian: valgrind)")
    n = bench.scale.instructed
    out = bench.new_dir() / "ours"
    with bench.ours.fresh(prefix=callgrind(out)) as site:
        ids, _ = site.fill(site.new_experiment("read"), 50)
        site.fill_registry(INSTRUCTED_MODELS)
        sizes = {}
        for name, ask in asked(bench, site.server, ids).items():
            ask(n // 10)
            told, done = counted(site.server, out, lambda: ask(n))
            bench.report.ours(f"instructions per {name}", "", told / n)
            sizes[name] = round(done["body_bytes"])
    for name, size in sizes.items():
        bare = peers.libmicrohttpd(bench.new_dir(), "--bytes", size)
        out = bench.new_dir() / "bare"
        bare.argv[:0] = callgrind(out)
        with bare.start():
            ask = asked(bench, bare, ids)[name]
            ask(n // 10)
            told, _ = counted(bare, out, lambda: ask(n))
        bench.report.beside(f"instructions per {name}", "", HTTP, told / n)


def asked(bench: Bench, server: Server, runs: Path) -> dict[str, Callable[[int], dict]]:
    """By name: makes so many calls."""
    to_get = ("--path", f"{API}/runs/get?run_id=", "--lines", runs)
    names = bench.lines([registry_data.name(model) for model in range(INSTRUCTED_MODELS)])
    by_alias = ("--path", f"{API}/registered-models/alias?alias={registry_data.ALIAS}&name=", "--lines", names)
    to_move = ("--runs", INSTRUCTED_MODELS, "--rows", registry_data.VERSIONS)
    return {
        "log-metric, 1 client": lambda n: bench.load("log-metric", server, 1, "--lines", runs, count=n),
        "log-metric, 16 clients": lambda n: bench.load("log-metric", server, 16, "--lines", runs, count=n),
        "runs/get, 1 client": lambda n: bench.load("get", server, 1, *to_get, count=n),
        "get by alias, 1 client": lambda n: bench.load("get", server, 1, *by_alias, count=n),
        "alias move, 16 clients": lambda n: bench.load("move", server, 16, *to_move, count=n),
    }


def callgrind(out: Path) -> list[str]:
    """The command before a server whose instructions are counted only when `counted` says so."""
    return ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}"]


def counted(server: Server, out: Path, work: Callable[[], dict]) -> tuple[int, dict]:
    """The instructions of the server while `work` runs, and what it returned."""
    before = set(out.parent.glob(f"{out.name}.*"))
    control(server, "--instr=on")
    done = work()
    control(server, "--dump")
    control(server, "--instr=off")
    [dump] = set(out.parent.glob(f"{out.name}.*")) - before
    found = re.search(r"^totals: (\d+)", dump.read_text(), re.MULTILINE)
    if found is None:
        raise ToolError(f"callgrind wrote no totals to {dump}")
    return int(found.group(1)), done


def control(server: Server, what: str) -> None:
    subprocess.run(["callgrind_control", what, str(server.pid)], check=True, capture_output=True)
