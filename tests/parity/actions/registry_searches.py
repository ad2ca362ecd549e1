# SPDX-License-Identifier: Apache-2.0
"""registered-models/search and model-versions/search. Only what this seed has made is asked for: its names share a prefix."""

from tests.parity import values
from tests.parity.calls import Call, Paging, get
from tests.parity.filters import filter_for, quoted
from tests.parity.values import chance, one
from tests.parity.world import World

SIZES_BROKEN = {"registered-models/search": [0, -1, 1001, "x", "2.5", "", "true"],
                "model-versions/search": [0, -1, 200001, "x", "2.5", "", "true"]}
ORDERS = {"registered-models/search": ["name", "name DESC", "timestamp", "timestamp DESC", "last_updated_timestamp", "name  ASC",
                                       "last_updated_timestamp desc", "`name`", "name asc"],
          "model-versions/search": ["name", "name DESC", "version_number", "version_number DESC", "creation_timestamp",
                                    "creation_timestamp DESC", "last_updated_timestamp", "last_updated_timestamp DESC", "name asc"]}
ORDERS_BROKEN = ["foo", "name FOO", "", " ", "tags.a", "name ASC DESC", "name, name", "1", "creation_timestamp x", "version",
                 "attribute.name", "'name'", "run_id", "source_path"]


def search(world: World, route: str, what: str) -> Call:
    rng = world.rng
    scope = f"name LIKE {quoted(world.prefix + '%')}"
    text = f" AND {filter_for(world, what)[0]}" if chance(rng, 0.7) else ""
    call = get(route, ("filter", scope + text), paging=Paging(what))
    if chance(rng, 0.5):
        pool = ORDERS[route] if chance(rng, 0.88) else ORDERS_BROKEN
        call.query += [("order_by", one(rng, pool)) for _ in range(one(rng, [1, 1, 2]))]
    if chance(rng, 0.5):
        call.query.append(("max_results", rng.randrange(1, 9)))
    elif chance(rng, 0.15):
        call.query.append(("max_results", one(rng, SIZES_BROKEN[route])))
    elif chance(rng, 0.1):
        call.query.append(("page_token", one(rng, values.TOKENS_BROKEN)))
        call.traits.add("broken-token")
    return call


def models(world: World) -> Call:
    return search(world, "registered-models/search", "registered_models")


def versions(world: World) -> Call:
    return search(world, "model-versions/search", "model_versions")


ACTIONS = [(models, 5), (versions, 6)]
