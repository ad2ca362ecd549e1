# SPDX-License-Identifier: Apache-2.0
"""Request lines, bodies and bytes that are not as HTTP/1.1 has them, and heads that are too long.

Behind each stands a request that would make an experiment. Where the server ends the connection, as it must where it
cannot be sure what comes next, that request is not served."""

import random
import re

import pytest

from abuse.wire import Wire, ask, post, request, unique
from support.servers import start_runestone

MIB = 1 << 20
PATH = "POST /api/2.0/mlflow/experiments/search"
JSON = "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"


@pytest.fixture(scope="module")
def impatient():
    """A server that waits a second for the end of a head, for what never ends one."""
    with start_runestone(extra_args=["--header-timeout", 1]) as running:
        yield running
        assert running.alive() and running.healthy(), running.tail()


def line(text: str) -> bytes:
    """A whole request, whose first line is as it is given."""
    return f"{text}\r\nHost: localhost\r\n\r\n".encode("latin-1")


def chunks(data: bytes) -> bytes:
    return request(PATH, JSON, CHUNKED) + data


# What stands there, and the statuses that it may get; None: the connection may end without a word.
ENDED = {
    "an address of another server": (line("GET http://evil.example/version HTTP/1.1"), {400}),
    "an address of this server": (line("GET http://localhost/version HTTP/1.1"), {400}),
    "an asterisk": (line("GET * HTTP/1.1"), {400}),
    "an asterisk with OPTIONS": (line("OPTIONS * HTTP/1.1"), {400}),
    "an authority": (line("CONNECT evil.example:443 HTTP/1.1"), {400, 501}),
    "no slash": (line("GET version HTTP/1.1"), {400}),
    "TRACE": (line("TRACE /version HTTP/1.1"), {501}),
    "a method that is no token": (line("G@T /version HTTP/1.1"), {400, 501}),
    "a method in lower case": (line("get /version HTTP/1.1"), {501}),
    "an unknown method": (line("BREW /version HTTP/1.1"), {501}),
    "a method of 5,000 bytes": (line("A" * 5000 + " /version HTTP/1.1"), {501}),
    "no method": (line(" /version HTTP/1.1"), {None}),
    "an encoded NUL": (line("GET /version%00/../../etc/passwd HTTP/1.1"), {400}),
    "an encoded NUL behind the path": (line("GET /version%00 HTTP/1.1"), {400}),
    "a raw NUL": (line("GET /version\0/x HTTP/1.1"), {400}),
    "a raw NUL behind the path": (line("GET /version\0 HTTP/1.1"), {400}),
    "an escape cut short": (line("GET /version% HTTP/1.1"), {400}),
    "an escape that is none": (line("GET /version%zz HTTP/1.1"), {400}),
    "half an escape": (line("GET /version%4 HTTP/1.1"), {400}),
    "an escaped byte that is not UTF-8": (line("GET /%ff HTTP/1.1"), {400}),
    "a raw byte that is not UTF-8": (line("GET /\xff HTTP/1.1"), {400}),
    "an overlong slash": (line("GET /%c0%af HTTP/1.1"), {400}),
    "an escaped surrogate": (line("GET /%ed%a0%80 HTTP/1.1"), {400}),
    "two blanks": (line("GET  /version HTTP/1.1"), {400}),
    "two blanks behind the target": (line("GET /version  HTTP/1.1"), {400, None}),
    "tabs for blanks": (line("GET\t/version\tHTTP/1.1"), {400, None}),
    "a blank in the target": (line("GET /ver sion HTTP/1.1"), {400, None}),
    "no version": (b"GET /version\r\n\r\n", {400}),
    "HTTP/0.9": (line("GET /version HTTP/0.9"), {400, 505}),
    "HTTP/2.0": (line("GET /version HTTP/2.0"), {505}),
    "HTTP/1.1x": (line("GET /version HTTP/1.1x"), {400}),
    "HTTP/1.10": (line("GET /version HTTP/1.10"), {400}),
    "a version in lower case": (line("GET /version http/1.1"), {400}),
    "another protocol": (line("GET /version XTTP/1.1"), {400}),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}),
    "lines that end in LF": (request("GET /version").replace(b"\r\n", b"\n"), {400}),
    "chunks of HTTP/1.0": (request(PATH, JSON, CHUNKED).replace(b"/1.1", b"/1.0") + b"2\r\n{}\r\n0\r\n\r\n", {400}),
    "a chunk of negative size": (chunks(b"-2\r\n{}\r\n0\r\n\r\n"), {400}),
    "a chunk's size with a sign": (chunks(b"+2\r\n{}\r\n0\r\n\r\n"), {400}),
    "a chunk's size with 0x": (chunks(b"0x2\r\n{}\r\n0\r\n\r\n"), {400}),
    "a chunk's size with a blank": (chunks(b" 2\r\n{}\r\n0\r\n\r\n"), {400}),
    "a blank behind a chunk's size": (chunks(b"2 \r\n{}\r\n0\r\n\r\n"), {400}),
    "a chunk's size that is no number": (chunks(b"xyz\r\n{}\r\n0\r\n\r\n"), {400}),
    "a chunk without a size": (chunks(b"\r\n{}\r\n0\r\n\r\n"), {400}),
    "a chunk's size beyond 64 bits": (chunks(b"10000000000000002\r\n{}\r\n0\r\n\r\n"), {413}),
    "a chunk longer than its size": (chunks(b"2\r\n{}x\r\n0\r\n\r\n"), {400}),
    "a chunk without its end": (chunks(b"2\r\n{}0\r\n\r\n"), {400}),
    "a bare LF in a chunk's extension": (chunks(b"2;a\nb\r\n{}\r\n0\r\n\r\n"), {400}),
    "a chunk's extension without an end": (chunks(b"2;" + b"a" * 20_000), {400}),
    "a megabyte of a chunk's extension": (chunks(b"2;" + b"a" * MIB + b"\r\n{}\r\n0\r\n\r\n"), {400, None}),
    "a megabyte of a chunk's digits": (chunks(b"0" * MIB + b"2\r\n{}\r\n0\r\n\r\n"), {400, None}),
    "a megabyte of a target": (line("GET /" + "a" * MIB + " HTTP/1.1"), {414, None}),
    "a megabyte of a header": (request("GET /version", "X-A: " + "a" * MIB), {431, None}),
    "a megabyte of headers": (request("GET /version", *["X-A: b"] * (MIB // 8)), {431, None}),
    "a megabyte of cookies": (request("GET /version", "Cookie: " + "a=b; " * (MIB // 5)), {431, None}),
    "a megabyte of a trailer": (chunks(b"2\r\n{}\r\n0\r\nX-A: " + b"a" * MIB + b"\r\n\r\n"), {431, None}),
}


def exists(server, name: str) -> bool:
    return ask(server, request(f"GET /api/2.0/mlflow/experiments/get-by-name?experiment_name={name}")).status == 200


@pytest.mark.parametrize("name", ENDED)
def test_what_is_not_http_is_refused_and_ends_the_connection(server, name):
    data, statuses = ENDED[name]
    smuggled = unique("smuggled")
    with Wire(server) as wire:
        wire.send(data + post("experiments/create", b'{"name": "%s"}' % smuggled.encode()))
        answer = wire.read_to_end()
    found = {int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)}
    assert found <= statuses, answer[:300]
    assert found or None in statuses, "no answer"
    assert not exists(server, smuggled)


@pytest.mark.parametrize("n", [100, 230, 250, 500, 900, 1500])
@pytest.mark.parametrize("piece", ["a=b", "a", "", "=", "%41=%42"])
def test_many_arguments_of_a_query_are_answered(server, n, piece):
    """libmicrohttpd never answers when its memory for arguments is full."""
    query = "&".join([piece] * n)
    assert ask(server, request(f"GET /version?{query}")).status == 200
    reply = ask(server, request(f"GET /api/2.0/mlflow/experiments/search?max_results=1&{query}"))
    assert reply.status in (200, 400)


ENDLESS = {
    "a hello of TLS": bytes.fromhex("16030100a5010000a10303") + b"a" * 160,
    "zeros": b"\0" * 4096,
    "lines that end in CR": request("GET /version").replace(b"\r\n", b"\r"),
    "empty lines": b"\r\n" * 100,
    "a line without an end": b"GET /version HTTP/1.1",
}


def test_what_never_ends_its_head_is_ended(impatient):
    wires = {name: Wire(impatient) for name in ENDLESS}
    for name, wire in wires.items():
        wire.send(ENDLESS[name])
    for name, wire in wires.items():
        answer = wire.read_to_end()
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), name
        wire.close()


def test_random_bytes_are_refused(impatient):
    """A seed a round; bytes of any kind, and words of HTTP between them."""
    words = [b"GET ", b"POST ", b"/version", b" HTTP/1.1\r\n", b"Host: localhost\r\n", b"\r\n", b"Content-Length: ",
             b"Transfer-Encoding: chunked\r\n", b": ", b"\0", b"%", b"0\r\n"]
    wires = []
    for seed in range(60):
        dice = random.Random(seed)
        data = b"".join(dice.choice(words) if dice.random() < 0.6 else dice.randbytes(dice.randrange(1, 2000))
                        for _ in range(40))
        wires.append(Wire(impatient))
        wires[-1].send(data if seed % 10 else dice.randbytes(MIB))
    for seed, wire in enumerate(wires):
        answer = wire.read_to_end()
        statuses = re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)
        assert all(status < b"500" or status in (b"501", b"505") for status in statuses), (seed, answer[:300])
        wire.close()


def test_a_reply_cannot_be_split(server):
    """What a request says never starts a line of a reply."""
    for data in (request("GET /x%0d%0aSet-Cookie:%20a=b"), request("GET /version?%0d%0aSet-Cookie:%20a=b"),
                 request("OPTIONS /version%0d%0aSet-Cookie:%20a"), request("GET /version", "X-Request-Id: a\rSet-Cookie: b"),
                 request("GET /version", "Range: bytes=0-\nSet-Cookie: b"),
                 request("GET /version", "Origin: http://localhost\nSet-Cookie: b")):
        with Wire(server) as wire:
            wire.send(data + request("GET /version", "Connection: close"))
            answer = wire.read_to_end()
        assert answer and b"\nset-cookie" not in answer.lower() and b"\rset-cookie" not in answer.lower()


def test_a_body_too_long_is_refused_before_it_is_asked_for(server):
    length = "Content-Length: 10737418240"
    for expect in ((), ("Expect: 100-continue",)):
        with Wire(server) as wire:
            wire.send(post("runs/log-batch", b"", length, *expect))
            answer = wire.read_to_end()
        assert answer.startswith(b"HTTP/1.1 413 ") and b" 100 " not in answer


def test_a_body_too_long_is_refused_where_it_gets_too_long(server):
    with Wire(server) as wire:
        wire.send(post("runs/log-batch", b"", CHUNKED))
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        while wire.send(chunk) and wire.is_open():
            pass
        answer = wire.read_to_end()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 413 ")


def test_a_body_that_is_expected_is_asked_for(server):
    with Wire(server) as wire:
        wire.send(post("experiments/search", b"", "Content-Length: 18", "Expect: 100-continue"))
        assert wire.read_reply().status == 100
        wire.send(b'{"max_results": 1}')
        assert wire.read_reply().status == 200
