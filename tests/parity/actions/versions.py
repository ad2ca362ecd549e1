# SPDX-License-Identifier: Apache-2.0
"""model-versions/*, but for the search"""

from typing import Any, Dict, Tuple

from tests.parity import values
from tests.parity.actions.artifacts import RANGES, facts
from tests.parity.actions.registry import (IS_PROMPT, PROMPTS, STAGES, STAGES_BROKEN, TAG_LIMIT, alias_of, number, sent, tags)
from tests.parity.calls import Call, get, post
from tests.parity.registered import Registered, name_of, registered
from tests.parity.values import chance, one
from tests.parity.world import World

STORES = ["s3://bucket/model", "s3://b/m?versionId=1", "gs://b/m", "dbfs:/m", "s3://b/naïve x", "s3://b//m/", "wasbs://c@a/m"]
SOURCES_BROKEN = ["/etc/passwd", "file:///etc/passwd", "../x", "x", "s3://b/../c", "s3://b/%2e%2e/c", "http://169.254.169.254/",
                  "https://example.com/m", "ftp://h/m", "mlflow-artifacts:/0/x", "mlflow-artifacts://host/x", "runs:/x", "runs:",
                  "runs://h/x/y", "models:/", "models://h/x/1", "models:/a/b/c", "dummy-source", "mlflow-artifacts:/%2e%2e/x",
                  "models:/m-made-up", "s3://b/#x", "s3://b/a/./b", "C:\\x"]


def of_run(world: World) -> Tuple[str, Dict[str, str], Any, str]:
    run = world.run(None if chance(world.rng, 0.1) else False, "files" if chance(world.rng, 0.7) else "")
    folders = [name for name in run.files.folders() if not set(name) & set("%\\'\" ~;")]
    inner = one(world.rng, ["", "", "nothing", *folders, *folders])
    source = f"mlflow-artifacts:/{run.root}/{inner}" if run.experiment.proxied and chance(world.rng, 0.6) else ""
    if source:
        return source, {"run_id": run.id}, run, inner
    return f"runs:/{run.id}/{inner}", {"run_id": run.id}, None, ""


def of_model(world: World) -> Tuple[str, Dict[str, str], Any, str]:
    model = world.live_model("files")
    return f"models:/{model.id}", {"model_id": model.id}, model if model.experiment.proxied else None, ""


def copied(world: World) -> Tuple[str, Dict[str, str], Any, str]:
    """A version of another registered model, by its number, alias or stage."""
    model = registered(world, "versions")
    version = one(world.rng, model.versions) if model.versions else None
    which = one(world.rng, [f"/{number(world, model)}", f"@{alias_of(world, model)}", "/latest", "/Production", "/staging"])
    if version and chance(world.rng, 0.6):
        return f"models:/{model.name}/{version.number}", {}, version.place, version.inner
    return f"models:/{model.name}{which}", {}, None, ""


def source_of(world: World) -> Tuple[str, Dict[str, str], Any, str]:
    """A source, the ids that the request gives with it, whose artifacts they are, and the folder in there."""
    rng = world.rng
    kind = one(rng, ["store", "store", "run", "run", "model", "model", "copy", "broken"])
    if world.wild or kind == "store":
        return one(rng, STORES), one(rng, [{}, {"run_id": world.run().id}, {"model_id": world.live_model().id}]), None, ""
    if kind == "broken":
        return one(rng, SOURCES_BROKEN), one(rng, [{}, {"run_id": world.run().id}]), None, ""
    source, ids, place, inner = {"run": of_run, "model": of_model, "copy": copied}[kind](world)
    if chance(rng, 0.12):
        ids = one(rng, [{}, {"run_id": world.run().id}, {"model_id": world.live_model().id}, {"run_id": ""}, {"model_id": ""},
                        {"run_id": world.nowhere("run")}, {"model_id": world.nowhere("model")}])
    return source, ids, place, inner


def create(world: World) -> Call:
    """All versions of one model are prompts, or none: the real server hides all if one is, ours those that are."""
    rng, model = world.rng, registered(world)
    speaks = model.prompt if model.speaks is None else model.speaks
    source, ids, place, inner = source_of(world)
    body: Dict[str, Any] = {"name": name_of(world, model), "source": source, **ids}
    if speaks:
        source = one(rng, ["dummy-source", "dummy-source", "prompt-template", source])
        body = {"name": model.name, "source": source,
                "tags": [{"key": IS_PROMPT, "value": "true"}, {"key": "mlflow.prompt.text", "value": values.text(rng, TAG_LIMIT)}]}
        place = None
    if chance(rng, 0.4):
        body["tags"] = [*body.get("tags", ()), *tags(world)]
    if world.wild and chance(rng, 0.2):
        body["tags"] = [*body.get("tags", ()), {"key": IS_PROMPT, "value": one(rng, PROMPTS)}]
    for name in ("description", "run_link"):
        if chance(rng, 0.3):
            body[name] = one(rng, values.TEXTS)

    def then() -> None:
        model.speaks = speaks
        model.add(source, place, inner)
    return post("model-versions/create", body, then=then)


def named(world: World, model: Registered) -> Dict[str, str]:
    return {"name": name_of(world, model), "version": number(world, model)}


def read(world: World) -> Call:
    route = one(world.rng, ["model-versions/get", "model-versions/get", "model-versions/get-download-uri"])
    return get(route, *named(world, registered(world, "versions")).items())


def update(world: World) -> Call:
    body = {**named(world, registered(world, "versions")), "description": one(world.rng, values.TEXTS)}
    return sent("model-versions/update", "PATCH", body)


def transition(world: World) -> Call:
    rng, model = world.rng, registered(world, "versions")
    stage = one(rng, STAGES if chance(rng, 0.92) else STAGES_BROKEN)
    archive = chance(rng, 0.3)
    call = post("model-versions/transition-stage",
                {**named(world, model), "stage": stage, "archive_existing_versions": archive})
    if archive and stage.lower() not in ("staging", "production"):
        call.traits.add("archive-elsewhere")
    return call


def delete(world: World) -> Call:
    """A dirty model keeps its version."""
    model = registered(world, "versions")
    body = named(world, model) if not world.wild else {"name": model.name, "version": "99"}

    def then() -> None:
        if body["name"] == model.name:
            model.versions = [version for version in model.versions if version.number != body["version"]]
    return sent("model-versions/delete", "DELETE", body, then=then)


def set_tag(world: World) -> Call:
    rng, model = world.rng, registered(world, "versions")
    key = world.key(model.tags) if chance(rng, 0.93) or world.wild else "mlflow.prompt.text"
    body = {**named(world, model), "key": key, "value": values.text(rng, TAG_LIMIT)}
    return post("model-versions/set-tag", body, then=lambda: model.tags.add(key) if key != "mlflow.prompt.text" else None)


def delete_tag(world: World) -> Call:
    model = registered(world, "versions")
    return sent("model-versions/delete-tag", "DELETE", {**named(world, model), "key": world.key(model.tags)})


def download(world: World) -> Call:
    """A file of a version whose artifacts lie with the server; others the real server would seek in somebody's cloud."""
    rng, model = world.rng, registered(world, "versions")
    stored = [(m, v) for m in world.registered for v in m.versions if v.place and m.dirty == world.wild]
    stored = [(m, v) for m, v in stored if v.place.files and chance(rng, 0.9)] or stored
    if not stored:
        query = [("name", model.name), ("version", "99"), ("path", "a.txt")]
        return Call("model-versions/get-artifact", "GET", "/model-versions/get-artifact", query=query)
    model, version = one(rng, stored)
    root = version.inner + "/" if version.inner else ""
    below = [name[len(root):] for name in (*version.place.files.files, *version.place.files.folders()) if name.startswith(root)]
    path = one(rng, sorted(below) or ["nothing"]) if chance(rng, 0.8) else one(rng, ["", "nothing", "../x", "/etc", "%2e%2e/x"])
    query = [("name", model.name), ("version", version.number), ("path", path.replace("%", "%25"))]
    if chance(rng, 0.08):
        query.pop(rng.randrange(3))
    call = Call("model-versions/get-artifact", "GET", "/model-versions/get-artifact", query=query)
    if chance(rng, 0.2):
        call.headers["Range"] = one(rng, RANGES)
        call.traits.add("range")
    return facts(call, version.place, (root + path).rstrip("/"))


ACTIONS = [(create, 6), (read, 4), (update, 1.5), (transition, 3), (delete, 0.8), (set_tag, 2), (delete_tag, 1), (download, 2)]
