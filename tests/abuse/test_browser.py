# SPDX-License-Identifier: Apache-2.0
"""What a page that a user merely visits can make her browser send: with a name of its own for our address (DNS
rebinding), with another origin, as a form; and what a browser may do with the replies."""

import json
import subprocess

import pytest

from abuse.wire import artifact, artifact_root, ask, post, request, unique
from support.servers import runestone_binary, start_runestone

REBINDING = "Invalid Host header - possible DNS rebinding attack detected"
CROSS_ORIGIN = "Cross-origin request blocked"
SEARCH = "GET /api/2.0/mlflow/experiments/search?max_results=1"


@pytest.fixture(scope="module")
def named():
    """A server that has names, and a web page elsewhere that may call it."""
    with start_runestone(extra_args=["--allowed-hosts", "ml.example,*.lab.example,x.example:81",
                                     "--allowed-origins", "https://page.example",
                                     "--public-url", "https://front.example/ml"]) as running:
        yield running


def is_refused(reply, words: str) -> bool:
    error = json.loads(reply.body)
    return reply.status == 403 and error["error_code"] == "PERMISSION_DENIED" and error["message"].startswith(words)


def exists(server, name: str) -> bool:
    reply = ask(server, request(f"GET /api/2.0/mlflow/experiments/get-by-name?experiment_name={name}"))
    return reply.status == 200


@pytest.mark.parametrize("host", [
    "evil.example", "evil.example:5000", "10.evil.example", "192.168.1.1.evil.example", "localhost.evil.example",
    "localhost.", "8.8.8.8", "169.254.169.254", "[2001:db8::1]", "2130706433", "0x7f.1", "localhost@evil.example",
    "localhost,evil.example", "a b", "\xe4", "localhost:", "localhost:123456", "[::1", "/", "*"])
def test_a_request_by_another_name_is_refused(server, host):
    name = unique("rebound")
    assert is_refused(ask(server, request(SEARCH, host=host)), REBINDING)
    body = b'{"name": "%s"}' % name.encode()
    reply = ask(server, request("POST /api/2.0/mlflow/experiments/create", "Content-Type: application/json", body=body,
                                host=host))
    assert is_refused(reply, REBINDING)
    assert is_refused(ask(server, request("GET /no/such/path", host=host)), REBINDING)
    assert is_refused(ask(server, request("GET /metrics", host=host)), REBINDING)
    assert is_refused(ask(server, artifact("GET", "1/x/artifacts/y").replace(b"localhost", host.encode("latin-1"))),
                      REBINDING)
    assert not exists(server, name)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:5000", "10.1.2.3", "172.16.0.9:80",
                                  "192.168.0.1", "[::1]:5000", "[fd00::1]"])
def test_this_machine_and_private_addresses_are_served(server, host):
    assert ask(server, request(SEARCH, host=host)).status == 200


@pytest.mark.parametrize("path", ["/health", "/healthz", "/readyz", "/version"])
def test_a_probe_may_come_by_any_name(server, path):
    assert ask(server, request(f"GET {path}", host="10.evil.example")).status == 200


@pytest.mark.parametrize("host, served", [("ml.example", True), ("ML.example:5000", True), ("a.lab.example:81", True),
                                          ("front.example", True), ("x.example", False), ("x.example:81", True), ("lab.example:81", False),
                                          ("ml.example.evil.example", False), ("127.0.0.1", True)])
def test_names_of_the_settings_are_served(named, host, served):
    reply = ask(named, request(SEARCH, host=host))
    assert reply.status == 200 if served else is_refused(reply, REBINDING)


ORIGINS = ["https://evil.example", "null", "http://localhost.evil.example", "http://localhost:1", "", "file://",
           "http://localhost\t", "http://evil.example/http://localhost", "localhost"]


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_page_elsewhere_changes_nothing(server, origin):
    name = unique("crossed")
    path = artifact_root(server) + "/crossed.txt"
    for data in (post("experiments/create", b'{"name": "%s"}' % name.encode(), f"Origin: {origin}"),
                 artifact("PUT", path, f"Origin: {origin}", body=b"x"), artifact("DELETE", path, f"Origin: {origin}"),
                 request("PATCH /api/2.0/mlflow/logged-models/m-1/tags", f"Origin: {origin}", body=b"{}")):
        reply = ask(server, data)
        assert is_refused(reply, CROSS_ORIGIN), data
        assert reply.header("Access-Control-Allow-Origin") is None
    assert not exists(server, name)
    assert ask(server, artifact("GET", path)).status == 404


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_page_elsewhere_may_read_nothing(server, origin):
    for line in (SEARCH, "OPTIONS /api/2.0/mlflow/experiments/create"):
        reply = ask(server, request(line, f"Origin: {origin}", "Access-Control-Request-Method: POST"))
        assert reply.status in (200, 204)
        assert not [name for name, _ in reply.headers if name.startswith("access-control-")]


def test_a_page_of_this_server_may_change_things(server):
    for origin in ("http://localhost", "https://LOCALHOST"):
        body = b'{"name": "%s"}' % unique("own").encode()
        assert ask(server, post("experiments/create", body, f"Origin: {origin}")).status == 200


def test_a_page_of_the_settings_may_call_and_read(named):
    origin = "Origin: https://page.example"
    body = b'{"name": "%s"}' % unique("page").encode()
    reply = ask(named, post("experiments/create", body, origin))
    assert reply.status == 200 and reply.header("Access-Control-Allow-Origin") == "https://page.example"
    assert reply.header("Vary") == "Origin"
    preflight = ask(named, request("OPTIONS /api/2.0/mlflow/experiments/create", origin,
                                   "Access-Control-Request-Method: POST",
                                   "Access-Control-Request-Headers: content-type"))
    assert preflight.status == 204 and "POST" in preflight.header("Access-Control-Allow-Methods")
    assert preflight.header("Access-Control-Allow-Headers") == "content-type"
    assert preflight.header("Access-Control-Allow-Credentials") is None
    assert is_refused(ask(named, post("experiments/create", body, "Origin: http://page.example")), CROSS_ORIGIN)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                                  "application/jsonx", "text/json", "<script>alert(1)</script>", "", None])
def test_a_form_changes_nothing(server, kind):
    """A page elsewhere can send these types without asking first."""
    name = unique("form")
    headers = [] if kind is None else [f"Content-Type: {kind}"]
    reply = ask(server, request("POST /api/2.0/mlflow/experiments/create", *headers,
                                body=b'{"name": "%s"}' % name.encode()))
    assert reply.status == 400 and reply.header("Content-Type") == "application/json"
    assert json.loads(reply.body)["message"].startswith("Bad Request. Content-Type")
    assert not exists(server, name)


def test_every_reply_tells_a_browser_neither_to_guess_nor_to_frame_it(server):
    path = artifact_root(server) + "/page.html"
    replies = [ask(server, data) for data in (
        artifact("PUT", path, body=b"<script>alert(1)</script>"), artifact("GET", path), request(SEARCH),
        request("GET /health"), request("GET /metrics"), request("GET /no/such/path"), request("PUT /health"),
        request("OPTIONS /health"), request(SEARCH, host="evil.example"), request("GET /%00"),
        post("experiments/create", b"["), post("experiments/create", b"{}", "Content-Length: 1", "Content-Length: 2"))]
    assert [reply.status for reply in replies] == [200, 200, 200, 200, 200, 404, 405, 204, 403, 400, 400, 400]
    for reply in replies:
        names = [name for name, _ in reply.headers]
        assert names.count("x-content-type-options") == 1 and reply.header("X-Content-Type-Options") == "nosniff"
        assert names.count("x-frame-options") == 1 and reply.header("X-Frame-Options") == "SAMEORIGIN"


@pytest.mark.parametrize("name", ["a.html", "a.svg", "a.xhtml", "a.pdf", "a.js", "html", "a%22%3E%3Cimg%20src=x%3E.txt"])
def test_bytes_of_an_artifact_never_run_in_a_browser(server, name):
    path = f"{artifact_root(server)}/{name}"
    assert ask(server, artifact("PUT", path, body=b"<script>alert(1)</script>")).status == 200
    reply = ask(server, artifact("GET", path))
    assert reply.status == 200 and reply.header("Content-Security-Policy") == "sandbox"
    assert reply.header("Content-Disposition").startswith("attachment;")


def test_an_address_that_others_reach_must_be_meant():
    """There is no authentication: one clear line, and nothing listens."""
    with start_runestone(extra_args=["--host", "0.0.0.0", "--allow-remote"]) as running:
        assert "event=open_to_others" in running.tail()
        # Its folder is in use, but this one does not get as far.
        argv = [runestone_binary(), "server", "--host", "0.0.0.0", "--port", "0", "--data", running.data_dir / "data"]
        refused = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    assert refused.returncode == 1 and refused.stdout == ""
    assert refused.stderr.count("\n") == 1 and "Give --allow-remote as well" in refused.stderr


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"], [], ["server", "--help"], ["server", "-h"],
                                   ["server", "--port", "80", "--help"]])
def test_help_is_printed_wherever_it_is_asked_for(words):
    said = subprocess.run([runestone_binary(), *words], capture_output=True, text=True, timeout=30, check=False)
    assert said.returncode == 0 and said.stderr == ""
    assert "--allowed-hosts LIST" in said.stdout and "  --allow-remote\n" in said.stdout
