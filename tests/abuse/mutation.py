# SPDX-License-Identifier: Apache-2.0
"""Bends requests that were right: a value of the JSON, an argument, a piece of the path, a header, or plain bytes. What
comes out is still one well-framed HTTP request, so that every one of them must be answered."""

import copy
import json
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple
from urllib.parse import quote

TARGET_MAX = 6000      # bytes; beyond what a connection's memory holds the transport answers, and its own tests look at that
ARGUMENTS_MAX = 80
SAFE_IN_TARGET = "/%:~!$&'()*+,;=@?-._"

TEXTS = ["", " ", "\t\n", "0", "-1", "1e400", "NaN", "null", "None", "true", "a" * 251, "a" * 9000, "ä" * 400, "\U0001f600",
         "\u202e", "\x1b[31m", "\r\nX-Evil: 1", "\x7f", "'", "\"", "`", "\\", "%", "%00", "%2e%2e%2f", "../../etc/passwd",
         "/etc/passwd", "C:\\x", "file:///etc", "a#b", "a?b", "a//b", "; DROP TABLE run", "' OR 1=1 --", "${jndi:ldap://x}",
         "{{7*7}}", "<script>", "mlflow.runName", "mlflow.user", "mlflow.loggedArtifacts", "mlflow.trace.archivalRetention",
         "metrics.m > 1", "params.p LIKE '%a%a%a%'", "attributes.start_time DESC", "tags.`a b` = 'x'", "AQAAAAAAAAAAAQ=="]
VALUES: List[Any] = [None, True, False, 0, -1, 1, 2**31, -2**31 - 1, 2**53 + 1, 2**63 - 1, -2**63, 2**63, 10**30, 1.5, -0.0, 1e308,
                     1e-320, [], {}, [[]], [None], [{}], {"a": None}, [1, "a", {}], "0x10", "9" * 400]
TOKENS = [b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u0000", b"\\ud800", b"\x00", b"\xff", b"\xc0\xaf", b"\xef\xbb\xbf",
          b"NaN", b"-Infinity", b"1e999", b"null", b"{}", b"[[[[", b"/*", b"0", b"-", b"99999999999999999999"]
PIECES = ["/", "//", ".", "..", "%2e%2e", "%2f", "%5c", "%00", "%ff", "%", "%zz", "%c0%ae", ";a=b", "?", "&", "=", "x" * 300, "~",
          "%F0%9F%98%80", "%0d%0a", "*", "{id}", "+", "%25"]
HEADERS: List[Tuple[str, List[str]]] = [
    ("Range", ["bytes=0-0", "bytes=-1", "bytes=5-1", "bytes=0-0,2-3", "bytes=99999999999999999999-", "bytes=--1", "x", "bytes="]),
    ("If-None-Match", ["*", '""', '"x', "W/", "," * 900, '"a", "b'] ),
    ("If-Match", ["*", '"x"', "x" * 2000]),
    ("If-Range", ['"x"', "x", "Mon, 01 Jan 2000 00:00:00 GMT"]),
    ("Content-MD5", ["", "x", "AAAA", "=" * 24, "A" * 5000]),
    ("x-amz-checksum-sha256", ["", "x", "A" * 44, "\xff"]),
    ("Content-Type", ["", "text/plain", "application/json; charset=utf-16", "application/json" + ";" * 900, "a/b\x0bc"]),
    ("Expect", ["200-ok"]),
    ("X-HTTP-Method-Override", ["DELETE"]),
    ("Accept-Encoding", ["gzip;q=x", "*" * 500]),
    ("Cookie", ["a=" + "b" * 3000]),
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@dataclass(frozen=True)
class Request:
    """A request before it is bytes: the target is encoded, the body is JSON in `body` or bytes in `raw`."""

    method: str
    path: str
    query: Tuple[Tuple[str, str], ...] = ()
    body: Any = None
    raw: Optional[bytes] = None
    headers: Dict[str, str] = field(default_factory=dict)

    def data(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return b"" if self.body is None else json.dumps(self.body).encode()

    def target(self) -> str:
        """Only what may stand in a request line: the rest is escaped."""
        path = quote(self.path, safe=SAFE_IN_TARGET)
        pairs = "&".join(f"{quote(key, safe='%+')}={quote(value, safe='%+')}" for key, value in self.query)
        return f"{path}?{pairs}" if pairs else path


def places(value: Any) -> Iterator[Tuple[Any, Any]]:
    """Every (container, key or index) in a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        yield value, key
        yield from places(inner)


def other_value(request: Request, rng: Random) -> Request:
    """One value somewhere in the JSON becomes another one, or is gone, or is wrapped, or is there many times."""
    body = copy.deepcopy(request.body)
    found = list(places(body))
    if not found:
        return replace(request, body=rng.choice(VALUES))
    container, key = rng.choice(found)
    old = container[key]
    choice = rng.random()
    if choice < 0.4:
        container[key] = rng.choice(TEXTS)
    elif choice < 0.7:
        container[key] = copy.deepcopy(rng.choice(VALUES))
    elif choice < 0.8:
        container[key] = [old] * rng.choice([0, 2, 1001])
    elif choice < 0.9:
        for _ in range(rng.choice([1, 30, 100])):
            old = [old]
        container[key] = old
    else:
        container.pop(key)
    return replace(request, body=body)


def other_name(request: Request, rng: Random) -> Request:
    body = copy.deepcopy(request.body)
    named = [(container, key) for container, key in places(body) if isinstance(container, dict)]
    if not named:
        return request
    container, key = rng.choice(named)
    container[rng.choice([key.upper(), key + "_", rng.choice(TEXTS)])] = container.pop(key)
    return replace(request, body=body)


def other_bytes(request: Request, rng: Random) -> Request:
    """A few bytes of the body flipped, cut, doubled or replaced by what means something in JSON."""
    data = bytearray(request.data())
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        choice = rng.random()
        if choice < 0.35:
            data[at:at + rng.randint(0, 2)] = rng.choice(TOKENS)
        elif choice < 0.6 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif choice < 0.8:
            del data[at:at + rng.randint(1, 9)]
        elif choice < 0.9:
            del data[at:]
        else:
            data[at:at] = data[at:at + rng.randint(1, 60)] * rng.randint(1, 20)
    return replace(request, raw=bytes(data))


def other_argument(request: Request, rng: Random) -> Request:
    query = list(request.query) or [("run_id", "x")]
    at = rng.randrange(len(query))
    key, value = query[at]
    choice = rng.random()
    if choice < 0.5:
        query[at] = (key, rng.choice(TEXTS))
    elif choice < 0.7:
        query[at] = (key, value + rng.choice(PIECES))
    elif choice < 0.8:
        query[at] = (rng.choice(TEXTS)[:300], value)
    elif choice < 0.9:
        query += [(key, value)] * rng.choice([1, 60])
    else:
        del query[at]
    return replace(request, query=tuple(query))


def other_path(request: Request, rng: Random) -> Request:
    """A piece into the path, or one out of it; the first slash stays."""
    path = request.path
    at = rng.randint(1, len(path))
    if rng.random() < 0.25:
        return replace(request, path=path[:at] + path[at + rng.randint(1, 5):])
    return replace(request, path=path[:at] + rng.choice(PIECES) + path[at:])


def other_header(request: Request, rng: Random) -> Request:
    name, values = rng.choice(HEADERS)
    return replace(request, headers={**request.headers, name: rng.choice(values)})


def other_method(request: Request, rng: Random) -> Request:
    return replace(request, method=rng.choice(METHODS))


BENDS: List[Tuple[Callable[[Request, Random], Request], int]] = [
    (other_value, 8), (other_name, 2), (other_bytes, 5), (other_argument, 4), (other_path, 4), (other_header, 2), (other_method, 1)]


def fits(bend: Callable, request: Request) -> bool:
    """Whether there is something to bend in that way."""
    if bend in (other_value, other_name):
        return request.raw is None and request.body is not None
    return bend is not other_bytes or request.data() != b""


def mutate(request: Request, rng: Random) -> Request:
    """The request with one to three bends."""
    bent = request
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        fitting = [(bend, weight) for bend, weight in BENDS if fits(bend, bent)]
        bend = rng.choices([bend for bend, _ in fitting], [weight for _, weight in fitting])[0]
        bent = bend(bent, rng)
    return bent if len(bent.target()) <= TARGET_MAX and len(bent.query) <= ARGUMENTS_MAX else request
