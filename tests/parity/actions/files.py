# SPDX-License-Identifier: Apache-2.0
"""Artifacts as the pages and plugins reach them: by run or model, not by path"""

from typing import Any, Dict

from tests.parity.actions.artifacts import FILES, RANGES, facts
from tests.parity.calls import AJAX, API, Call, get, post
from tests.parity.values import chance, one
from tests.parity.world import Run, World

INNER_ODD = ["", "nothing", "../x", "..", "/etc", "%2e%2e/x", "dir/", "a#b"]
UPLOAD_MAX = 10 * 1024 * 1024


def inside(world: World, owner: Any) -> str:
    """A path below an owner's root, as it stands in a query."""
    there = [*owner.files.files, *owner.files.folders()]
    if there and chance(world.rng, 0.75):
        return one(world.rng, sorted(there)).replace("%", "%25")
    return one(world.rng, INNER_ODD)


def run_query(world: World, run: Run) -> tuple:
    name = one(world.rng, ["run_id", "run_uuid"])
    return (name, run.id if not chance(world.rng, 0.04) else world.nowhere("run"))


def listing(world: World) -> Call:
    run = world.run(None if chance(world.rng, 0.1) else False, "files")
    path = inside(world, run)
    call = get("artifacts/list", run_query(world, run))
    if path or chance(world.rng, 0.5):
        call.query.append(("path", path))
    if chance(world.rng, 0.05):
        call.query = call.query[1:]
    return facts(call, run, path.rstrip("/"))


def download(world: World) -> Call:
    run = world.run(None if chance(world.rng, 0.1) else False, "files")
    path = inside(world, run)
    call = Call("get-artifact", "GET", "/get-artifact", query=[run_query(world, run), ("path", path)])
    if chance(world.rng, 0.06):
        call.query.pop(world.rng.randrange(2))
    if chance(world.rng, 0.2):
        call.headers["Range"] = one(world.rng, RANGES)
        call.traits.add("range")
    return facts(call, run, path.rstrip("/"))


def upload(world: World) -> Call:
    rng, run = world.rng, world.run(None if chance(world.rng, 0.1) else False, "files")
    name = one(rng, [file for file in FILES if "%" not in file])
    content = one(rng, [b"data", b"x" * 3000, b"{}"])
    call = Call("upload-artifact", "POST", AJAX + "upload-artifact", query=[("run_uuid", run.id), ("path", name)],
                raw=content, headers={"Content-Type": one(rng, ["application/octet-stream", "application/json", ""])})
    clash = any(other.startswith(name + "/") or name.startswith(other + "/") for other in run.files.files)
    if clash:
        call.traits.add("path-clash")
    elif chance(rng, 0.2):
        call.query = one(rng, [[("run_id", run.id), ("path", name)], [("run_uuid", run.id)], [("path", name)],
                               [("run_uuid", "nope"), ("path", name)], [("run_uuid", run.id), ("path", "")],
                               [("run_uuid", run.id), ("path", "../x")]])
    elif chance(rng, 0.06):
        call.raw = b""
    elif chance(rng, 0.01):
        call.raw = b"x" * (UPLOAD_MAX + 1)
    else:
        call.then = lambda: run.files.put(name, len(content))
    return call


def model_listing(world: World) -> Call:
    model = world.model(None if chance(world.rng, 0.1) else False, "files")
    path = inside(world, model)
    model_id = model.id if chance(world.rng, 0.95) else world.nowhere("model")
    mount = one(world.rng, [API, AJAX])
    call = Call("logged-models/directories", "GET", f"{mount}logged-models/{model_id}/artifacts/directories")
    if path or chance(world.rng, 0.5):
        call.query.append(("artifact_directory_path", path))
    return facts(call, model, path.rstrip("/"))


def model_file(world: World) -> Call:
    model = world.model(None if chance(world.rng, 0.1) else False, "files")
    path = inside(world, model)
    model_id = model.id if chance(world.rng, 0.95) else world.nowhere("model")
    mount = AJAX if chance(world.rng, 0.93) else API
    call = Call("logged-models/files", "GET", f"{mount}logged-models/{model_id}/artifacts/files")
    if chance(world.rng, 0.93):
        call.query.append(("artifact_file_path", path))
    return facts(call, model, path.rstrip("/"))


def presigned_url(world: World) -> Call:
    rng, run = world.rng, world.run(False, "files")
    which = one(rng, ["upload", "download"])
    body: Dict[str, Any] = {"run_id": run.id, "path": one(rng, ["a.txt", "dir/x", "../x", ""])}
    if chance(rng, 0.3):
        body["expiration"] = one(rng, [1, 604800, 604801, 0, -1, 900])
    if chance(rng, 0.2):
        body["model_id"] = world.model(False).id
    if chance(rng, 0.15):
        del body["run_id"]
    if chance(rng, 0.1):
        del body["path"]
    return post(f"artifacts/presigned-{which}-url", body)


ACTIONS = [(listing, 4), (download, 3), (upload, 3), (model_listing, 2), (model_file, 2), (presigned_url, 1)]
