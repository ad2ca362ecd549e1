# SPDX-License-Identifier: Apache-2.0
"""experiments/*"""

from typing import List

from tests.parity import values
from tests.parity.calls import Call, get, post
from tests.parity.values import chance, one
from tests.parity.world import Experiment, World

LOCATIONS = ["s3://bucket/x", "s3://bucket/x/", "s3://bucket/x?q=1", "mlflow-artifacts:/foo/bar", "", "gs://b/p", "dbfs:/x"]
LOCATIONS_BROKEN = ["runs:/x", "s3://b/x#frag", "s3://b/x?y=../z", "http://host/x", "https://host/x", "ftp://host/x",
                    "mlflow-artifacts://host/foo", "hdfs://host/x", "x" * 2049]
IDS_ODD = ["", "abc", "1.0", "-1", "9223372036854775807", "987654321", " ", "0x1"]
IDS_REFUSED = ["9223372036854775808", "99999999999999999999"]
RETENTION = "mlflow.trace.archivalRetention"
RETENTIONS = ['{"type":"duration","value":"30d"}', "x", "{}", '{"type":"duration","value":"0d"}', "[]",
              '{"type":"duration","value":"5w"}', '{"value":"5d"}']


def some_id(world: World) -> str:
    """Mostly a live experiment's id; sometimes one that is odd or names nothing."""
    if world.wild and chance(world.rng, 0.2):
        return one(world.rng, IDS_REFUSED)
    if chance(world.rng, 0.1):
        return one(world.rng, IDS_ODD)
    return world.experiment(None if chance(world.rng, 0.15) else False).id


def clean(world: World) -> List[Experiment]:
    return [e for e in world.experiments if not e.dirty]


def new_name(world: World) -> str:
    """A name, mostly a new one. What a wild call makes stays out of the searches, which ask for the seed's prefix."""
    if world.wild:
        return f"wild-{world.prefix}{world.number()}"
    if chance(world.rng, 0.15):
        return one(world.rng, clean(world)).name
    if chance(world.rng, 0.05):
        return one(world.rng, ["", "n" * 501])
    tail = one(world.rng, ["", "naïve 名前 😀", "it's", 'q"q', " ", "%_", "UPPER", "a/b", "\\"])
    return f"{world.prefix}{world.number()}{tail}"


def create(world: World) -> Call:
    rng, symbol = world.rng, world.symbol("exp")
    name = new_name(world)
    body = {"name": name}
    if chance(rng, 0.3):
        body["artifact_location"] = one(rng, LOCATIONS if chance(rng, 0.7) else LOCATIONS_BROKEN)
    if chance(rng, 0.4):
        body["tags"] = values.tag_list(rng, rng.randrange(3), 20000)
        if chance(rng, 0.1):
            body["tags"].append({"key": one(rng, values.KEYS_BROKEN), "value": "v"})
        if chance(rng, 0.1) and body["tags"]:
            body["tags"].append(dict(body["tags"][0]))
    made = Experiment(symbol, name, world.wild, location=body.get("artifact_location", ""),
                      tags={tag["key"] for tag in body.get("tags", ())})

    def then() -> None:
        world.experiments.append(made)
    return post("experiments/create", body, saves={symbol: "experiment_id"}, then=then)


def by_id(world: World) -> Call:
    return get("experiments/get", ("experiment_id", some_id(world)))


def by_name(world: World) -> Call:
    name = one(world.rng, clean(world)).name if chance(world.rng, 0.8) else one(world.rng, ["", "nobody", "nobody's"])
    return get("experiments/get-by-name", ("experiment_name", name))


def update(world: World) -> Call:
    chosen = world.experiment(None if chance(world.rng, 0.15) else False)
    name = new_name(world)
    call = post("experiments/update", {"experiment_id": chosen.id, "new_name": name})

    def then() -> None:
        chosen.name = name
    call.then = then
    if chosen.deleted:
        call.traits.add("deleted-experiment")
    return call


def delete(world: World) -> Call:
    chosen = world.experiment(None if chance(world.rng, 0.2) else False)
    others = [e for e in world.experiments if e is not chosen and not e.deleted and not e.dirty]
    if len(others) < 2 or world.wild:
        return post("experiments/delete", {"experiment_id": one(world.rng, IDS_ODD)})

    def then() -> None:
        chosen.deleted = True
        for member in chosen.runs:
            member.deleted = True
    return post("experiments/delete", {"experiment_id": chosen.id}, then=then)


def restore(world: World) -> Call:
    chosen = world.experiment(True if chance(world.rng, 0.8) else None)

    def then() -> None:
        chosen.deleted = False
        for member in chosen.runs:
            member.deleted = False
    return post("experiments/restore", {"experiment_id": chosen.id}, then=then)


def set_tag(world: World) -> Call:
    rng = world.rng
    chosen = world.experiment(None if chance(rng, 0.1) else False)
    key = world.key(chosen.tags)
    body = {"experiment_id": chosen.id, "key": key, "value": values.text(rng, 20000)}
    if chance(rng, 0.08):
        body["key"] = RETENTION
        body["value"] = one(rng, RETENTIONS)
    if chance(rng, 0.05):
        body["experiment_id"] = some_id(world)
    return post("experiments/set-experiment-tag", body, then=lambda: chosen.tags.add(body["key"]))


def delete_tag(world: World) -> Call:
    chosen = world.experiment(None if chance(world.rng, 0.1) else False)
    key = world.key(chosen.tags)
    return post("experiments/delete-experiment-tag", {"experiment_id": chosen.id, "key": key},
                then=lambda: chosen.tags.discard(key))


ACTIONS = [(create, 3), (by_id, 3), (by_name, 2), (update, 1.5), (delete, 0.7), (restore, 1.2), (set_tag, 3), (delete_tag, 1.5)]
