# SPDX-License-Identifier: Apache-2.0
"""Bodies that are small on the wire and big in memory, and values that are slow to compare."""

import json
import threading
import time
from pathlib import Path

import pytest

from abuse.wire import Wire, ask, post, unique
from support.servers import start_runestone

N_BOMBS = 20
BOMB_BYTES = 1 << 20
PEAK_MAX_MIB = 200
SLOW_S = 10.0   # far more than any of these takes, far less than one that grows with a power of its length


def filled(before: str, piece: str, after: str) -> bytes:
    """A body of a megabyte that is `piece` over and over."""
    n = (BOMB_BYTES - len(before) - len(after)) // len(piece)
    return (before + piece * n + after).encode()


# What a parser makes a tree of, or recurses into; the first kinds are good JSON in a field that nobody reads.
BOMBS = {
    "empty objects": filled('{"name": "x", "ignored": [', "{},", "{}]}"),
    "empty lists": filled('{"name": "x", "ignored": [', "[],", "[]]}"),
    "objects in objects": filled('{"name": "x", "ignored": [', '{"a":{"b":{}}},', "{}]}"),
    "numbers": filled('{"name": "x", "ignored": [', "1,", "1]}"),
    "empty texts": filled('{"name": "x", "ignored": [', '"",', '""]}'),
    "escapes": filled('{"name": "x", "ignored": "', "\\u00e4", '"}'),
    "tags": filled('{"name": "x", "tags": [', '{"key":"","value":""},', "{}]}"),
    "opening brackets": filled("", "[", ""),
    "opening objects": filled("", '{"a":', ""),
    "JSON in a text": filled('"{\\"ignored\\": [', "{},", '{}]}"'),
}


def peak_mib(server) -> float:
    """The most memory that the process has ever had resident."""
    for line in Path(f"/proc/{server.pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmHWM")


def send_at_once(server, bodies) -> list:
    """Sends each body on a connection of its own, the last byte of all at the same moment; returns the replies."""
    replies, gate = [], threading.Barrier(len(bodies))

    def send(body: bytes) -> None:
        data = post("experiments/create", body)
        with Wire(server) as wire:
            wire.send(data[:-1])
            gate.wait()
            wire.send(data[-1:])
            replies.append(wire.read_reply())

    threads = [threading.Thread(target=send, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies


@pytest.mark.parametrize("kind", BOMBS)
def test_twenty_bombs_of_a_megabyte_at_once_stay_small(kind):
    with start_runestone() as server:
        replies = send_at_once(server, [BOMBS[kind]] * N_BOMBS)
        assert len(replies) == N_BOMBS
        assert {reply.status for reply in replies} <= {200, 400}
        assert peak_mib(server) < PEAK_MAX_MIB
        assert server.healthy()


def test_twenty_bombs_that_are_read_hold_no_more_than_what_they_say():
    """Just below the limit of what is read, and taken: each waits with the others for the committer."""
    ignored = ",".join(["{}"] * 50000)
    bodies = [json.dumps({"name": unique("bomb"), "ignored": "IGNORED"}).replace('"IGNORED"', f"[{ignored}]").encode()
              for _ in range(N_BOMBS)]
    with start_runestone() as server:
        replies = send_at_once(server, bodies)
        assert [reply.status for reply in replies] == [200] * N_BOMBS
        assert peak_mib(server) < PEAK_MAX_MIB


def test_a_pattern_of_five_hundred_wildcards_is_compared_at_once(server):
    """Where a comparison tried every way to spread the wildcards it would not end."""
    experiment = json.loads(ask(server, post("experiments/create", json.dumps({"name": unique("slow")}).encode())).body)["experiment_id"]
    for number in range(20):
        made = json.loads(ask(server, post("runs/create", json.dumps({"experiment_id": experiment}).encode())).body)
        run = made["run"]["info"]["run_id"]
        body = {"run_id": run, "params": [{"key": "p", "value": "a" * 6000}], "tags": [{"key": "t", "value": "a" * 8000}]}
        assert ask(server, post("runs/log-batch", json.dumps(body).encode())).status == 200, number
    for pattern in ("%a" * 500 + "b", "%a" * 3900 + "b", "%_" * 500 + "b", "%aa%" * 500 + "b%", "_%" * 3900 + "b"):
        for name in ("params.p LIKE", "params.p ILIKE", "tags.t LIKE", "tags.t ILIKE", "attributes.run_name LIKE"):
            begin = time.monotonic()
            reply = ask(server, post("runs/search", json.dumps(
                {"experiment_ids": [experiment], "filter": f"{name} '{pattern}'"}).encode()))
            assert reply.status == 200 and json.loads(reply.body) == {}, reply.body[:300]
            assert time.monotonic() - begin < SLOW_S, (name, pattern[:20])


def test_what_looks_like_a_command_is_stored_as_it_is(server):
    made = json.loads(ask(server, post("runs/create", b'{"experiment_id": "0"}')).body)
    run = made["run"]["info"]["run_id"]
    texts = ["${jndi:ldap://127.0.0.1:1/a}", "$AWS_SECRET_ACCESS_KEY", "${PATH}", "{{7*7}}", "%{7*7}", "$(id)"]
    tags = [{"key": f"t{number}", "value": text} for number, text in enumerate(texts)]
    assert ask(server, post("runs/log-batch", json.dumps({"run_id": run, "tags": tags}).encode())).status == 200
    search = json.dumps({"experiment_ids": ["0"], "filter": "tags.t0 = '${jndi:ldap://127.0.0.1:1/a}'"}).encode()
    found = json.loads(ask(server, post("runs/search", search)).body)["runs"]
    stored = {tag["key"]: tag["value"] for tag in found[0]["data"]["tags"]}
    assert [stored[f"t{number}"] for number in range(len(texts))] == texts
