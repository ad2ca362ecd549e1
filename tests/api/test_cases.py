# SPDX-License-Identifier: Apache-2.0
"""Plays cases/*.case against a server: every call must get the reply that stands below it."""

import http.client
import json
import re
import uuid
from pathlib import Path

import pytest

from api.case_file import Case, Step, read_cases
from api.pattern import Mismatch, fill, generate, match_json, match_text
from peer import IS_UPSTREAM

CASES = [case for path in sorted((Path(__file__).parent / "cases").glob("*.case")) for case in read_cases(path)]
TIMEOUT_S = 60
OPTIONAL_IN_ERRORS = {"sqlstate", "error_class"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_server_answers_as_written(server, case: Case):
    if case.ours and IS_UPSTREAM:
        pytest.skip(f"upstream: {case.ours}")
    variables = {"unique": uuid.uuid4().hex[:12], "port": str(server.port)}
    for step in case.steps:
        reply = send(server.port, step, variables)
        wrong = difference(step, reply, variables) or leak(server, reply)
        if wrong:
            pytest.fail(explain(case, step, reply, wrong, variables), pytrace=False)


@pytest.mark.better_than_upstream("it answers 500 to some mistakes of a client")
def test_after_all_cases_the_server_lives_and_has_answered_none_with_its_own_failure(server):
    assert server.healthy(), server.tail()
    log = server.log.read_text(encoding="utf-8", errors="replace")
    failures = re.findall(r".* status=5(?!01)\d\d .*", log)
    assert not failures, "\n".join(failures[:20])


class Reply:
    """What came back. `headers` compares names without case."""

    def __init__(self, response: http.client.HTTPResponse):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def is_json(self) -> bool:
        kind = self.headers.get("Content-Type", "")
        return kind.startswith("application/json") and "Content-Disposition" not in self.headers

    def text(self) -> str:
        return self.body.decode("utf-8", "surrogateescape")


def send(port: int, step: Step, variables: dict) -> Reply:
    """Sends the call byte for byte as written: paths are not normalised."""
    headers = {name: fill(value, variables) for name, value in step.headers}
    body = fill(step.body, variables).encode("utf-8", "surrogateescape")
    if body and step.method != "PUT" and "Content-Type" not in headers:
        headers["Content-Type"] = "application/json"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request(step.method, fill(step.path, variables), body or None,
                           {name: value for name, value in headers.items() if value != "-"})
        return Reply(connection.getresponse())
    finally:
        connection.close()


def difference(step: Step, reply: Reply, variables: dict) -> str:
    """What is not as the case says, or ""."""
    try:
        check(step, reply, variables)
    except Mismatch as mismatch:
        return str(mismatch)
    return ""


def leak(server, reply: Reply) -> str:
    """What the reply tells of the machine that is nobody's business, or ""."""
    told = [text for text in (str(server.data_dir), "sqlite", "root:x:0:", "Traceback") if text in reply.text()]
    return f"body: it tells of {told}" if told and not IS_UPSTREAM else ""


def check(step: Step, reply: Reply, variables: dict) -> None:
    """Raises Mismatch where the reply is not the one of the step."""
    if reply.status not in step.statuses:
        raise Mismatch(f"status: expected {'|'.join(map(str, step.statuses))}, got {reply.status}")
    for name, expected in step.expected_headers:
        check_header(name, expected, reply.headers.get(name), variables)
    if step.error_code:
        check_error(step, reply, variables)
    elif reply.is_json and step.expected_body not in ("", "${*}"):
        match_json(json.loads(generate(step.expected_body)), strict_json(reply.text()), variables)
    else:
        match_text(generate(step.expected_body), reply.text(), variables, "body")


def check_header(name: str, expected: str, actual, variables: dict) -> None:
    """`-` means absent. Of Allow, only the methods that are named must be there."""
    if expected == "-" and actual is not None:
        raise Mismatch(f"{name}: expected no such header, got {actual!r}")
    if expected == "-":
        return
    if actual is None:
        raise Mismatch(f"{name}: no such header")
    if name == "Allow":
        missing = set(expected.split(", ")) - {word.strip() for word in actual.split(",")}
        if missing:
            raise Mismatch(f"Allow: {sorted(missing)} missing in {actual!r}")
        return
    match_text(expected, actual, variables, name)


def check_error(step: Step, reply: Reply, variables: dict) -> None:
    """An error is a JSON object of error_code and message, and nothing else but what MLflow 3 adds."""
    if not reply.is_json:
        raise Mismatch(f"body: expected a JSON error, got {reply.headers.get('Content-Type')}: {reply.text()[:300]!r}")
    error = strict_json(reply.text())
    if not isinstance(error, dict):
        raise Mismatch(f"body: expected a JSON object, got {error!r}")
    kept = {key: value for key, value in error.items() if key not in OPTIONAL_IN_ERRORS}
    match_json({"error_code": step.error_code, "message": step.expected_body or "${*}"}, kept, variables)


def strict_json(text: str):
    """JSON without the tokens NaN and Infinity, which Python would read and other clients cannot."""
    def refuse(token):
        raise Mismatch(f"body: the token {token} is not JSON")

    try:
        return json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise Mismatch(f"body: not JSON ({error}): {text[:300]!r}") from error


def explain(case: Case, step: Step, reply: Reply, wrong: str, variables: dict) -> str:
    """What a reader needs: where the case stands, what was sent, what came back."""
    sent = fill(step.body, variables)[:2000]
    headers = "\n".join(f"    {name}: {value}" for name, value in reply.headers.items())
    return (f"cases/{case.file}.case:{step.line}: {case.title}\n{wrong}\n"
            f"  sent: {step.method} {fill(step.path, variables)}\n    {sent}\n"
            f"  got:  {reply.status}\n{headers}\n    {reply.text()[:2000]}")
