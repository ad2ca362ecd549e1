# SPDX-License-Identifier: Apache-2.0
"""The address of a part of an upload is a permission: it holds for that part, that long, and as it was made."""

import hashlib
import hmac
import json
import re
import sqlite3
import time

import pytest

from abuse.wire import ask, request, unique

PART = re.compile(r"/api/runestone/v1/uploads/(?P<upload>[0-9a-f]+)/parts/(?P<number>\d+)"
                  r"\?expires=(?P<expires>\d+)&signature=(?P<signature>[0-9a-f]{64})$")


@pytest.fixture(name="address")
def an_address(server):
    """The parts of a fresh address of part 1 of 2."""
    made = ask(server, request(f"POST /api/2.0/mlflow-artifacts/mpu/create/0/{unique('signed')}",
                               "Content-Type: application/json", body=b'{"path": "f.bin", "num_parts": 2}'))
    return PART.search(json.loads(made.body)["credentials"][0]["url"]).groupdict()


def target(upload: str, number: str, expires: str, signature: str) -> str:
    return f"/api/runestone/v1/uploads/{upload}/parts/{number}?expires={expires}&signature={signature}"


def put(server, path: str, *headers: str):
    return ask(server, request(f"PUT {path}", *headers, body=b"bytes"))


def other_digit(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")


# What an attacker may do to an address that was made for somebody.
CHANGES = {
    "a later end": lambda a: target(**{**a, "expires": str(int(a["expires"]) + 1)}),
    "an end that is no number": lambda a: target(**{**a, "expires": "x"}),
    "two ends": lambda a: target(**a).replace("?", "?expires=99999999999&"),
    "a negative end": lambda a: target(**{**a, "expires": "-1"}),
    "an end beyond 64 bits": lambda a: target(**{**a, "expires": "99999999999999999999"}),
    "no end": lambda a: target(**a).replace("expires=", "expire="),
    "another part": lambda a: target(**{**a, "number": "2"}),
    "a part written otherwise": lambda a: target(**{**a, "number": "01"}),
    "part 0": lambda a: target(**{**a, "number": "0"}),
    "a part that is no number": lambda a: target(**{**a, "number": "x"}),
    "another upload": lambda a: target(**{**a, "upload": other_digit(a["upload"])}),
    "a way out": lambda a: target(**{**a, "upload": "..%2f" + a["upload"]}),
    "another signature": lambda a: target(**{**a, "signature": other_digit(a["signature"])}),
    "half a signature": lambda a: target(**{**a, "signature": a["signature"][:32]}),
    "a longer signature": lambda a: target(**{**a, "signature": a["signature"] + "0"}),
    "a signature in capitals": lambda a: target(**{**a, "signature": "A" * 64}),
    "an empty signature": lambda a: target(**{**a, "signature": ""}),
    "no signature": lambda a: target(**a).split("&signature")[0],
    "two signatures": lambda a: target(**{**a, "signature": "0" * 64}) + f"&signature={a['signature']}",
    "nothing": lambda a: target(**a).split("?")[0],
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_address_that_was_changed_is_refused(server, address, change):
    reply = put(server, CHANGES[change](address))
    assert reply.status in (400, 403, 404), reply
    assert json.loads(reply.body)["error_code"]
    assert put(server, target(**address)).status == 200


@pytest.mark.parametrize("header", ["Authorization: AWS4-HMAC-SHA256 Credential=x",
                                    "X-Amz-Content-Sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER",
                                    "Authorization: Bearer x"])
def test_a_header_is_no_signature(server, address, header):
    unsigned = target(**address).split("&signature")[0]
    assert put(server, unsigned + "&X-Amz-Credential=x", header).status == 403


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH"])
def test_an_address_is_good_for_its_method_only(server, address, method):
    assert ask(server, request(f"{method} {target(**address)}")).status == 405


def test_an_address_ends(server, address):
    """Signed as the server does it, with the secret from its database, but for a time that is over."""
    database = server.data_dir / "data" / "runestone.db"
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as rows:
        secret = rows.execute("SELECT value FROM setting WHERE name = 'url_secret'").fetchone()[0]

    def signed(expires: int) -> str:
        path = f"/api/runestone/v1/uploads/{address['upload']}/parts/{address['number']}"
        mac = hmac.new(secret.encode(), f"PUT\n{path}\n{expires}".encode(), hashlib.sha256).hexdigest()
        return f"{path}?expires={expires}&signature={mac}"

    now = int(time.time())
    assert put(server, signed(now + 600)).status == 200
    over = put(server, signed(now - 1))
    assert over.status == 403 and b"which are over" in over.body
    assert put(server, signed(0)).status == 403
    assert put(server, signed(-1)).status == 403


def test_an_upload_lists_each_part_once(server):
    """Or one part of a gigabyte, named ten thousand times, would fill the disk."""
    folder = unique("bomb")
    made = json.loads(ask(server, request(f"POST /api/2.0/mlflow-artifacts/mpu/create/0/{folder}",
                                          "Content-Type: application/json", body=b'{"path": "f.bin", "num_parts": 1}')).body)
    tag = put(server, "/" + made["credentials"][0]["url"].split("/", 3)[3]).header("ETag")
    for numbers in ([1, 1], [1] * 10000, list(range(1, 10002)), [2, 1], [0], [-1], [2**31 + 1], [2**32 + 1]):
        body = {"path": "f.bin", "upload_id": made["upload_id"], "parts": [{"part_number": n, "etag": tag} for n in numbers]}
        reply = ask(server, request(f"POST /api/2.0/mlflow-artifacts/mpu/complete/0/{folder}", "Content-Type: application/json",
                                    body=json.dumps(body).encode()))
        assert reply.status == 400, (numbers[:3], reply)
    assert ask(server, request(f"GET /api/2.0/mlflow-artifacts/artifacts/0/{folder}/f.bin")).status == 404
