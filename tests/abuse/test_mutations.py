# SPDX-License-Identifier: Apache-2.0
"""Thousands of calls that were right once, bent at random: no mistake of a client is a failure of the server, and
nothing that was stored before is lost. RUNESTONE_SEED and RUNESTONE_CALLS choose other ones (`make mutations`)."""

import json
import os
from random import Random
from typing import Any, Iterator, List, Optional

from abuse.mutation import Request, mutate
from abuse.wire import PATIENCE_S, Reply, Wire, ask, post, request
from support.servers import Server
from tests.parity.calls import Call, Ids, payload, query_text
from tests.parity.generator import next_call, opening
from tests.parity.world import World

SEED = int(os.environ.get("RUNESTONE_SEED", "1"))
N_CALLS = int(os.environ.get("RUNESTONE_CALLS", "4000"))
BARE_STATUSES = (304, 412, 416)     # a file's: no JSON is expected with them
RIGHT_CALLS = 0.25                  # of all, so that the bent ones find something


class Client:
    """Sends bent requests over one kept connection."""

    def __init__(self, server: Server):
        self.server = server
        self.wire: Optional[Wire] = None

    def send(self, bent: Request) -> Reply:
        """The reply. A connection that the server has closed behind a reply is opened anew; one that it closes without
        a reply is a failure."""
        if self.wire is None:
            self.wire = Wire(self.server, PATIENCE_S)
        headers = [f"{name}: {value}" for name, value in bent.headers.items()]
        data = bent.data()
        self.wire.send(request(f"{bent.method} {bent.target()}", *headers, f"Content-Length: {len(data)}", body=data))
        reply = self.wire.read_reply(headless=bent.method == "HEAD")
        if (reply.header("Connection") or "").lower() == "close":
            self.close()
        return reply

    def close(self) -> None:
        if self.wire is not None:
            self.wire.close()
            self.wire = None


def request_of(call: Call, ids: Ids) -> Request:
    """A call of the parity generator, with this server's ids."""
    data, headers = payload(call, ids)
    query = tuple((str(key), query_text(ids.fill(value))) for key, value in call.query)
    body = json.loads(data) if call.is_json and data else None
    return Request(call.method, ids.fill(call.path), query, body, None if call.is_json else data, headers)


def learn(call: Call, reply: Reply, ids: Ids) -> None:
    """Remembers the ids of what a right call has made."""
    if reply.status != 200:
        return
    for symbol, where in call.saves.items():
        value: Any = json.loads(reply.body)
        for name in where.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if value is not None:
            ids.learn(symbol, value)
    if call.then:
        call.then()


def strict_json(body: bytes) -> Any:
    def refuse(token: str) -> None:
        raise ValueError(f"{token} is not JSON")

    return json.loads(body.decode("utf-8"), parse_constant=refuse)


def is_graphql(bent: Request, error: dict) -> bool:
    """Whether that is how GraphQL tells of errors, where it is spoken."""
    return bent.path == "/graphql" and bool(error.get("errors"))


def wrong(bent: Request, reply: Reply) -> str:
    """What such a reply must not be, or ""."""
    if reply.status >= 500 and not (reply.status == 501 and "presigned" in bent.path):
        return "a failure of the server"
    if "sqlite" in reply.body.decode("utf-8", "replace").lower():
        return "it tells how the data is kept"
    if reply.status in BARE_STATUSES or bent.method == "HEAD":
        return ""
    if reply.status >= 400:
        try:
            error = strict_json(reply.body)
        except ValueError as why:
            return f"an error that is not JSON: {why}"
        told = isinstance(error, dict) and (error.get("error_code") and error.get("message") or is_graphql(bent, error))
        return "" if told else "no code or message"
    if reply.header("Content-Type") == "application/json" and reply.header("Content-Disposition") is None:
        try:
            strict_json(reply.body)
        except ValueError as why:
            return f"not JSON: {why}"
    return ""


def calls(rng: Random) -> Iterator[Call]:
    """Right calls without end; searches are not followed through their pages."""
    world = World(rng.randrange(1 << 30))
    yield from opening(world)
    while True:
        yield next_call(world)


class Witness:
    """A run and a file from before, which no bent call can name: their ids are random."""

    def __init__(self, server: Server):
        self.server = server
        made = self.call("runs/create", {"experiment_id": "0", "run_name": "witness"})
        self.run = made["run"]["info"]["run_id"]
        self.call("runs/log-batch", {"run_id": self.run, "params": [{"key": "p", "value": "kept"}],
                                     "metrics": [{"key": "m", "value": n / 2, "timestamp": n, "step": n} for n in range(100)]})
        self.file = f"/api/2.0/mlflow-artifacts/artifacts/0/{self.run}/artifacts/kept.bin"
        assert ask(server, request(f"PUT {self.file}", body=self.content)).status == 200
        self.before = self.look()

    content = bytes(range(256)) * 40

    def call(self, path: str, body: Any) -> Any:
        reply = ask(self.server, post(path, json.dumps(body).encode()))
        assert reply.status == 200, reply
        return json.loads(reply.body)

    def get(self, target: str) -> bytes:
        reply = ask(self.server, request(f"GET {target}"))
        assert reply.status == 200, (target, reply)
        return reply.body

    def look(self) -> List[bytes]:
        run = json.loads(self.get(f"/api/2.0/mlflow/runs/get?run_id={self.run}"))["run"]
        history = self.get(f"/api/2.0/mlflow/metrics/get-history?run_id={self.run}&metric_key=m")
        return [json.dumps(run["data"], sort_keys=True).encode(), history, self.get(self.file)]


def test_no_bent_call_is_answered_with_a_failure_or_harms_what_was_there(server):
    print(f"seed {SEED}, {N_CALLS} calls")
    rng, ids, client = Random(SEED), Ids(), Client(server)
    witness = Witness(server)
    source = calls(rng)
    for number in range(N_CALLS):
        call = next(source)
        plain = request_of(call, ids)
        is_right = bool(call.saves) or rng.random() < RIGHT_CALLS
        bent = plain if is_right else mutate(plain, rng)
        try:
            reply = client.send(bent)
            why = wrong(bent, reply)
        except (ConnectionError, TimeoutError) as error:
            reply, why = None, f"no reply: {error}"
        assert not why, f"seed {SEED}, call {number}: {why}\n{bent}\n{reply}\n{server.tail(2000)}"
        if is_right:
            learn(call, reply, ids)
        if number % 1000 == 999:
            assert witness.look() == witness.before, f"seed {SEED}, before call {number}"
    client.close()
    assert witness.look() == witness.before
