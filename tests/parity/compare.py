# SPDX-License-Identifier: Apache-2.0
"""Brings two replies to a common form and says where they differ.

Common form: ids are symbols; times that a server read from its clock are "<now>"; names that a server made up are
symbols; page tokens are gone; lists without an order (tags, params, a run's metrics, files, inputs) are keyed, not
ordered. Numbers keep their JSON type, so 1 and 1.0 differ."""

import json
import re
import time
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

from tests.parity.calls import LONG_RUN, Call, Ids, Order, squeezed
from tests.parity.wire import COMPARED_HEADERS, Reply

CLOCK_PAIRS = {"creation_time": "last_update_time", "creation_timestamp_ms": "last_updated_timestamp_ms",
               "creation_timestamp": "last_updated_timestamp"}
CLOCK_SLACK_MS = 5000
SETS = {"tags", "params", "dataset_inputs", "model_inputs", "model_outputs", "files", "dataset_summaries",
        "aliases", "latest_versions", "events"}
ELEMENT_NAMES = ("key", "path", "model_id", "name", "digest", "version", "alias", "entity", "action")
ROOT_ID = re.compile(r"(mlflow-artifacts:/)(\d+)(?=/|$)")
PATH_ID = re.compile(r"^'?(\d+)(?=/)")
EXPERIMENT_IN_TEXT = re.compile(r"(id=|experiment |experiment with id |ID ')(\d+)")

# Texts that clients or tests read. Where the real server's message fits one of these, ours must have the same groups.
FIXED_MESSAGES = [re.compile(pattern, re.S) for pattern in (
    r"^(Missing value for required parameter '[^']+')", r"^(Experiment\(name=.*?\) already exists)",
    r"^(Multipart upload is not supported for the current artifact repository)",
    r"^(Changing param values is not allowed\. Param with key='.*?' was already logged with value=')",
    r"^(Changing param values is not allowed\. Params were already logged=)",
    r"^(Duplicate parameter keys have been submitted: )", r"^(A batch logging request can contain at most \d+ [^.]*\.)",
    r"^(The (?:run|experiment) \S+ must be in the 'active' state)", r"^(Run with id=\S* not found)",
    r"^(No Experiment with id=\S+ exists)", r"^(Could not find experiment with name )", r"^(No such artifact: )",
    r"^(Logged model with ID '[^']*' not found)", r"^(Invalid path)", r"^(Invalid clause\(s\) in filter string)",
    r"^(Invalid entity type)", r"^(Invalid attribute key '[^']*' specified)", r"^(Invalid ordering key in order_by clause)",
    r"^(Invalid comparator '[^']*')", r"^(Expected numeric value type for metric\.)", r"^(Invalid page token)",
    r"^(Parameter value is either not quoted or unidentified quote types used for string value)",
    r"^(Invalid value \S+ for parameter '[^']+' supplied)", r"^('[^']+' exceeds the maximum length of \d+ characters)",
    r"^(Request specifies both '[^']+' and '[^']+'; provide only one of them)", r"^(Bad Request\. Content-Type)",
    r"^(Invalid experiment ID '[^']*'\. Experiment ID must be a valid integer)", r"^(No tag with name: )",
)]


@dataclass
class Difference:
    path: str
    theirs: Any
    ours: Any

    @property
    def kind(self) -> str:
        """What is counted together: the path without the elements' names, or the two statuses."""
        if self.path == "status":
            return f"status {str(self.theirs)[:3]} here {str(self.ours)[:32].strip()}"
        parts = [part for part in self.path.split(".") if len(part) < 40 and (part.isidentifier() or "[" in part)]
        return ".".join(part.split("[")[0] for part in parts) or self.path

    def __str__(self) -> str:
        return f"{LONG_RUN.sub(squeezed, self.path)}: real {cut(self.theirs)} | ours {cut(self.ours)}"


ABSENT = "<absent>"


def cut(value: Any, limit: int = 400) -> str:
    text = value if value is ABSENT else json.dumps(value, ensure_ascii=False, default=str)
    text = LONG_RUN.sub(squeezed, text)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


def clock(value: Any, now_ms: float) -> Any:
    plausible = isinstance(value, int) and abs(now_ms - value) < CLOCK_SLACK_MS + SEED_LIMIT_MS
    return "<now>" if plausible else value


SEED_LIMIT_MS = 3600 * 1000  # objects read back may be as old as their seed


class Canon:
    """Turns one server's reply into the common form."""

    def __init__(self, ids: Ids, unordered: frozenset = frozenset()):
        self.ids = ids
        self.unordered = unordered      # more names of lists without an order
        self.now_ms = time.time() * 1000

    def value(self, thing: Any, key: str = "", parent: str = "") -> Any:
        if isinstance(thing, dict):
            return self.record(thing, key)
        if isinstance(thing, list):
            items = [self.value(item, key, parent) for item in thing]
            unordered = key in SETS or key in self.unordered or (key == "metrics" and parent == "data")
            return keyed(items) if unordered else items
        return self.text(thing, key) if isinstance(thing, str) else thing

    def record(self, thing: Dict[str, Any], key: str) -> Dict[str, Any]:
        made = {name: self.value(item, name, key) for name, item in thing.items() if name != "next_page_token"}
        for created, updated in CLOCK_PAIRS.items():
            if created in thing and updated in thing:
                made[created] = clock(thing[created], self.now_ms)
                made[updated] = clock(thing[updated], self.now_ms)
                if made[created] == made[updated] == "<now>":
                    made[updated] = "<when created>" if thing[created] == thing[updated] else "<later>"
                    made[updated] = "<before it was created>" if thing[created] > thing[updated] else made[updated]
        return made

    def text(self, text: str, key: str) -> str:
        if key == "experiment_id":
            return self.ids.experiments.get(text.strip(), text)
        text = ROOT_ID.sub(lambda m: m.group(1) + self.ids.experiments.get(m.group(2), m.group(2)), text)
        if key in ("message", "detail", "errors"):
            text = EXPERIMENT_IN_TEXT.sub(lambda m: m.group(1) + self.ids.experiments.get(m.group(2), m.group(2)), text)
        return self.ids.unfill(text)


def keyed(items: List[Any]) -> Dict[str, Any]:
    """A list without an order as a map: by what names an element, and a count where several have the same name."""
    made: Dict[str, Any] = {}
    for item in sorted(items, key=lambda i: json.dumps(i, sort_keys=True, default=str)):
        name, serial = element_name(item), 0
        while (label := f"{name}#{serial}" if serial else name) in made:
            serial += 1
        made[label] = item
    return made


def element_name(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    if isinstance(item.get("dataset"), dict):
        item = item["dataset"]
    return "/".join(str(item[name]) for name in ELEMENT_NAMES if name in item and (name != "digest" or "key" not in item))


def order_value(item: Any, kind: str, name: str) -> Any:
    """What an element of a search is ordered by."""
    if kind == "attributes":
        field = {"created": "start_time", "Created": "start_time"}.get(name, name)
        return item.get("info", {}).get(field)
    for entry in item.get("data", {}).get(kind, []):
        if entry.get("key") == name:
            return entry.get("value")
    return None


def sorted_ties(items: List[Any], order: Order, canon: Canon) -> List[Any]:
    """The list in common form, elements that the order leaves equal sorted among themselves."""
    if order.keys and order.keys[0][0] == "point":
        return sorted_points(items, order, canon)
    made: List[Tuple[str, Any]] = []
    for item in items:
        place = "" if order.free else json.dumps([order_value(item, kind, name) for kind, name in order.keys])
        made.append((place, canon.value(item)))
    result: List[Any] = []
    group: List[Any] = []
    last: Optional[str] = None
    for place, item in made:
        if place != last and not order.free:
            result += sorted(group, key=stable)
            group = []
        group.append(item)
        last = place
    return result + sorted(group, key=stable)


def sorted_points(items: List[Any], order: Order, canon: Canon) -> List[Any]:
    """A history in common form. Runs come in the order of their ids: make that the order of symbols. Points of one time and
    step are ordered by value; a NaN counts as 0 there, so beside a 0 it may come first or second."""
    if ("point", "run_id") in order.keys:
        items = sorted(items, key=lambda item: canon.ids.unfill(str(item.get("run_id"))))
    result = [canon.value(item) for item in items]
    for index in range(1, len(result)):
        first, second = result[index - 1:index + 1]
        together = all(first.get(name) == second.get(name) for _, name in order.keys)
        if together and first["value"] == 0 and is_nan(second["value"]):
            result[index - 1:index + 1] = [second, first]
    return result


def is_nan(value: Any) -> bool:
    return value == "NaN" or value != value


def stable(item: Any) -> str:
    return json.dumps(item, sort_keys=True, default=str)


def as_rest(thing: Any, key: str = "") -> Any:
    """What GraphQL says in the names and numbers of REST, which the rules of the common form know."""
    if isinstance(thing, dict):
        return {(name := snake(spelt)): as_rest(item, name) for spelt, item in thing.items()}
    if isinstance(thing, list):
        return [as_rest(item, key) for item in thing]
    is_number = key.endswith(("_time", "timestamp", "step")) and isinstance(thing, str) and thing.lstrip("-").isdigit()
    return int(thing) if is_number else thing


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])[A-Z]", lambda m: "_" + m.group(0).lower(), name)


def own_only(body: Any, call: Call, ids: Ids) -> Any:
    """Of a list that others fill too, what this seed has made and can be read."""
    if "ours only" not in call.facts or not isinstance(body, dict):
        return body
    items, name, known = call.facts["ours only"]
    return {**body, items: [item for item in body.get(items, []) if ids.symbols.get(item.get(name)) in known]}


def common(reply: Reply, call: Call, ids: Ids) -> Any:
    canon = Canon(ids, call.facts.get("any order", frozenset()))
    body = own_only(reply.body, call, ids) if reply.ok else reply.body
    body = as_rest(body) if call.route == "graphql" else body
    order = call.order
    ordered = order and (order.keys or order.free) and isinstance(body, dict) and isinstance(body.get(order.items), list)
    if reply.ok and ordered:
        made = canon.value({key: value for key, value in body.items() if key != order.items})
        made[order.items] = sorted_ties(body[order.items], order, canon)
        return made
    return canon.value(body)


def differences(call: Call, theirs: Reply, ours: Reply, their_ids: Ids, our_ids: Ids) -> List[Difference]:
    """All differences that count. When the status differs nothing else is looked at; what a wild call succeeds with is not
    looked at either, as dirty objects are in different states."""
    if theirs.status != ours.status:
        return [Difference("status", said(theirs), said(ours))]
    found = header_differences(theirs, ours)
    if theirs.ok and "wild" in call.traits:
        return []
    if not theirs.ok:
        return found + error_differences(call, theirs, ours, their_ids, our_ids)
    if theirs.pages != ours.pages and "ours only" not in call.facts:
        found.append(Difference("pages", theirs.pages, ours.pages))
    walk("body", common(theirs, call, their_ids), common(ours, call, our_ids), found)
    return found


def said(reply: Reply) -> str:
    if reply.ok or not isinstance(reply.body, dict):
        return str(reply.status)
    return f"{reply.status} {reply.error_code or ''} {cut(reply.message or reply.body, 160)}"


def header_differences(theirs: Reply, ours: Reply) -> List[Difference]:
    found = []
    compared = COMPARED_HEADERS if theirs.ok else ("Allow", "Content-Range", "Location")
    for name in compared:
        left, right = theirs.headers.get(name, ABSENT), ours.headers.get(name, ABSENT)
        if name == "Content-Type" and theirs.body is None and ours.body is None:
            continue    # of nothing
        if name == "Allow":
            left, right = (", ".join(sorted(side.split(", "))) for side in (left, right))
        if left != right:
            found.append(Difference(f"header {name}", left, right))
    return found


def error_differences(call: Call, theirs: Reply, ours: Reply, their_ids: Ids, our_ids: Ids) -> List[Difference]:
    if theirs.error_code != ours.error_code:
        return [Difference("error_code", said(theirs), said(ours))]
    left, right = common(theirs, call, their_ids), common(ours, call, our_ids)
    if not theirs.is_json:
        return [] if left == right else [Difference("error body", left, right)]
    their_text, our_text = said_in(left), said_in(right)
    for pattern in FIXED_MESSAGES:
        if match := pattern.match(their_text):
            other = pattern.match(our_text)
            if not other or other.groups() != match.groups():
                return [Difference("fixed message", their_text, our_text)]
    return []


def said_in(body: Any) -> str:
    return str(body.get("message", body.get("detail"))) if isinstance(body, dict) else str(body)


def message_difference(call: Call, theirs: Reply, ours: Reply, their_ids: Ids, our_ids: Ids) -> Optional[Difference]:
    """For --messages: texts that differ although nothing depends on them."""
    left, right = common(theirs, call, their_ids), common(ours, call, our_ids)
    if theirs.ok or not isinstance(left, dict) or not isinstance(right, dict) or left.get("message") == right.get("message"):
        return None
    return Difference("message", left.get("message"), right.get("message"))


def walk(path: str, theirs: Any, ours: Any, found: List[Difference]) -> None:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in sorted({*theirs, *ours}, key=str):
            walk(f"{path}.{key}", theirs.get(key, ABSENT), ours.get(key, ABSENT), found)
    elif isinstance(theirs, list) and isinstance(ours, list):
        if len(theirs) != len(ours):
            found.append(Difference(f"{path} length", len(theirs), len(ours)))
        for index, (left, right) in enumerate(zip(theirs, ours)):
            walk(f"{path}[{index}]", left, right, found)
    elif type(theirs) is not type(ours) or repr(theirs) != repr(ours):
        found.append(Difference(path, theirs, ours))
