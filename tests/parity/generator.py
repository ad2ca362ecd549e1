# SPDX-License-Identifier: Apache-2.0
"""Draws the next call: what to do, to what, and whether to break it."""

import copy
from typing import List

from tests.parity import breakage, values
from tests.parity.actions import ACTIONS
from tests.parity.calls import AJAX, API, Call, Paging, get, post
from tests.parity.registered import Registered, Webhook
from tests.parity.values import chance
from tests.parity.world import Experiment, Model, Run, World

WILD_CALLS = 0.12
SAME_MEANING = ("unknown field", "respelled", "double encoded")


def opening(world: World) -> List[Call]:
    """What every seed starts with: clean experiments with runs and models, and one dirty set of each."""
    calls = []
    for number in range(4):
        dirty = number == 3
        made = Experiment(world.symbol("exp"), f"{'wild-' if dirty else ''}{world.prefix}open{number}", dirty)
        world.experiments.append(made)
        calls.append(post("experiments/create", {"name": made.name}, saves={made.symbol: "experiment_id"}))
        for _ in range(3):
            run = Run(world.symbol("run"), made, dirty)
            made.runs.append(run)
            body = {"experiment_id": made.id, "user_id": "u", "run_name": f"r{world.number()}",
                    "start_time": 1000 + world.number()}
            calls.append(post("runs/create", body, saves={run.symbol: "run.info.run_id"}))
        for _ in range(2):
            model = Model(world.symbol("model"), made, dirty)
            made.models.append(model)
            body = {"experiment_id": made.id, "name": "m1"}
            calls.append(Call("logged-models/create", "POST", API + "logged-models", body=body,
                              saves={model.symbol: "model.info.model_id"}))
    about = [get("experiments/get", ("experiment_id", "0")),
             Call("server-info", "GET", "/api/3.0/mlflow/server-info"),
             Call("server-info", "GET", "/ajax-api/3.0/mlflow/server-info"),
             Call("health", "GET", "/health"), Call("version", "GET", "/version")]
    return calls + registry_opening(world) + about


def registry_opening(world: World) -> List[Call]:
    """Clean models and a prompt, a dirty one of each, all with a version, and a clean and a dirty webhook."""
    calls = []
    for number in range(5):
        dirty, prompt = number > 2, number in (2, 4)
        tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}] if prompt else []
        model = Registered(f"{'wild-' if dirty else ''}{world.prefix}reg{number}", dirty, prompt)
        source = "dummy-source" if prompt else f"s3://bucket/{number}"
        model.add(source)
        model.speaks = prompt
        world.registered.append(model)
        calls.append(post("registered-models/create", {"name": model.name, "tags": tags}))
        calls.append(post("model-versions/create", {"name": model.name, "source": source, "tags": tags}))
    for dirty in (False, True):
        hook = Webhook(world.symbol("hook"), f"hook{dirty:d}", dirty)
        world.webhooks.append(hook)
        body = {"name": hook.name, "url": "https://8.8.8.8/", "status": "DISABLED",
                "events": [{"entity": "MODEL_VERSION", "action": "CREATED"}]}
        calls.append(Call("webhooks/create", "POST", API + "webhooks", body=body, saves={hook.symbol: "webhook.webhook_id"}))
    return calls


def registry_closing(world: World) -> List[Call]:
    """Webhooks are deleted: the next seed would list them."""
    calls = []
    for model in world.registered:
        if not model.dirty:
            calls.append(get("registered-models/get", ("name", model.name)))
            calls += [get("model-versions/get", ("name", model.name), ("version", version.number)) for version in model.versions]
    calls.append(get("model-versions/search", ("filter", f"name LIKE '{world.prefix}%'"), paging=Paging("model_versions")))
    for hook in world.webhooks:
        if not hook.deleted and not hook.dirty:
            calls.append(Call("webhooks/get", "GET", f"{API}webhooks/{hook.id}"))
    calls += [Call("webhooks/delete", "DELETE", f"{API}webhooks/{hook.id}", body={}, traits={"wild"})
              for hook in world.webhooks if not hook.deleted]
    return calls


def closing(world: World) -> List[Call]:
    """Reads back everything that is clean, so that no stored difference goes unseen."""
    clean = [e for e in world.experiments if not e.dirty]
    calls = [get("experiments/get", ("experiment_id", e.id)) for e in clean]
    for experiment in clean:
        for run in experiment.runs:
            calls.append(get("runs/get", ("run_id", run.id)))
            if experiment.proxied:
                calls.append(get("artifacts/list", ("run_id", run.id), facts={"emptied": set(run.files.emptied)}))
        for model in experiment.models:
            calls.append(Call("logged-models/get", "GET", f"{API}logged-models/{model.id}",
                              query=[("allow_deleted", "true")]))
    return calls + registry_closing(world)


def next_call(world: World) -> Call:
    """One step. A call that may have another effect on each server goes to dirty objects and is not remembered."""
    rng = world.rng
    bend = breakage.choose(rng)
    world.wild = bool(bend and bend.wild) or (bend is None and chance(rng, WILD_CALLS))
    call = values.split(ACTIONS, rng)(world)
    meant = (call.method, call.path, call.body, call.query, call.raw)
    if bend and breakage.bendable(call):
        call.body, call.query = copy.deepcopy(call.body), list(call.query)
        bend.apply(call, rng)
        if bend.wild:
            call.saves = {}
    if world.wild:
        call.traits.add("wild")
    if bend and meant != (call.method, call.path, call.body, call.query, call.raw) and bend.name not in SAME_MEANING:
        call.then = call.then if call.saves else None   # it may have done something else; but what it made is there
    if call.path.startswith(API) and chance(rng, 0.15):
        call.path = AJAX + call.path[len(API):]
    return call

