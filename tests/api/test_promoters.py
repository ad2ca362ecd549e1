# SPDX-License-Identifier: Apache-2.0
"""Sixteen promoters at once: each expectation has one winner, and the history tells the whole story.

So it is with promotions, and with MLflow's own calls when they carry the entity tag that all have read."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from peer import IS_UPSTREAM

PROMOTERS = 16
ROUNDS = 20

pytestmark = pytest.mark.skipif(IS_UPSTREAM, reason="upstream: it has no promotions")


def post(session: requests.Session, url: str, body: dict, *wanted: int, headers: dict | None = None) -> requests.Response:
    reply = session.post(url, json=body, headers=headers, timeout=60)
    assert reply.status_code in (wanted or (200,)), reply.text
    return reply


def new_model(server) -> str:
    """A model with a version for each promoter, and nobody champion."""
    name = f"raced-{uuid.uuid4().hex}"
    with requests.Session() as session:
        post(session, f"{server.url}/api/2.0/mlflow/registered-models/create", {"name": name})
        for _ in range(PROMOTERS):
            post(session, f"{server.url}/api/2.0/mlflow/model-versions/create", {"name": name, "source": "s3://b/m"})
    return name


def test_each_expectation_has_one_winner(server):
    ours = f"{server.url}/api/runestone/v1"
    name = new_model(server)
    together = threading.Barrier(PROMOTERS, timeout=60)
    sessions = [requests.Session() for _ in range(PROMOTERS)]

    def promote(number: int, current: str | None) -> bool:
        move = {"model": name, "alias": "champion", "version": str(number + 1), "expect": {"version": current}}
        together.wait()
        reply = post(sessions[number], f"{ours}/promotions", {"moves": [move]}, 200, 412)
        if reply.status_code == 412:
            (seen,) = reply.json()["moves"]
            assert seen["is_refused"] and seen.get("current_version") != current
        return reply.status_code == 200

    winners: list[str] = []
    with ThreadPoolExecutor(PROMOTERS) as pool:
        for _ in range(ROUNDS):
            current = winners[-1] if winners else None
            won = list(pool.map(lambda number: promote(number, current), range(PROMOTERS)))
            # The champion's own promoter expects what is so, and changes nothing: it wins without a move, too.
            moved = [str(number + 1) for number, has_won in enumerate(won) if has_won and str(number + 1) != current]
            assert len(moved) == 1, won
            winners += moved

    history = sessions[0].get(f"{ours}/models/{name}/aliases/champion/history?limit=1000", timeout=60).json()["events"]
    assert [event["after"]["version"] for event in reversed(history)] == winners
    assert [event["before"] for event in reversed(history)] == [None] + [{"version": won} for won in winners[:-1]]
    for event in history:
        then = sessions[0].get(f"{ours}/models/{name}/aliases/champion?as_of=seq:{event['seq']}", timeout=60).json()
        assert (then["version"], then["event"]) == (event["after"]["version"], event)
    for session in sessions:
        session.close()


MOVES = {
    "aliases/champion": ("registered-models/alias", {"alias": "champion"}),
    "stages/Production": ("model-versions/transition-stage", {"stage": "Production", "archive_existing_versions": True}),
}


@pytest.mark.parametrize("place", MOVES)
def test_each_entity_tag_has_one_winner(server, place):
    name = new_model(server)
    where = f"{server.url}/api/runestone/v1/models/{name}/{place}"
    call, fields = MOVES[place]
    together = threading.Barrier(PROMOTERS, timeout=60)
    sessions = [requests.Session() for _ in range(PROMOTERS)]

    def move(number: int, seen: str | None) -> bool:
        condition = {"If-Match": seen} if seen else {"If-None-Match": "*"}
        body = {"name": name, "version": str(number + 1), **fields}
        together.wait()
        reply = post(sessions[number], f"{server.url}/api/2.0/mlflow/{call}", body, 200, 412, headers=condition)
        if reply.status_code == 412:
            assert reply.json()["error_code"] == "RESOURCE_CONFLICT"
            assert "its entity tag is" in reply.json()["message"] and f"is {seen} now" not in reply.json()["message"]
        return reply.status_code == 200

    seen = None
    with ThreadPoolExecutor(PROMOTERS) as pool:
        for _ in range(ROUNDS):
            won = list(pool.map(lambda number: move(number, seen), range(PROMOTERS)))
            # Who is there already moves nothing, and the tag stays what all have read.
            moved = [f'"{number + 1}"' for number, has_won in enumerate(won) if has_won and f'"{number + 1}"' != seen]
            assert len(moved) == 1, won
            (seen,) = moved
            reply = sessions[0].get(where, timeout=60)
            assert (reply.status_code, reply.headers["ETag"]) == (200, seen)
    for session in sessions:
        session.close()
