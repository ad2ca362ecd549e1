# SPDX-License-Identifier: Apache-2.0
"""logged-models/*"""

from typing import Any, Dict

from tests.parity import values
from tests.parity.actions.experiments import some_id
from tests.parity.calls import API, Call
from tests.parity.values import ABSENT, chance, one
from tests.parity.world import Model, World

NAMES = ["m1", "m1", "m2", "naïve 名", "a b", " ", "x" * 300]
NAMES_BROKEN = ["a/b", "a:b", "a.b", "a%b", 'a"b', "a'b"]
STATUS = ["LOGGED_MODEL_READY", "LOGGED_MODEL_PENDING", "LOGGED_MODEL_UPLOAD_FAILED", 1, 2, 3, "2"]
STATUS_REFUSED = ["FOO", 99, 0, "LOGGED_MODEL_STATUS_UNSPECIFIED", ""]
PLAIN_KEYS = ["a", "acc", "loss", "a b", "a.b", "métrique"]


def model_call(route: str, method: str, model_id: str, tail: str = "", **more: Any) -> Call:
    return Call(route, method, f"{API}logged-models/{model_id}{tail}", **more)


def id_of(world: World, model: Model) -> str:
    return model.id if not chance(world.rng, 0.04) else world.nowhere("model")


def pairs(world: World, count: int) -> list:
    return [{"key": key, "value": values.text(world.rng, 300)} for key in world.rng.sample(PLAIN_KEYS, count)]


def create(world: World) -> Call:
    rng, symbol = world.rng, world.symbol("model")
    chosen = world.experiment(None if chance(rng, 0.05) else False)
    body: Dict[str, Any] = {"experiment_id": chosen.id, "name": one(rng, NAMES), "model_type": one(rng, ["sk", "", ABSENT])}
    if chance(rng, 0.06):
        body["name"] = one(rng, NAMES_BROKEN)
    if chance(rng, 0.08):
        body["name"] = one(rng, ["", ABSENT])
    if chance(rng, 0.5):
        body["source_run_id"] = one(rng, [world.run().id, "nowhere", ""])
    for kind in ("params", "tags"):
        if chance(rng, 0.5):
            body[kind] = pairs(world, rng.randrange(1, 4))
            if world.wild and chance(rng, 0.3):
                body[kind].append(dict(body[kind][0]))
    if chance(rng, 0.04):
        body["experiment_id"] = some_id(world)
    body = {key: value for key, value in body.items() if value is not ABSENT}
    made = Model(symbol, chosen, world.wild, params={p["key"] for p in body.get("params", ())},
                 tags={t["key"] for t in body.get("tags", ())})
    made_up = not body.get("name")

    def then() -> None:
        if body["experiment_id"] == chosen.id:
            chosen.models.append(made)
            chosen.random_names |= made_up
    saves = {symbol: "model.info.model_id", **({world.symbol("name"): "model.info.name"} if made_up else {})}
    return Call("logged-models/create", "POST", API + "logged-models", body=body, saves=saves, then=then)


def read(world: World) -> Call:
    call = model_call("logged-models/get", "GET", id_of(world, world.model(None if chance(world.rng, 0.2) else False)))
    if chance(world.rng, 0.3):
        call.query.append(("allow_deleted", one(world.rng, ["true", "True", "false", "false"])))
    return call


def finalize(world: World) -> Call:
    rng, model = world.rng, world.live_model()
    model_id = id_of(world, model)
    status = one(rng, STATUS_REFUSED if world.wild else STATUS)
    call = model_call("logged-models/finalize", "PATCH", model_id, body={"model_id": model_id, "status": status})
    if world.wild:
        call.traits.add("refused-value")
    if chance(rng, 0.05):
        del call.body[one(rng, ["model_id", "status"])]
    return call


def delete(world: World) -> Call:
    model = world.model(None if chance(world.rng, 0.2) else False)
    alive = sum(not m.deleted for e in world.experiments for m in e.models if m.dirty == world.wild)
    if alive <= 2:
        return model_call("logged-models/delete", "DELETE", world.nowhere("model"))

    def then() -> None:
        model.deleted = True
    return model_call("logged-models/delete", "DELETE", id_of(world, model), then=then)


def set_tags(world: World) -> Call:
    rng, model = world.rng, world.live_model()
    tags = pairs(world, rng.randrange(3))
    if chance(rng, 0.1) and tags:
        tags.append(dict(tags[0], value="later"))
    model_id = id_of(world, model)
    body = {"tags": tags, **({"model_id": model_id} if chance(rng, 0.7) else {})}
    return model_call("logged-models/set-tags", "PATCH", model_id, "/tags", body=body,
                      then=lambda: model.tags.update(tag["key"] for tag in tags))


def delete_tag(world: World) -> Call:
    model = world.live_model("tags")
    key = one(world.rng, sorted(model.tags) or ["a"]) if chance(world.rng, 0.8) else one(world.rng, PLAIN_KEYS)
    key = world.key() if world.wild else key
    return model_call("logged-models/delete-tag", "DELETE", id_of(world, model), f"/tags/{key}",
                      then=lambda: model.tags.discard(key))


def log_params(world: World) -> Call:
    rng, model = world.rng, world.live_model()
    params = [{"key": f"p{world.number()}", "value": values.text(rng, 300)} for _ in range(rng.randrange(3))]
    if world.wild and params:
        params.append(dict(params[0]))
    elif chance(rng, 0.1) and model.params:
        params = [{"key": sorted(model.params)[0], "value": "again"}]
    model_id = id_of(world, model)
    return model_call("logged-models/params", "POST", model_id, "/params", body={"model_id": model_id, "params": params},
                      then=lambda: model.params.update(param["key"] for param in params))


ACTIONS = [(create, 3), (read, 4), (finalize, 2), (delete, 0.6), (set_tags, 2), (delete_tag, 1.5), (log_params, 2)]
