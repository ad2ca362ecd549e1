# SPDX-License-Identifier: Apache-2.0
"""The model registry: moves of aliases, what an alias stands on, searches by tags, and how soon watchers are told."""

import asyncio
import signal
import statistics
import time
from pathlib import Path
from typing import Iterator

from tests.bench import registry_data as data
from tests.bench import watching
from tests.bench.bench import Bench
from tests.bench.figures import GROUP_COMMIT, HTTP, ONE_COMMIT, PEER_SLOW_S, by
from tests.bench.peers import ToolError
from tests.bench.site import API, Site

MOVERS = 32
MOVES = f"alias moves, {by(MOVERS)}"
ALIAS_CLIENTS = (1, 64)
ALIAS_GET = f"{API}/registered-models/alias?alias={data.ALIAS}&name="
NOUNS = {"versions": "model-versions", "models": "registered-models"}
WATCHED_MODELS = 100  # beside the one that is watched


def registry(bench: Bench) -> None:
    _ = bench.ours.registry
    moves(bench)
    alias_get(bench)
    for noun, name, variants in searches():
        search_at(bench.ours, name, noun, variants)
    watch(bench)
    for site in bench.peers:
        bench.at_peer(site, "the registry", peer)


def peer(site: Site, what: str) -> None:
    """All that a peer has, too."""
    if not site.peer.registry:
        raise ToolError("it has none")
    _ = site.rested().registry
    at_peer = site.bench.at_peer
    at_peer(site, MOVES, moves_at)
    for clients in ALIAS_CLIENTS:
        at_peer(site, f"get by alias, {by(clients)}", alias_get_at, clients)
    for noun, name, variants in searches():
        at_peer(site, name, search_at, noun, variants)


def moves(bench: Bench) -> None:
    """Moves of aliases, each client its own; acked means synced."""
    bench.settle()
    moves_at(bench.ours, MOVES)
    for column, calls in ((ONE_COMMIT, 1), (GROUP_COMMIT, MOVERS)):
        floor = bench.floor_sqlite("move", "--calls", calls, "--seconds", bench.scale.floor_seconds)
        bench.report.beside(MOVES, "calls/s", column, floor["rate"])


def moves_at(site: Site, name: str) -> None:
    done = site.load("move", MOVERS, "--runs", site.registry, "--rows", data.VERSIONS)
    site.bench.report.put(site, name, "calls/s", done["rate"], p50_us=done["p50_us"], p99_us=done["p99_us"])


def alias_get(bench: Bench) -> None:
    """The version that an alias stands on, of any model."""
    for clients in ALIAS_CLIENTS:
        name = f"get by alias, {by(clients)}"
        bench.settle()
        done = alias_get_at(bench.ours, name, clients)
        with bench.floor_http("--bytes", round(done["body_bytes"])) as floor:
            bare = bench.load("get", floor, clients, "--path", ALIAS_GET, "--lines", names(bench.ours))
        bench.report.beside(name, "calls/s", HTTP, bare["rate"])


def names(site: Site) -> Path:
    """A file of the names of all models."""
    return site.bench.lines([data.name(model) for model in range(site.registry)])


def alias_get_at(site: Site, name: str, clients: int) -> dict:
    last = site.registry - 1
    found = site.call("GET", ALIAS_GET + data.name(last))["model_version"]["version"]
    if found != str(data.alias_version(last)):
        raise ToolError(f"{site.name}: an alias stands on version {found}, not on {data.alias_version(last)}")
    done = site.load("get", clients, "--path", ALIAS_GET, "--lines", names(site))
    site.bench.report.put(site, name, "calls/s", done["rate"], p50_us=done["p50_us"], p99_us=done["p99_us"])
    return done


def searches() -> Iterator[tuple[str, str, list[data.Search]]]:
    """Of versions and of models, with three tests of tags: the noun, the figure's name, and the searches."""
    for noun in NOUNS:
        for name, variants in data.searches().items():
            yield noun, f"registry search of {noun}: {name}", variants


def search_at(site: Site, name: str, noun: str, variants: list[data.Search]) -> None:
    """One client. What is found is checked first."""
    path = f"{API}/{NOUNS[noun]}/search?"
    checked_us = 1e6 * check_search(site, path, noun, variants[0])
    if checked_us > PEER_SLOW_S * 1e6 and not site.is_ours:
        done = {"p50_us": checked_us, "p99_us": checked_us, "calls": 1}
    else:
        lines = site.bench.lines([variant.query() for variant in variants])
        more = () if site.is_ours else ("--warmup", 0)
        done = site.load("get", 1, "--path", path, "--lines", lines, *more)
    for quantile, key in (("median", "p50_us"), ("p99", "p99_us")):
        site.bench.report.put(site, f"{name}, {quantile}", "ms", done[key] / 1e3, calls=done["calls"])


def check_search(site: Site, path: str, noun: str, asked: data.Search) -> float:
    """That the first page has nothing but what must be found, and all of it or as much as a page holds. Seconds."""
    models = site.registry
    begin = time.monotonic()
    reply = site.call("GET", path + asked.query())
    took = time.monotonic() - begin
    if noun == "models":
        found = [each["name"] for each in reply.get("registered_models", [])]
        expected = asked.models(models)
    else:
        found = [(each["name"], each["version"]) for each in reply.get("model_versions", [])]
        expected = asked.versions(models)
    if len(found) != min(data.PAGE, len(expected)) or len(set(found)) != len(found) or not expected.issuperset(found):
        raise ToolError(f"{site.name}: a search of {noun} found {len(found)}, {found[:3]}...; it should find "
                        f"{data.PAGE} at most of {len(expected)}: {asked.query()}")
    return took


def watch(bench: Bench) -> None:
    """From the acknowledgement of a move to the moment at which a watcher has it. Ours only: nobody else can be
    watched. The time that the watchers' own client needs is in it."""
    with bench.ours.fresh() as site:
        told_at(site, f"{bench.scale.watchers} watchers told of a move")
        site.fill_registry(WATCHED_MODELS)
        load = bench.started("load", "move", "--port", site.server.port, "--clients", MOVERS, "--seconds", 3600,
                             "--runs", WATCHED_MODELS, "--rows", data.VERSIONS)
        try:
            told_at(site, f"{bench.scale.watchers} watchers told beside {MOVERS} who move other aliases")
            load.send_signal(signal.SIGTERM)
            beside = bench.finished(load)
        finally:
            load.kill()
        bench.report.ours(f"alias moves beside {bench.scale.watchers} watchers, {by(MOVERS)}", "calls/s",
                          beside["rate"])


def told_at(site: Site, name: str) -> None:
    scale = site.bench.scale
    told = asyncio.run(watching.told(site.server.port, scale.watchers, scale.watched_moves))
    cuts = statistics.quantiles(told, n=100)
    for what, share in (("median", 50), ("p99", 99)):
        site.bench.report.ours(f"{name}, {what}", "ms", 1e3 * cuts[share - 1], told=len(told))
