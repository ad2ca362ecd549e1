# SPDX-License-Identifier: Apache-2.0
"""Ways to break or bend a call that was right: by its shape, not by the meaning of its values."""

import json
import re
from random import Random
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from tests.parity import values
from tests.parity.calls import Call
from tests.parity.values import chance, one


# Without the name of a new run or model the servers invent one, which its maker must know; without its filter a search
# of experiments or of the registry would see those of other seeds; the tags of a version say whether it is a prompt. A
# webhook that is active tells of budgets only, and so is never sent.
KEPT = {"runs/create": {"run_name", "tags"}, "logged-models/create": {"name"}, "experiments/search": {"filter"},
        "model-versions/create": {"tags"}, "registered-models/search": {"filter"}, "model-versions/search": {"filter"},
        "webhooks/create": {"events", "status"}, "webhooks/update": {"events", "status"}}


class Bend(NamedTuple):
    """`wild`: the effects may differ, so the call goes to dirty objects."""
    name: str
    apply: Callable[[Call, Random], None]
    weight: float
    wild: bool = False


def camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda m: m.group(1).upper(), name)


def snake_names(body: Any) -> List[str]:
    return [name for name in body if "_" in name] if isinstance(body, dict) else []


def respelled(call: Call, rng: Random) -> None:
    """One field in camelCase instead of snake_case."""
    if names := snake_names(call.body):
        name = one(rng, names)
        call.body[camel(name)] = call.body.pop(name)
        call.traits.add("camel")


def both_spellings(call: Call, rng: Random) -> None:
    if names := snake_names(call.body):
        name = one(rng, names)
        call.body[camel(name)] = call.body[name]
        call.then, call.saves = None, {}


def without_field(call: Call, rng: Random) -> None:
    """A field less; but none of KEPT."""
    kept = KEPT.get(call.route, set())
    if isinstance(call.body, dict) and call.body:
        droppable = sorted(set(call.body) - kept)
        if droppable:
            del call.body[one(rng, droppable)]
    elif droppable := [pair for pair in call.query if pair[0] not in kept]:
        call.query.remove(one(rng, droppable))


def unknown_field(call: Call, rng: Random) -> None:
    if isinstance(call.body, dict):
        call.body[one(rng, ["unknown", "x_y", "allow"])] = one(rng, [1, None, {"deep": [1]}, "text", []])
    else:
        call.query.append(("unknown", "1"))


def null_field(call: Call, rng: Random) -> None:
    names = sorted(set(call.body) - KEPT.get(call.route, set())) if isinstance(call.body, dict) else []
    if names:
        call.body[one(rng, names)] = None
        call.traits.add("null")


def wrong_type(call: Call, rng: Random) -> None:
    """One field of the body, or one field of one element of a list in it, gets a value of another type."""
    if not isinstance(call.body, dict) or not call.body:
        return
    holder: Dict[str, Any] = call.body
    lists = [value for value in call.body.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    if lists and chance(rng, 0.4):
        holder = one(rng, one(rng, lists)) or call.body
    name = one(rng, sorted(holder))
    holder[name] = values.of_wrong_type(rng, holder[name])
    call.traits.add("wrong-type")


def no_object(call: Call, rng: Random) -> None:
    if call.is_json:
        call.raw = one(rng, [b"[]", b"5", b"null", b"true", b'"text"', b"[{}]", b"1.5"])
        call.traits.add("not-an-object")


def malformed(call: Call, rng: Random) -> None:
    if call.is_json:
        text = json.dumps(call.body)
        call.raw = one(rng, [text[:-1], text + "}", text.replace(":", "", 1), "", "{'a': 1}", "{", "\x00", text + " x"]).encode()
        call.traits.add("malformed")


def invalid_utf8(call: Call, rng: Random) -> None:
    if call.is_json:
        call.raw = json.dumps(call.body).encode()[:-1] + b', "note": "\xff\xfe"}'
        call.traits.add("malformed")


def double_encoded(call: Call, rng: Random) -> None:
    if call.is_json:
        call.raw = json.dumps(json.dumps(call.body)).encode()


def twice_named(call: Call, rng: Random) -> None:
    if call.is_json and call.body:
        name = one(rng, sorted(call.body))
        call.raw = (json.dumps(call.body)[:-1] + f", {json.dumps(name)}: {json.dumps(call.body[name])}}}").encode()
        call.traits.add("duplicate-name")


def content_type(call: Call, rng: Random) -> None:
    if call.is_json:
        call.headers["Content-Type"] = one(rng, ["", "text/plain", "APPLICATION/JSON", "application/json; charset=utf-8",
                                                 "application/x-www-form-urlencoded", "application/json;x", "application/jsonx"])


def method(call: Call, rng: Random) -> None:
    call.method = one(rng, [name for name in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") if name != call.method])
    call.traits.add("method")
    call.paging = None


def address(call: Call, rng: Random) -> None:
    """An address that is nearly right. Upstream sends a doubled slash to the clean path; we do not have to."""
    shapes = [call.path + "/", call.path.replace("/mlflow/", "/Mlflow/"), call.path.replace("/2.0/", "/3.0/"), call.path + "x",
              call.path.replace("/api/", "/apis/"), call.path.replace("/2.0/", "/2.0/preview/")]
    call.path = one(rng, shapes)
    call.traits.add("address")
    call.paging = None


BENDS = [
    Bend("respelled", respelled, 2), Bend("both spellings", both_spellings, 1.5),
    Bend("without a field", without_field, 3), Bend("unknown field", unknown_field, 2),
    Bend("null field", null_field, 2, True), Bend("wrong type", wrong_type, 4, True),
    Bend("no object", no_object, 0.8, True), Bend("malformed", malformed, 1.2, True),
    Bend("invalid UTF-8", invalid_utf8, 0.4, True), Bend("double encoded", double_encoded, 0.4),
    Bend("a name twice", twice_named, 0.5, True), Bend("content type", content_type, 1.2, True),
    Bend("method", method, 0.8, True), Bend("address", address, 0.8, True),
]
ARTIFACT_ROUTES = ("artifacts/", "upload-artifact", "get-artifact", "model-versions/get-artifact")


def choose(rng: Random) -> Optional[Bend]:
    """Mostly nothing; else one way to break the next call."""
    if not chance(rng, 0.22):
        return None
    return values.split([(bend, bend.weight) for bend in BENDS], rng)


def bendable(call: Call) -> bool:
    return not call.route.startswith(ARTIFACT_ROUTES) or call.is_json
