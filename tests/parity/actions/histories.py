# SPDX-License-Identifier: Apache-2.0
"""metrics/get-history and its two bulk forms"""

from tests.parity import values
from tests.parity.calls import AJAX, Call, Order, Paging, get, post
from tests.parity.values import chance, one
from tests.parity.world import Run, World

SIZES_ODD = ["0", "-1"]
SIZES_REFUSED = ["x", "1.5", "2147483648", ""]


def metric_of(world: World, run: Run) -> str:
    if run.metrics and chance(world.rng, 0.9):
        return one(world.rng, sorted(run.metrics))
    return one(world.rng, ["missing", "", "a"])


def history(world: World) -> Call:
    rng, run = world.rng, world.run(None, "metrics")
    query = [(one(rng, ["run_id", "run_id", "run_uuid"]), run.id), ("metric_key", metric_of(world, run))]
    order = Order("metrics", [("point", "timestamp"), ("point", "step")])
    call = get("metrics/get-history", *query, order=order)
    if world.wild:
        call.query.append(("max_results", one(rng, SIZES_REFUSED)))
        call.traits.add("refused-value")
    elif chance(rng, 0.5):
        call.query.append(("max_results", str(rng.randrange(1, 8))))
        call.paging = Paging("metrics")
    elif chance(rng, 0.3):
        call.query.append(("max_results", one(rng, SIZES_ODD)))
    elif chance(rng, 0.3):
        call.query.append(("page_token", one(rng, values.TOKENS_BROKEN)))
    return call


def bulk(world: World) -> Call:
    """Several runs are only asked for uncut, as the servers order runs by ids that differ."""
    rng = world.rng
    runs = [world.run(None, "metrics") for _ in range(one(rng, [1, 1, 2, 3]))]
    query = [("run_id", run.id) for run in runs] + [("metric_key", metric_of(world, runs[0]))]
    if chance(rng, 0.1):
        query.pop(rng.randrange(len(query)))
    if chance(rng, 0.05):
        query += [("run_id", f"x{n}") for n in range(99)]
    call = Call("metrics/get-history-bulk", "GET", AJAX + "metrics/get-history-bulk", query=query,
                order=Order("metrics", [("point", "run_id"), ("point", "timestamp"), ("point", "step")]))
    if world.wild:
        call.query.append(("max_results", one(rng, ["x", "1.5", "-1", ""])))
        call.traits.add("refused-value")
    elif len(runs) == 1 and chance(rng, 0.5):
        call.query.append(("max_results", str(rng.randrange(0, 6))))
    elif chance(rng, 0.3):
        call.query.append(("max_results", "30000"))
    return call


def long_history(world: World) -> Call:
    """Hundreds of points with uneven steps, in no order: what a chart samples."""
    rng, run, step, points = world.rng, world.run(False), -100, []
    for _ in range(one(rng, [101, 320, 777])):
        step += one(rng, [0, 1, 1, 2, 7, 50])
        points.append({"key": "long", "value": one(rng, [rng.random(), rng.random(), -1.0, "NaN"]),
                       "timestamp": rng.randrange(1, 5000), "step": step})
    rng.shuffle(points)
    return post("runs/log-batch", {"run_id": run.id, "metrics": points}, then=lambda: run.metrics.add("long"))


def interval(world: World) -> Call:
    rng = world.rng
    runs = [world.run(None, "metrics") for _ in range(one(rng, [1, 1, 2, 3]))]
    query = [("run_ids", run.id) for run in runs] + [("metric_key", metric_of(world, runs[0]))]
    if chance(rng, 0.06):
        query.pop(rng.randrange(len(query)))
    if chance(rng, 0.04):
        query += [("run_ids", f"x{n}") for n in range(98 + rng.randrange(3))]
    if chance(rng, 0.6):
        query.append(("max_results", one(rng, ["1", "2", "3", "5", "7", "100", "320", "2500", "2501", "0", "-1", "x"])))
    if chance(rng, 0.4):
        start = rng.randrange(-2, 5)
        bounds = [("start_step", str(start)), ("end_step", str(start + rng.randrange(-1, 4)))]
        query += bounds if chance(rng, 0.85) else bounds[:1]
    mount = one(rng, [AJAX, "/api/2.0/mlflow/"])
    return Call("metrics/get-history-bulk-interval", "GET", mount + "metrics/get-history-bulk-interval", query=query)


ACTIONS = [(history, 4), (bulk, 2), (interval, 3), (long_history, 1)]
