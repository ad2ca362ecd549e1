# SPDX-License-Identifier: Apache-2.0
"""webhooks: made, listed, read, changed, deleted. None of them is ever sent: those that are active tell of budgets, of which
nothing happens here. Hosts are addresses, so that no name is looked up."""

from typing import Any, Dict, List

from tests.parity import values
from tests.parity.calls import API, Call, Paging
from tests.parity.registered import Webhook, webhook
from tests.parity.values import chance, one
from tests.parity.world import World

NAMES = ["h", "Hook.1", "a-b_c", "0", "x" * 63]
NAMES_BROKEN = ["", " ", "-h", "h-", ".h", "h h", "hé", "x" * 64, "h\n", "a/b"]
URLS = ["https://8.8.8.8/hook", "https://8.8.8.8:8443/a?b=c#d", "https://1.1.1.1", "https://[2606:4700:4700::1111]/x", "https://9.9.9.9/é"]
URLS_BROKEN = ["", " ", "http://8.8.8.8/", "ftp://8.8.8.8/", "8.8.8.8", "//8.8.8.8/x", "https://", "https:///x", "https://127.0.0.1/",
               "https://10.0.0.1/", "https://192.168.1.1/", "https://169.254.169.254/", "https://[::1]/", "https://0.0.0.0/",
               "https://[::ffff:127.0.0.1]/", "https://[fd00::1]/", "https://100.64.0.1/", "https://224.0.0.1/",
               "https://240.0.0.1/", "https://203.0.113.1/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "mailto:x"]
EVENTS = [("REGISTERED_MODEL", "CREATED"), ("MODEL_VERSION", "CREATED"), ("MODEL_VERSION_TAG", "SET"),
          ("MODEL_VERSION_TAG", "DELETED"), ("MODEL_VERSION_ALIAS", "CREATED"), ("MODEL_VERSION_ALIAS", "DELETED"),
          ("PROMPT", "CREATED"), ("PROMPT_VERSION", "CREATED"), ("PROMPT_TAG", "SET"), ("PROMPT_TAG", "DELETED"),
          ("PROMPT_VERSION_TAG", "SET"), ("PROMPT_VERSION_TAG", "DELETED"), ("PROMPT_ALIAS", "CREATED"), ("PROMPT_ALIAS", "DELETED")]
EVENTS_BROKEN = [("MODEL_VERSION", "DELETED"), ("REGISTERED_MODEL", "UPDATED"), ("PROMPT", "SET"), ("BUDGET_POLICY", "CREATED"),
                 ("ELEPHANT", "CREATED"), ("MODEL_VERSION", "EATEN"), ("", "")]
BUDGET = {"entity": "BUDGET_POLICY", "action": "EXCEEDED"}
NOWHERE = ["none", "0", "00000000-0000-4000-8000-000000000000"]


def hook_call(route: str, method: str, hook_id: str = "", **more: Any) -> Call:
    return Call(route, method, f"{API}webhooks/{hook_id}" if hook_id else f"{API}webhooks", **more)


def events(world: World) -> List[Dict[str, str]]:
    rng = world.rng
    pairs = rng.sample(EVENTS, rng.randrange(1, 4))
    if chance(rng, 0.12):
        pairs = one(rng, [[], [one(rng, EVENTS_BROKEN)], [*pairs, one(rng, EVENTS_BROKEN)]])
    return [{"entity": entity, "action": action} for entity, action in pairs]


def told(world: World) -> Dict[str, Any]:
    """Events and a status: all but those of budgets are disabled."""
    if chance(world.rng, 0.25):
        return {"events": [BUDGET], **one(world.rng, [{}, {"status": "ACTIVE"}, {"status": 1}])}
    return {"events": events(world), "status": one(world.rng, ["DISABLED", "DISABLED", 2])}


def fields(world: World) -> Dict[str, Any]:
    rng = world.rng
    made = {"name": one(rng, NAMES if chance(rng, 0.85) else NAMES_BROKEN),
            "url": one(rng, URLS if chance(rng, 0.75) else URLS_BROKEN)}
    if chance(rng, 0.4):
        made["description"] = one(rng, ["", "d", "naïve 名前 😀"])
    if chance(rng, 0.3):
        made["secret"] = one(rng, ["", "s", "naïve"])
    return made


def create(world: World) -> Call:
    symbol, body = world.symbol("hook"), {**fields(world), **told(world)}
    made = Webhook(symbol, body["name"], world.wild)
    return hook_call("webhooks/create", "POST", body=body, saves={symbol: "webhook.webhook_id"},
                     then=lambda: world.webhooks.append(made))


def id_of(world: World) -> str:
    return webhook(world).id if not chance(world.rng, 0.06) else one(world.rng, NOWHERE)


def read(world: World) -> Call:
    return hook_call("webhooks/get", "GET", id_of(world))


def update(world: World) -> Call:
    """One field, or several. What is told and whether go together."""
    rng, everything = world.rng, fields(world)
    body = {name: value for name, value in everything.items() if chance(rng, 0.4)}
    if chance(rng, 0.4):
        body.update(told(world))
    return hook_call("webhooks/update", "PATCH", id_of(world), body=body)


def delete(world: World) -> Call:
    hook = webhook(world)
    several = sum(not other.deleted and not other.dirty for other in world.webhooks) > 1
    if world.wild or not several:
        return hook_call("webhooks/delete", "DELETE", one(world.rng, NOWHERE), body={})

    def then() -> None:
        hook.deleted = True
    return hook_call("webhooks/delete", "DELETE", hook.id, body=one(world.rng, [None, {}]), then=then)


def listing(world: World) -> Call:
    """All webhooks of the server, of which the clean ones of this seed count."""
    rng = world.rng
    call = hook_call("webhooks/list", "GET", paging=Paging("webhooks"))
    call.facts["ours only"] = ("webhooks", "webhook_id", {hook.id for hook in world.webhooks if not hook.dirty})
    if chance(rng, 0.7):
        call.query.append(("max_results", one(rng, [1, 3, 50, 1000, 100])))
    elif chance(rng, 0.3):
        call.query.append(("max_results", one(rng, [0, -1, 1001, "x", ""])))
    elif chance(rng, 0.2):
        call.query.append(("page_token", one(rng, values.TOKENS_BROKEN)))
        call.traits.add("broken-token")
    return call


ACTIONS = [(create, 1.5), (read, 1), (update, 1.5), (delete, 0.4), (listing, 1)]
