# SPDX-License-Identifier: Apache-2.0
"""registered-models/*, but for the search; prompts are registered models with a tag"""

from typing import Any, Dict, List, Optional

from tests.parity import values
from tests.parity.calls import API, Call, get, post
from tests.parity.registered import Registered, name_of, registered
from tests.parity.values import chance, one
from tests.parity.world import World

TAILS = ["", "", "naïve 名前 😀", "it's", 'q"q', " ", "%_", "UPPER", "\\", "a.b", "@x"]
NAMES_BROKEN = ["", " ", "\t", "a/b", "a:b", "..", ".", "a/../b", "/", ":"]
IS_PROMPT = "mlflow.prompt.is_prompt"
PROMPTS = ["true", "true", "false", "", "yes"]     # "True" makes one, too, which the real server's search does not know
STAGES = ["Staging", "Production", "Archived", "None", "staging", "PRODUCTION", "none"]
STAGES_BROKEN = ["Foo", "active", "Deleted_Internal", " Staging"]
ALIASES = ["champion", "best", "a-b", "A_1", "Champion", "x" * 255, "0"]
ALIASES_BROKEN = ["latest", "LATEST", "v1", "V12", "a b", "a/b", "", "a.b", "x" * 256, "v1x", "@a"]
TAG_LIMIT = 100000


def sent(route: str, method: str, body: Any, **more: Any) -> Call:
    return Call(route, method, API + route, body=body, **more)


def new_name(world: World) -> str:
    """A name, mostly a new one. What a wild call makes stays out of the searches, which ask for the seed's prefix."""
    if world.wild:
        return f"wild-{world.prefix}{world.number()}"
    if chance(world.rng, 0.12):
        return one(world.rng, [m.name for m in world.registered if not m.dirty])
    if chance(world.rng, 0.1):
        return one(world.rng, NAMES_BROKEN)
    return f"{world.prefix}{world.number()}{one(world.rng, TAILS)}"


def tags(world: World) -> List[Dict[str, str]]:
    made = values.tag_list(world.rng, world.rng.randrange(3), TAG_LIMIT)
    if chance(world.rng, 0.06):
        made.append({"key": one(world.rng, values.KEYS_BROKEN), "value": "v"})
    if chance(world.rng, 0.06) and made:
        made.append(dict(made[0], value="later"))
    return made


def is_prompt(made: List[Dict[str, str]]) -> bool:
    return {tag["key"]: tag["value"] for tag in made}.get(IS_PROMPT, "").lower() == "true"


def create(world: World) -> Call:
    rng, name = world.rng, new_name(world)
    body: Dict[str, Any] = {"name": name}
    if chance(rng, 0.5):
        body["tags"] = tags(world)
    if chance(rng, 0.2):
        body.setdefault("tags", []).append({"key": IS_PROMPT, "value": one(rng, PROMPTS)})
    if chance(rng, 0.4):
        body["description"] = one(rng, values.TEXTS)
    made = Registered(name, world.wild, is_prompt(body.get("tags", [])),
                      tags={tag["key"] for tag in body.get("tags", ())} - {IS_PROMPT})
    return post("registered-models/create", body,
                then=lambda: None if made.dirty else world.registered.append(made))


def read(world: World) -> Call:
    return get("registered-models/get", ("name", name_of(world, registered(world))))


def update(world: World) -> Call:
    body = {"name": name_of(world, registered(world)), "description": one(world.rng, values.TEXTS)}
    return sent("registered-models/update", "PATCH", body)


def rename(world: World) -> Call:
    """A dirty model keeps its name."""
    model, name = registered(world), new_name(world)
    body = {"name": "nobody" if world.wild else name_of(world, model), "new_name": name}

    def then() -> None:
        if body["name"] == model.name:
            world.gone.append(model.name)
            model.name = name
    return post("registered-models/rename", body, then=then)


def delete(world: World) -> Call:
    model = registered(world)
    several = sum(other.prompt == model.prompt and not other.dirty for other in world.registered) > 2
    name = name_of(world, model) if several and not world.wild else "nobody"

    def then() -> None:
        if name == model.name:
            world.gone.append(name)
            world.registered.remove(model)
    return sent("registered-models/delete", "DELETE", {"name": name}, then=then)


def latest(world: World) -> Call:
    rng, name = world.rng, name_of(world, registered(world, "versions"))
    pool = STAGES if chance(rng, 0.9) else STAGES_BROKEN
    stages = [one(rng, pool) for _ in range(rng.randrange(3))]
    call = post("registered-models/get-latest-versions", {"name": name, "stages": stages})
    if chance(rng, 0.3):
        call = get("registered-models/get-latest-versions", ("name", name), *(("stages", stage) for stage in stages))
    return in_any_order(call)


def in_any_order(call: Call) -> Call:
    """Versions of several stages come in the order of the database."""
    call.facts["any order"] = {"model_versions"}
    return call


def tag_key(world: World, model: Registered) -> str:
    if not world.wild and chance(world.rng, 0.05):
        return IS_PROMPT
    return world.key(model.tags)


def set_tag(world: World) -> Call:
    rng, model = world.rng, registered(world)
    body = {"name": name_of(world, model), "key": tag_key(world, model), "value": values.text(rng, TAG_LIMIT)}
    if body["key"] == IS_PROMPT:
        body["value"] = one(rng, PROMPTS)

    def then() -> None:
        if body["name"] != model.name:
            return
        if body["key"] == IS_PROMPT:
            model.prompt = body["value"].lower() == "true"
        else:
            model.tags.add(body["key"])
    return post("registered-models/set-tag", body, then=then)


def delete_tag(world: World) -> Call:
    model = registered(world, "tags")
    body = {"name": name_of(world, model), "key": tag_key(world, model)}

    def then() -> None:
        model.tags.discard(body["key"])
        model.prompt = model.prompt and not (body["name"] == model.name and body["key"] == IS_PROMPT)
    return sent("registered-models/delete-tag", "DELETE", body, then=then)


def alias_of(world: World, model: Optional[Registered] = None) -> str:
    if chance(world.rng, 0.15):
        return one(world.rng, ALIASES_BROKEN)
    if model and model.aliases and chance(world.rng, 0.8):
        return one(world.rng, sorted(model.aliases))
    return one(world.rng, ALIASES)


def set_alias(world: World) -> Call:
    model = registered(world, "versions")
    alias = alias_of(world)
    body = {"name": name_of(world, model), "alias": alias, "version": number(world, model)}
    return post("registered-models/alias", body, then=lambda: model.aliases.add(alias))


def delete_alias(world: World) -> Call:
    model = registered(world, "aliases")
    alias = alias_of(world, model)
    return sent("registered-models/alias", "DELETE", {"name": name_of(world, model), "alias": alias},
                then=lambda: model.aliases.discard(alias))


def by_alias(world: World) -> Call:
    """What a dirty model's alias points at nobody knows."""
    model = registered(world, "aliases")
    alias = alias_of(world, model) if not world.wild else "nothing"
    return get("registered-models/alias", ("name", name_of(world, model)), ("alias", alias))


NUMBERS_ODD = ["0", "99", "x", "-1", "1.0", " 1", "01", "+1", "", "1e0", "9223372036854775807", "1_0"]


def number(world: World, model: Registered) -> str:
    """A version's number: mostly of one that is there."""
    if world.wild:
        return "1"
    if chance(world.rng, 0.08):
        return one(world.rng, NUMBERS_ODD)
    if model.made and chance(world.rng, 0.1):
        return str(model.made)      # perhaps a deleted one
    return one(world.rng, model.versions).number if model.versions else "1"


ACTIONS = [(create, 3), (read, 3), (update, 1.5), (rename, 1.2), (delete, 0.6), (latest, 2), (set_tag, 2), (delete_tag, 1),
           (set_alias, 3), (delete_alias, 1), (by_alias, 2)]
