# SPDX-License-Identifier: Apache-2.0
"""Headers that let two readers of a connection disagree about where a request ends.

Behind each stands a second request that would make an experiment. It must not be served: not its
reply is what counts (libmicrohttpd writes some of its own errors twice), but that the experiment is not there."""

import re

import pytest

from abuse.wire import Wire, ask, post, request, unique

HOST = b"Host: localhost\r\n"
JSON = b"Content-Type: application/json\r\n"
POST = b"POST /api/2.0/mlflow/experiments/search HTTP/1.1\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
BODY = b'{"max_results": 1}'

# name: the head up to the blank line, the body. The status of each is a refusal.
SMUGGLING = {
    "a length and a coding": (HOST + JSON + b"Content-Length: 5\r\n" + CHUNKED, b"0\r\n\r\n"),
    "a coding and a length": (HOST + JSON + CHUNKED + b"Content-Length: 5\r\n", b"0\r\n\r\n"),
    "a coding and length 0": (HOST + JSON + CHUNKED + b"Content-Length: 0\r\n", b""),
    "two lengths": (HOST + JSON + b"Content-Length: 18\r\nContent-Length: 180\r\n", BODY),
    "two equal lengths": (HOST + JSON + b"Content-Length: 18\r\nContent-Length: 18\r\n", BODY),
    "a list of lengths": (HOST + JSON + b"Content-Length: 18, 18\r\n", BODY),
    "a length with a sign": (HOST + JSON + b"Content-Length: +18\r\n", BODY),
    "a negative length": (HOST + JSON + b"Content-Length: -18\r\n", BODY),
    "a hexadecimal length": (HOST + JSON + b"Content-Length: 0x12\r\n", BODY),
    "a length with a blank in it": (HOST + JSON + b"Content-Length: 1 8\r\n", BODY),
    "a length with a fraction": (HOST + JSON + b"Content-Length: 18.0\r\n", BODY),
    "an empty length": (HOST + JSON + b"Content-Length:\r\n", BODY),
    "a length of 2^64": (HOST + JSON + b"Content-Length: 18446744073709551616\r\n", BODY),
    "a length of 2^64 - 1": (HOST + JSON + b"Content-Length: 18446744073709551615\r\n", BODY),
    "a length of 2^64 + 18": (HOST + JSON + b"Content-Length: 18446744073709551634\r\n", BODY),
    "an unknown coding": (HOST + JSON + b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"),
    "two codings in a line": (HOST + JSON + b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"),
    "two codings in lines": (HOST + JSON + b"Transfer-Encoding: gzip\r\n" + CHUNKED, b"0\r\n\r\n"),
    "chunked twice": (HOST + JSON + CHUNKED + CHUNKED, b"0\r\n\r\n"),
    "the identity coding": (HOST + JSON + b"Transfer-Encoding: identity\r\n", b""),
    "an empty coding": (HOST + JSON + b"Transfer-Encoding:\r\n", b""),
    "a quoted coding": (HOST + JSON + b'Transfer-Encoding: "chunked"\r\n', b"0\r\n\r\n"),
    "a coding with a parameter": (HOST + JSON + b"Transfer-Encoding: chunked;q=1\r\n", b"0\r\n\r\n"),
    "a coding with a control character": (HOST + JSON + b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"),
    "a blank before the colon of a coding": (HOST + JSON + b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n"),
    "a blank before the colon of a length": (HOST + JSON + b"Content-Length : 18\r\n", BODY),
    "a tab before the colon": (HOST + JSON + b"Content-Length\t: 18\r\n", BODY),
    "a folded coding": (HOST + JSON + b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n"),
    "a folded length": (HOST + JSON + b"Content-Length: 1\r\n 8\r\n", BODY),
    "a folded line of no weight": (HOST + JSON + b"X-A: b\r\n\tc\r\nContent-Length: 18\r\n", BODY),
    "a folded first line": (b" X-A: b\r\n" + HOST + JSON + b"Content-Length: 18\r\n", BODY),
    "a line without a colon": (HOST + JSON + b"Content-Length 18\r\n", b""),
    "a header without a name": (HOST + JSON + b": 18\r\nContent-Length: 18\r\n", BODY),
    "a header whose name has a bracket": (HOST + JSON + b"Content-Length(: 18\r\n", b""),
    "a header whose name has an umlaut": (HOST + JSON + b"Content-L\xc3\xa4nge: 18\r\n", b""),
    "a NUL in a header's name": (HOST + JSON + b"Content-Length\0: 18\r\nContent-Length: 18\r\n", BODY),
    "a NUL in a header's value": (HOST + JSON + b"X-A: b\0c\r\nContent-Length: 18\r\n", BODY),
    "a NUL in a length": (HOST + JSON + b"Content-Length: 18\x000\r\n", BODY),
    "a NUL behind a length": (HOST + b"Content-Length: 18\0\r\n" + JSON, BODY),
    "a bare LF between headers": (HOST + JSON + b"X-A: b\nContent-Length: 18\r\n", BODY),
    "a bare CR between headers": (HOST + JSON + b"X-A: b\rContent-Length: 18\r\n", BODY),
    "a bare LF behind a length": (HOST + b"Content-Length: 18\n" + JSON, BODY),
    "two hosts": (HOST + HOST + JSON + b"Content-Length: 18\r\n", BODY),
    "no host": (JSON + b"Content-Length: 18\r\n", BODY),
}


def experiment_exists(server, name: str) -> bool:
    reply = ask(server, request(f"GET /api/2.0/mlflow/experiments/get-by-name?experiment_name={name}"))
    assert reply.status in (200, 404)
    return reply.status == 200


@pytest.mark.parametrize("name", SMUGGLING)
def test_a_request_of_unclear_end_is_refused_and_nothing_behind_it_is_served(server, name):
    head, body = SMUGGLING[name]
    smuggled = unique("smuggled")
    with Wire(server) as wire:
        wire.send(POST + head + b"\r\n" + body + post("experiments/create", b'{"name": "%s"}' % smuggled.encode()))
        answer = wire.read_to_end()
    statuses = [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]
    assert statuses and set(statuses) <= {400, 413, 501}, answer
    assert not experiment_exists(server, smuggled)


def test_what_is_behind_a_good_request_is_served(server):
    """The same bytes, framed well: or the tests above would pass against a server that serves nothing."""
    name = unique("pipelined")
    with Wire(server) as wire:
        wire.send(POST + HOST + JSON + b"Content-Length: 18\r\n\r\n" + BODY
                  + post("experiments/create", b'{"name": "%s"}' % name.encode()))
        assert wire.read_reply().status == 200
        assert wire.read_reply().status == 200
    assert experiment_exists(server, name)
