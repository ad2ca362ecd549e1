# SPDX-License-Identifier: Apache-2.0
"""runs/*: the life of a run and what is logged to it"""

from typing import Any, Dict, List

from tests.parity import values
from tests.parity.actions.experiments import some_id
from tests.parity.calls import Call, get, post
from tests.parity.values import ABSENT, chance, one
from tests.parity.world import Run, World

PARAM_LIMIT, TAG_LIMIT = 6000, 8000


def cleaned(body: Dict[str, Any]) -> Dict[str, Any]:
    return {key: value for key, value in body.items() if value is not ABSENT}


def named(world: World, run_id: str) -> Dict[str, str]:
    """run_id as the client sends it: mostly with the old run_uuid beside it, seldom only that."""
    both = {"run_uuid": run_id, "run_id": run_id}
    return one(world.rng, [both, both, {"run_id": run_id}, {"run_id": run_id}, {"run_uuid": run_id},
                           {"run_uuid": "ignored", "run_id": run_id}])


def picked(world: World, wanting: str = "") -> Run:
    return world.run(None if chance(world.rng, 0.05) else False, wanting)


def id_or_nothing(world: World, run: Run) -> str:
    return run.id if not chance(world.rng, 0.03) else world.nowhere("run")


def mark(call: Call, *picks: values.Pick) -> Call:
    if any(pick.refused for pick in picks):
        call.traits.add("refused-value")
    return call


def create(world: World) -> Call:
    rng, symbol = world.rng, world.symbol("run")
    chosen = world.experiment(None if chance(rng, 0.05) else False)
    start = values.integer(rng, world.wild) if chance(rng, 0.15) else values.Pick(1000 + world.number())
    body = {"experiment_id": chosen.id, "start_time": start.value, "user_id": one(rng, ["u", "root", "", ABSENT, "naïve"])}
    if chance(rng, 0.9):
        body["run_name"] = one(rng, values.NAMES) + one(rng, ["", "", "-2"])
    if chance(rng, 0.6):
        body["tags"] = values.tag_list(rng, rng.randrange(4), TAG_LIMIT)
    if chance(rng, 0.1):
        body.setdefault("tags", []).append({"key": "mlflow.runName", "value": one(rng, [body.get("run_name", "t"), "other"])})
    if chance(rng, 0.04):
        body["experiment_id"] = some_id(world)
    if chance(rng, 0.03) and body.get("tags"):
        body["tags"].append(dict(body["tags"][0]))
    made = Run(symbol, chosen, world.wild, tags={tag["key"] for tag in body.get("tags", ())})
    made_up = not body.get("run_name") and all(tag["key"] != "mlflow.runName" for tag in body.get("tags", ()))

    def then() -> None:
        if body["experiment_id"] == chosen.id:
            chosen.runs.append(made)
            chosen.random_names |= made_up
    saves = {symbol: "run.info.run_id", **({world.symbol("name"): "run.info.run_name"} if made_up else {})}
    call = post("runs/create", cleaned(body), saves=saves, then=then)
    return mark(call, start)


def read(world: World) -> Call:
    run_id = id_or_nothing(world, picked(world))
    key = one(world.rng, ["run_id", "run_id", "run_uuid"])
    query = [("run_uuid", run_id), ("run_id", run_id)] if chance(world.rng, 0.3) else [(key, run_id)]
    return get("runs/get", *query)


def update(world: World) -> Call:
    rng, run = world.rng, picked(world)
    body: Dict[str, Any] = named(world, id_or_nothing(world, run))
    end = values.integer(rng, world.wild)
    if chance(rng, 0.7):
        body["status"] = one(rng, values.ENUM_STATUS)
    elif chance(rng, 0.5):
        body["status"] = one(rng, values.ENUM_STATUS_ODD if chance(rng, 0.5) else values.ENUM_STATUS_BROKEN)
    picks = []
    if chance(rng, 0.5):
        body["end_time"] = end.value
        picks.append(end)
    if chance(rng, 0.4):
        body["run_name"] = one(rng, values.NAMES + [""])
    if world.wild and chance(rng, 0.3):
        picks.append(values.Pick(one(rng, values.ENUM_STATUS_REFUSED), True))
        body["status"] = picks[-1].value
    return mark(post("runs/update", body), *picks)


def delete(world: World) -> Call:
    run = picked(world)

    def then() -> None:
        run.deleted = True
    return post("runs/delete", {"run_id": id_or_nothing(world, run)}, then=then)


def restore(world: World) -> Call:
    run = world.run(True)

    def then() -> None:
        run.deleted = False
    return post("runs/restore", {"run_id": id_or_nothing(world, run)}, then=then)


def point(world: World, run: Run) -> Dict[str, Any]:
    """One metric as the wire has it; without `run_id`."""
    rng = world.rng
    value = values.double(rng, world.wild and chance(rng, 0.4))
    stamp = values.integer(rng, world.wild and chance(rng, 0.2), negative=chance(rng, 0.1))
    step = values.integer(rng, world.wild and chance(rng, 0.2))
    if not (value.refused or stamp.refused or step.refused) and chance(rng, 0.7):
        step = values.Pick(rng.randrange(5))
        stamp = values.Pick(rng.randrange(5))
    made = {"key": world.key(run.metrics), "value": value.value, "timestamp": stamp.value, "step": step.value}
    if chance(rng, 0.1):
        del made["step"]
    made["refused"] = value.refused or stamp.refused or step.refused
    return made


def minus_zero(world: World, metric: Dict[str, Any]) -> None:
    """-0.0 at a place of its own: beside a 0.0 at the same place the real server keeps only one of the two."""
    metric.update(value=-0.0, step=-world.number(), timestamp=world.number())


def log_metric(world: World) -> Call:
    rng, run = world.rng, picked(world)
    metric = point(world, run)
    refused = metric.pop("refused")
    if chance(rng, 0.04) and not refused:
        minus_zero(world, metric)
    elif chance(rng, 0.04) and not refused:
        metric.update(value=values.HUGE, step=rng.randrange(5), timestamp=rng.randrange(5))
    body = {**named(world, id_or_nothing(world, run)), **metric}
    if chance(rng, 0.06):
        body.update(one(rng, [{"dataset_name": "ds1"}, {"dataset_digest": "d1"},
                              {"dataset_name": "ds1", "dataset_digest": "d1"}]))
    call = post("runs/log-metric", body, then=lambda: run.metrics.add(metric["key"]))
    if refused:
        call.traits.add("refused-value")
    return call


def log_model_metric(world: World) -> Call:
    """A metric that also goes to a logged model. An unknown model is only tried on dirty runs: the real server says no
    and keeps the run's half. So is NaN, which it gives back as 0 from the model."""
    rng, run, model = world.rng, picked(world), world.live_model()
    key = one(rng, ["a", "acc", "loss"])
    body = {"run_id": run.id, "key": key, "value": one(rng, [0, 1, 0.5, -1, 2.25]),
            "timestamp": rng.randrange(6), "step": rng.randrange(3), "model_id": model.id}
    if world.wild:
        body["model_id"] = one(rng, [model.id, world.nowhere("model")])
        body["value"] = one(rng, ["NaN", 1])
    if chance(rng, 0.5):
        body.update(dataset_name="ds1", dataset_digest="d1")
    call = post("runs/log-metric", body, then=lambda: run.metrics.add(key))
    if not world.wild and chance(rng, 0.3):
        fields = {key: body.pop(key) for key in list(body) if key != "run_id"}
        return post("runs/log-batch", {"run_id": run.id, "metrics": [fields]}, then=call.then)
    return call


def log_param(world: World) -> Call:
    rng, run = world.rng, picked(world, "params")
    key = world.key(run.params)
    value = run.params.get(key, "") if chance(rng, 0.4) else values.text(rng, PARAM_LIMIT)
    body = {**named(world, id_or_nothing(world, run)), "key": key, "value": value}

    def then() -> None:
        run.params.setdefault(key, value)
    return post("runs/log-parameter", body, then=then)


def set_tag(world: World) -> Call:
    rng, run = world.rng, picked(world)
    key = world.key(run.tags) if chance(rng, 0.9) else "mlflow.runName"
    body = {**named(world, id_or_nothing(world, run)), "key": key, "value": values.text(rng, TAG_LIMIT)}
    return post("runs/set-tag", body, then=lambda: run.tags.add(key))


def delete_tag(world: World) -> Call:
    run = picked(world, "tags")
    key = world.key(run.tags)
    return post("runs/delete-tag", {"run_id": id_or_nothing(world, run), "key": key}, then=lambda: run.tags.discard(key))


def batch_params(world: World, run: Run) -> List[Dict[str, str]]:
    rng = world.rng
    keys = [world.key() for _ in range(2)] if world.wild else rng.sample(values.KEYS, rng.randrange(4))
    made = [{"key": key, "value": run.params.get(key, values.text(rng, PARAM_LIMIT))} for key in keys]
    if chance(rng, 0.1) and made:
        made.append(dict(made[0], value=one(rng, [made[0]["value"], "other"])))
    if chance(rng, 0.08) and run.params:
        made.append({"key": sorted(run.params)[0], "value": "changed"})
    return made


def log_batch(world: World) -> Call:
    rng, run = world.rng, picked(world)
    metrics = [point(world, run) for _ in range(rng.randrange(5))]
    refused = any([metric.pop("refused") for metric in metrics])
    body = {"run_id": id_or_nothing(world, run), "metrics": metrics, "params": batch_params(world, run),
            "tags": values.tag_list(rng, rng.randrange(3), TAG_LIMIT)}
    if chance(rng, 0.1) and body["tags"]:
        body["tags"].append(dict(body["tags"][0], value="later"))
    if chance(rng, 0.05):
        body["run_id"] = one(rng, ["bad id!", "x" * 257, "", "-a", "a_b-c"])
    if chance(rng, 0.03):
        body["tags"].append({"key": one(rng, values.KEYS_BROKEN), "value": "v"})

    def then() -> None:
        run.metrics.update(metric["key"] for metric in metrics)
        run.tags.update(tag["key"] for tag in body["tags"])
        for param in body["params"]:
            run.params.setdefault(param["key"], param["value"])
    call = post("runs/log-batch", body, then=then)
    if refused:
        call.traits.add("refused-value")
    return call


def big_batch(world: World) -> Call:
    """At the limits of one batch, and just over them."""
    rng, run = world.rng, picked(world)
    over = rng.randrange(2)
    kind = one(rng, ["metrics", "params", "tags", "together"])
    metrics = [{"key": f"big/{n % 7}", "value": n, "timestamp": n, "step": n} for n in range(1000 + over)]
    texts = [{"key": f"big{n}", "value": "v"} for n in range(100 + over)]
    body = {"metrics": {"metrics": metrics}, "params": {"params": texts}, "tags": {"tags": texts},
            "together": {"metrics": metrics[:900], "tags": texts[:99 + over], "params": texts[:1]}}[kind]
    return post("runs/log-batch", {"run_id": run.id, **body})


ACTIONS = [(create, 5), (read, 7), (update, 3), (delete, 1), (restore, 1), (log_metric, 8), (log_model_metric, 2),
           (log_param, 5), (set_tag, 5), (delete_tag, 2), (log_batch, 6), (big_batch, 0.3)]
