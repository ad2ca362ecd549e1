# SPDX-License-Identifier: Apache-2.0
"""A call that is the same for both servers: ids in it are symbols such as <run3>, filled in from each server's own
table when it is sent, and turned back into symbols in what it answers."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Set, Tuple
from urllib.parse import quote

SYMBOL = re.compile(r"<([a-z]+\d+)>")
LONG_RUN = re.compile(r"((?:\\u[0-9a-f]{4}){1,2}?|(?:%[0-9A-F]{2}){1,4}?|.)\1{29,}")
SHOWN_MAX = 900
OPAQUE_ID = re.compile(r"m-[0-9a-f]{32}|[0-9a-f]{32}")
API = "/api/2.0/mlflow/"
AJAX = "/ajax-api/2.0/mlflow/"

JSON_TYPE = {"Content-Type": "application/json"}


@dataclass
class Paging:
    """A search that is followed through all its pages: `items` is the name of the list in the reply."""
    items: str


@dataclass
class Order:
    """How a list in a reply is ordered, as far as the request decides it.

    `keys` are (kind, name) pairs, most significant first; elements that agree in all of them are ordered by ids that
    each server makes itself, so their order is compared as a set. `free` means that nothing can be said."""
    items: str
    keys: List[Tuple[str, str]] = field(default_factory=list)
    free: bool = False


@dataclass
class Call:
    route: str                                  # the name of the operation, as reasons know it: "runs/log-metric"
    method: str
    path: str                                   # not percent-encoded; may hold symbols
    query: List[Tuple[str, Any]] = field(default_factory=list)
    body: Any = None                            # JSON, unless `raw` is given
    raw: Optional[bytes] = None
    headers: Dict[str, str] = field(default_factory=dict)
    traits: Set[str] = field(default_factory=set)   # what is special about this call; reasons look at them
    saves: Dict[str, str] = field(default_factory=dict)     # symbol -> path of its value in the reply
    then: Optional[Callable[[], None]] = None   # run when both servers said yes
    paging: Optional[Paging] = None
    order: Optional[Order] = None
    facts: Dict[str, Any] = field(default_factory=dict)     # what the generator knows and a reason may ask

    @property
    def is_json(self) -> bool:
        return self.raw is None and self.body is not None


def post(route: str, body: Any, **more) -> Call:
    return Call(route, "POST", API + route, body=body, **more)


def get(route: str, *query: Tuple[str, Any], **more) -> Call:
    return Call(route, "GET", API + route, query=list(query), **more)


class Ids:
    """One server's table of symbols: what each stands for here, and the way back."""

    def __init__(self) -> None:
        self.actual: Dict[str, str] = {}
        self.symbols: Dict[str, str] = {}
        self.experiments: Dict[str, str] = {"0": "<exp0>"}
        self.actual["exp0"] = "0"

    def learn(self, symbol: str, value: str) -> None:
        self.actual[symbol] = value
        table = self.experiments if symbol.startswith("exp") else self.symbols
        table[value] = f"<{symbol}>"

    def fill(self, value: Any) -> Any:
        """The value with its symbols replaced. A symbol that this server never learnt names nothing."""
        if isinstance(value, str):
            return SYMBOL.sub(lambda m: self.actual.get(m.group(1), f"never-{m.group(1)}"), value)
        if isinstance(value, bytes):
            return self.fill(value.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if isinstance(value, tuple):
            return tuple(self.fill(item) for item in value)
        if isinstance(value, dict):
            return {self.fill(key): self.fill(item) for key, item in value.items()}
        return value

    def unfill(self, text: str) -> str:
        """The text with this server's ids replaced by symbols, wherever they stand in it."""
        if text in self.symbols:
            return self.symbols[text]
        return OPAQUE_ID.sub(lambda m: self.symbols.get(m.group(0), m.group(0)), text)


def target(call: Call, ids: Ids, extra: Tuple[Tuple[str, Any], ...] = ()) -> str:
    """The request target: path and query, percent-encoded. A `%` in the path is kept, so paths may be pre-encoded."""
    path = quote(ids.fill(call.path), safe="/%:~!$&'()*+,;=@")
    pairs = [(key, ids.fill(value)) for key, value in [*call.query, *extra]]
    if not pairs:
        return path
    return path + "?" + "&".join(f"{quote(str(k), safe='')}={quote(query_text(v), safe='')}" for k, v in pairs)


def query_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def payload(call: Call, ids: Ids, extra: Optional[dict] = None) -> Tuple[Optional[bytes], Dict[str, str]]:
    """The body and the headers to send. A header whose value is empty is not sent at all."""
    headers = dict(call.headers)
    data = ids.fill(call.raw) if call.raw is not None else None
    if call.is_json:
        body = ids.fill(call.body)
        data = json.dumps({**body, **extra} if extra else body).encode()
    if data is not None and "Content-Type" not in headers:
        headers["Content-Type"] = "application/json"
    return data, {key: ids.fill(value) for key, value in headers.items() if value != ""}


def squeezed(match: "re.Match[str]") -> str:
    """A long repetition, named by its length."""
    return f"{match.group(1)}<{len(match.group(0)) // len(match.group(1))} times>"


def shown(call: Call, ids: Optional[Ids] = None) -> str:
    """One line for a person: the call with its symbols, or with one server's ids filled in."""
    table = ids or Ids()
    if ids is None:
        table.fill = lambda value: value  # type: ignore[method-assign]
    data, headers = payload(call, table)
    text = "" if data is None else " " + LONG_RUN.sub(squeezed, data.decode("utf-8", "replace"))
    text = text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]} ..."
    special = {key: value for key, value in headers.items() if (key, value) not in JSON_TYPE.items()}
    return f"{call.method} {LONG_RUN.sub(squeezed, target(call, table))}{f' {special}' if special else ''}{text}"
