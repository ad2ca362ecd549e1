# SPDX-License-Identifier: Apache-2.0
"""runs/log-inputs, runs/outputs, runs/log-model, experiments/search-datasets"""

import json
from typing import Any, Dict

from tests.parity import values
from tests.parity.calls import AJAX, Call, post
from tests.parity.values import chance, one
from tests.parity.world import World

LIMITS = {"name": 500, "digest": 36, "source": 65535, "schema": 1048575}


def dataset(world: World) -> Dict[str, Any]:
    rng = world.rng
    made = {"name": one(rng, ["ds1", "ds1", "ds2", "naïve", "it's"]), "digest": one(rng, ["d1", "d1", "d2", "D" * 36]),
            "source_type": one(rng, ["local", "http", ""]), "source": one(rng, values.DATASET_TEXT)}
    for optional in ("schema", "profile"):
        if chance(rng, 0.6):
            made[optional] = one(rng, values.DATASET_TEXT)
    if chance(rng, 0.08):
        del made[one(rng, sorted(made))]
    if chance(rng, 0.05):
        name = one(rng, ["name", "digest", "source"])
        made[name] = "x" * (LIMITS[name] + 1)
    return made


def dataset_input(world: World) -> Dict[str, Any]:
    rng = world.rng
    made: Dict[str, Any] = {"dataset": dataset(world)}
    if chance(rng, 0.7):
        made["tags"] = [{"key": "mlflow.data.context", "value": one(rng, ["train", "eval", ""])}]
    if chance(rng, 0.2):
        made.setdefault("tags", []).append({"key": one(rng, ["k", "", "k" * 255, "k" * 256]),
                                            "value": one(rng, ["v", "v" * 500, "v" * 501])})
    return made


def log_inputs(world: World) -> Call:
    rng, run = world.rng, world.run(None if chance(world.rng, 0.05) else False)
    body: Dict[str, Any] = {"run_id": run.id if chance(rng, 0.95) else one(rng, [world.nowhere("run"), "bad id!"])}
    if chance(rng, 0.85):
        body["datasets"] = [dataset_input(world) for _ in range(one(rng, [1, 1, 2]))]
    if chance(rng, 0.3):
        body["models"] = [{"model_id": one(rng, [world.model().id, "m-made-up"])} for _ in range(one(rng, [1, 2]))]
    if world.wild and chance(rng, 0.3):
        tag = {"key": "twice", "value": "v"}
        body["datasets"] = [{"dataset": {"name": f"w{world.number()}", "digest": "d"}, "tags": [tag, tag]}]
    return post("runs/log-inputs", body)


def outputs(world: World) -> Call:
    """A repeated edge keeps its step here: with another step it is tried on dirty runs only."""
    rng, run = world.rng, world.run(None if chance(world.rng, 0.05) else False)
    model = one(rng, [world.model().id, f"m-made-up-{rng.randrange(3)}"])
    again = model in run.outputs
    step = sum(map(ord, model)) % 5 if not world.wild else rng.randrange(5)
    body = {"run_id": run.id, "models": [{"model_id": model, "step": one(rng, [step, str(step)])}]}
    if chance(rng, 0.05):
        body["models"] = []
    if chance(rng, 0.05):
        del body["models"]
    call = post("runs/outputs", body, then=lambda: run.outputs.add(model))
    if again or world.wild:
        call.traits.add("repeated-output")
    return call


def log_model(world: World) -> Call:
    rng, run = world.rng, world.run(None if chance(world.rng, 0.05) else False)
    info = {"artifact_path": "model", "flavors": {"python_function": {"x": 1}}, "utc_time_created": "2020-01-01",
            "run_id": run.id, "model_uuid": "u"}
    for name in sorted(info):
        if chance(rng, 0.04):
            del info[name]
    text = json.dumps(info)
    if chance(rng, 0.12):
        text = one(rng, ["", "x", "{}", "[]", "5", "null", '"x"', text[:-1]])
    call = post("runs/log-model", {"run_id": run.id, "model_json": text})
    if text in ("[]", "5", "null", '"x"'):
        call.traits.add("refused-value")
    return call


def search_datasets(world: World) -> Call:
    rng = world.rng
    ids = [world.experiment(None).id for _ in range(one(rng, [1, 1, 2]))]
    body: Any = {"experiment_ids": ids}
    if chance(rng, 0.15):
        body = one(rng, [{}, {"experiment_ids": []}, {"experiment_ids": ["987654321"]}, {"experiment_ids": ["abc"]},
                         {"experiment_ids": ids * 21}])
    call = Call("experiments/search-datasets", "POST", AJAX + "experiments/search-datasets", body=body)
    return call


ACTIONS = [(log_inputs, 4), (outputs, 2), (log_model, 1.5), (search_datasets, 2)]
