# SPDX-License-Identifier: Apache-2.0
"""runs/search, experiments/search, logged-models/search: filters, orders, views, pages"""

from typing import Any, Dict

from tests.parity import values
from tests.parity.calls import API, Call, Order, Paging, post
from tests.parity.filters import (EXPERIMENT_ORDERS, EXPERIMENT_ORDERS_BROKEN, filter_for, model_order, quoted, run_order)
from tests.parity.values import chance, one
from tests.parity.world import World

SIZES_BROKEN = [0, -1, 50001]
SIZES_REFUSED = [2.5, "x", True, [], None]


def view(world: World, call: Call, name: str) -> None:
    """A view, by name or number; unknown names are ignored, unknown numbers refused (by us)."""
    if world.wild and chance(world.rng, 0.5):
        call.body[name] = one(world.rng, values.VIEWS_REFUSED)
        call.traits.add("refused-value")
    elif chance(world.rng, 0.4):
        call.body[name] = one(world.rng, values.VIEWS if chance(world.rng, 0.8) else values.VIEWS_ODD)


def size_and_token(world: World, call: Call) -> None:
    """A page size, or now and then a broken one, or a broken token."""
    rng = world.rng
    if world.wild:
        call.body["max_results"] = one(rng, SIZES_REFUSED)
        call.traits.add("refused-value" if call.body["max_results"] is not None else "null")
    elif chance(rng, 0.6):
        size = rng.randrange(1, 9)
        call.body["max_results"] = one(rng, [size, size, str(size), float(size)])
    elif chance(rng, 0.1):
        call.body["max_results"] = one(rng, SIZES_BROKEN)
    elif chance(rng, 0.1):
        call.body["page_token"] = one(rng, values.TOKENS_BROKEN)
        call.traits.add("broken-token")


def runs(world: World) -> Call:
    rng = world.rng
    chosen = [world.experiment(None) for _ in range(one(rng, [1, 1, 1, 2]))]
    chosen = list({e.symbol: e for e in chosen}.values())
    body: Dict[str, Any] = {"experiment_ids": [e.id for e in chosen]}
    call = post("runs/search", body, paging=Paging("runs"), order=Order("runs"))
    if chance(rng, 0.7):
        body["filter"], _ = filter_for(world, "runs")
    if chance(rng, 0.5):
        body["order_by"], call.order, _ = run_order(world, any(e.random_names for e in chosen))
        if len(body["order_by"]) == 2 and body["order_by"][0] == body["order_by"][1]:
            call.traits.add("repeated-order")
    view(world, call, "run_view_type")
    if chance(rng, 0.05):
        body["experiment_ids"] = one(rng, [[], ["987654321"], ["abc"], [""], body["experiment_ids"] * 2])
    call.order.keys = [*call.order.keys, ("attributes", "start_time")]
    size_and_token(world, call)
    return call


def experiments(world: World) -> Call:
    """Only this seed's experiments are asked for: they share a prefix of their names."""
    rng = world.rng
    scope = f"name LIKE {quoted(world.prefix + '%')}"
    body: Dict[str, Any] = {"max_results": 1000, "filter": scope}
    call = post("experiments/search", body, paging=Paging("experiments"))
    if chance(rng, 0.7):
        text, _ = filter_for(world, "experiments")
        body["filter"] = f"{scope} AND {text}" if text.strip() else text
    if chance(rng, 0.5):
        body["order_by"] = [one(rng, EXPERIMENT_ORDERS if chance(rng, 0.88) else EXPERIMENT_ORDERS_BROKEN)
                            for _ in range(one(rng, [1, 1, 2]))]
    view(world, call, "view_type")
    size_and_token(world, call)
    if not world.wild and chance(rng, 0.1):
        del body["max_results"]
    return call


def models(world: World) -> Call:
    rng = world.rng
    chosen = list({e.symbol: e for e in [world.experiment(None) for _ in range(one(rng, [1, 1, 2]))]}.values())
    body: Dict[str, Any] = {"experiment_ids": [e.id for e in chosen]}
    call = Call("logged-models/search", "POST", API + "logged-models/search", body=body, paging=Paging("models"))
    if chance(rng, 0.65):
        body["filter"], broken = filter_for(world, "models")
        if broken:
            call.traits.add("broken-filter")
    if chance(rng, 0.5):
        body["order_by"], call.order, _ = model_order(world)
        if any(e.random_names for e in chosen) and any(o["field_name"] == "name" for o in body["order_by"]):
            call.order.free = True
    if chance(rng, 0.15):
        body["datasets"] = [one(rng, [{"dataset_name": "ds1", "dataset_digest": "d1"}, {"dataset_name": "none"}, {},
                                      {"dataset_digest": "d1"}])]
    size_and_token(world, call)
    if body.get("max_results") in (-1, 50001):
        del body["max_results"]
    return call


ACTIONS = [(runs, 12), (experiments, 4), (models, 5)]
