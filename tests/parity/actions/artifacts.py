# SPDX-License-Identifier: Apache-2.0
"""mlflow-artifacts: the proxied store, with its multipart and presigned calls"""

from typing import Union
from urllib.parse import quote

from tests.parity.calls import Call
from tests.parity.values import chance, one
from tests.parity.world import Folder, Model, Run, World

MOUNTS = ["/api/2.0/mlflow-artifacts/", "/api/2.0/mlflow-artifacts/", "/ajax-api/2.0/mlflow-artifacts/"]
FILES = ["a.txt", "b.json", "dir/c.bin", "dir/sub/d.csv", "MLmodel", "x.png", "page.html", "noext", "t.tar.gz",
         "naïve x.txt", "semi;colon.txt", "..a", "~home", "back\\slash", "pct%25", "deep/er/still/e.yaml", 'quo"te.txt',
         "dir2/a.txt", "UPPER.TXT"]
PATHS_BROKEN = ["../x", "a/../../x", "%2e%2e/x", "%252e%252e/x", "h%23x", "x/", "a/./b/../c"]
ROOTS_BROKEN = ["/abs", "C:%5Cx", "file:/abs", ".."]
PATHS_REFUSED = ["./x", "x" * 256, "nul%00x"]
EDGES = [("PUT", "artifacts/"), ("GET", "artifacts/"), ("DELETE", "artifacts/"), ("DELETE", "artifacts"),
         ("POST", "artifacts/x"), ("PATCH", "artifacts/x"), ("POST", "artifacts"), ("PUT", "artifacts"),
         ("POST", "mpu/create/"), ("GET", "mpu/create/x"), ("POST", "mpu/nothing/x"), ("POST", "presigned/x")]
RANGES = ["bytes=0-1", "bytes=1-", "bytes=-2", "bytes=0-100", "bytes=0-"]
RANGES_BROKEN = ["bytes=100-200", "bytes=3-1", "foo=1-2", "bytes=", "bytes=abc", "bytes=-0", "bytes=0-0,2-3"]

Place = Union[Run, Model]


def place(world: World) -> Place:
    """What owns the artifacts: mostly a run."""
    if chance(world.rng, 0.8):
        return world.run(None if chance(world.rng, 0.1) else False, "files")
    return world.model(None if chance(world.rng, 0.1) else False, "files")


def encoded(path: str) -> str:
    return quote(path, safe="/%:~")


def known_path(world: World, folder: Folder) -> str:
    """A path below a root: mostly of a file that is there."""
    if folder.files and chance(world.rng, 0.85):
        return encoded(one(world.rng, sorted(folder.files)))
    if folder.folders() and chance(world.rng, 0.4):
        return encoded(one(world.rng, folder.folders()))
    return one(world.rng, ["nothing", "dir/nothing", *PATHS_BROKEN[:5]])


def proxied(world: World, method: str, root: str, path: str, route: str) -> Call:
    return Call(route, method, f"{one(world.rng, MOUNTS)}artifacts/{root}/{path}")


def facts(call: Call, owner: Place, listed: str = "") -> Call:
    call.facts.update(emptied=set(owner.files.emptied), listed=listed)
    return call


def put(world: World) -> Call:
    rng, owner = world.rng, place(world)
    name = one(rng, FILES)
    content = one(rng, [b"", b"hello", b"{}", b"x" * 5000, b"\x00\xff\r\n", "naïve".encode()])
    call = proxied(world, "PUT", owner.root, encoded(name), "artifacts/put")
    call.raw = content
    call.headers["Content-Type"] = one(rng, ["application/octet-stream", "text/plain", "application/json", ""])
    clash = any(other.startswith(name + "/") or name.startswith(other + "/") for other in owner.files.files)
    if world.wild:
        call.path = f"{MOUNTS[0]}artifacts/{owner.root}/{one(rng, PATHS_REFUSED)}"
        call.traits.add("refused-value")
    elif clash:
        call.traits.add("path-clash")
    elif chance(rng, 0.08):
        broken = f"{owner.root}/{one(rng, PATHS_BROKEN)}" if chance(rng, 0.7) else one(rng, ROOTS_BROKEN)
        call.path = f"{MOUNTS[0]}artifacts/{broken}"
    else:
        call.then = lambda: owner.files.put(name, len(content))
    return call


def put_clash(world: World) -> Call:
    """A file where a folder is, or below a file."""
    owner = world.run(False, "files")
    folders = [folder for folder in owner.files.folders() if "%" not in folder]
    files = [name for name in sorted(owner.files.files) if "%" not in name]
    where = [*folders, *(f"{name}/below" for name in files)]
    call = proxied(world, "PUT", owner.root, encoded(one(world.rng, where or ["nothing/here/"])), "artifacts/put")
    call.raw = b"clash"
    call.traits.add("path-clash")
    return call


def read(world: World) -> Call:
    rng, owner = world.rng, place(world)
    path = known_path(world, owner.files)
    call = proxied(world, "GET", owner.root, path, "artifacts/get")
    if chance(rng, 0.3):
        call.headers["Range"] = one(rng, RANGES if chance(rng, 0.7) else RANGES_BROKEN)
        call.traits.add("range")
    if chance(rng, 0.08):
        call.method = "HEAD"
        call.traits.add("head")
    return facts(call, owner, path)


def listing(world: World) -> Call:
    rng, owner = world.rng, place(world)
    inner = one(rng, ["", "", *owner.files.folders(), *sorted(owner.files.files)[:2], "nothing", "../x", "..", "dir/"])
    path = f"{owner.root}/{inner}" if inner else owner.root
    if chance(rng, 0.06):
        path = one(rng, ["/", "/etc", "..", "a#b", "C:\\"])
    call = Call("artifacts/list-proxied", "GET", f"{one(rng, MOUNTS)}artifacts", query=[("path", path)])
    return facts(call, owner, inner.rstrip("/"))


def delete(world: World) -> Call:
    rng, owner = world.rng, place(world)
    path = one(rng, ["nothing", "../x", *owner.files.folders(), *sorted(owner.files.files)])
    call = proxied(world, "DELETE", owner.root, encoded(path), "artifacts/delete")
    call.then = lambda: owner.files.remove(path)
    return call


def multipart(world: World) -> Call:
    """Upstream has no multipart on a local store; only what is refused before that can be compared in full."""
    rng, owner = world.rng, world.run(False, "files")
    verb = one(rng, ["create", "complete", "abort"])
    body = {"create": {"path": "f.bin", "num_parts": one(rng, [1, 2, "2", 0, -1])},
            "complete": {"path": "f.bin", "upload_id": "never-made", "parts": []},
            "abort": {"path": "f.bin", "upload_id": "never-made"}}[verb]
    if chance(rng, 0.25):
        del body[one(rng, sorted(body))]
    where = f"{owner.root}/big" if chance(rng, 0.9) else "../x"
    return Call(f"artifacts/mpu-{verb}", "POST", f"{one(rng, MOUNTS)}mpu/{verb}/{where}", body=body)


def presigned(world: World) -> Call:
    owner = world.run(False, "files")
    path = known_path(world, owner.files)
    return Call("artifacts/presigned", "GET", f"{one(world.rng, MOUNTS)}presigned/{owner.root}/{path}")


def edge(world: World) -> Call:
    """The roots and the ends of the proxy's own address space."""
    method, tail = one(world.rng, EDGES)
    call = Call("artifacts/edge", method, MOUNTS[0] + tail)
    if method in ("PUT", "POST", "PATCH"):
        call.raw = b"{}"
    return call


ACTIONS = [(put, 5), (put_clash, 0.5), (read, 5), (listing, 4), (delete, 1.5), (multipart, 1), (presigned, 0.7), (edge, 0.5)]
