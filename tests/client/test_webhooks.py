# SPDX-License-Identifier: Apache-2.0
"""Webhooks with the stock client and a real receiver, which checks every signature by itself."""

import base64
import hashlib
import hmac
import json
import re
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from mlflow import MlflowClient
from mlflow.entities.webhook import WebhookEvent, WebhookStatus

from client.shared import error_of, unique
from peer import IS_UPSTREAM
from support.servers import start_runestone
from support.waiting import await_value

pytestmark = pytest.mark.skipif(IS_UPSTREAM, reason="starts servers of its own, with settings of ours")

SECRET = "a secret, ütf-8 too"
DEADLINE_S = 20.0
OPEN = ("--webhook-allow-private", "--webhook-schemes", "http,https", "--webhook-retry-first", "50")


class Receiver:
    """An HTTP server that keeps what it is sent. `answers` are (status, headers) to give in turn, then 200."""

    def __init__(self):
        self.seen = []
        self.answers = []
        self.changed = threading.Condition()
        self.hold = threading.Event()  # cleared: answers wait
        self.hold.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.changed:
                    receiver.seen.append((self.path, dict(self.headers), body))
                    status, headers = receiver.answers.pop(0) if receiver.answers else (200, {})
                    receiver.changed.notify_all()
                receiver.hold.wait(DEADLINE_S)
                self.send_response(status)
                for name, value in {"Content-Length": "2", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"ok")

            do_GET = do_POST

            def log_message(self, *unused):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()

    def wait(self, n: int, path: str = "/hook") -> list:
        """The first n messages to a path, as soon as there are so many."""
        def enough():
            return sum(p == path for p, _, _ in self.seen) >= n

        with self.changed:
            assert self.changed.wait_for(enough, DEADLINE_S), self.seen
            return [(headers, json.loads(body), body) for p, headers, body in self.seen if p == path]


@contextmanager
def running(*flags, data_dir=None):
    with start_runestone(extra_args=flags, data_dir=data_dir) as server:
        yield server


@pytest.fixture(scope="module")
def hooked():
    with running(*OPEN) as server:
        yield server


@pytest.fixture
def hooks(hooked):
    """A client; the webhooks are gone afterwards."""
    client = MlflowClient(hooked.url)
    yield client
    for hook in client.list_webhooks():
        client.delete_webhook(hook.webhook_id)


@pytest.fixture
def receiver():
    one = Receiver()
    yield one
    one.close()


def signature(headers, body: bytes, secret: str) -> str:
    signed = f"{headers['X-MLflow-Delivery-Id']}.{headers['X-MLflow-Timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def deliveries(server, hook) -> list:
    """The log of a webhook, oldest first."""
    reply = requests.get(f"{server.url}/api/runestone/v1/webhooks/{hook.webhook_id}/deliveries", timeout=10)
    assert reply.status_code == 200, reply.text
    return reply.json()["deliveries"][::-1]


def test_webhooks_are_made_listed_changed_and_deleted(hooks, receiver):
    made = hooks.create_webhook("hook.one", receiver.url + "/hook", ["model_version.created", "prompt_alias.deleted"],
                                description="d", secret=SECRET)
    assert (made.name, made.description, made.status) == ("hook.one", "d", WebhookStatus.ACTIVE)
    assert [str(e) for e in made.events] == ["model_version.created", "prompt_alias.deleted"]
    assert hooks.get_webhook(made.webhook_id).url == receiver.url + "/hook"
    others = [hooks.create_webhook(f"other-{i}", receiver.url, ["registered_model.created"]) for i in range(2)]
    page = hooks.list_webhooks(max_results=2)
    rest = hooks.list_webhooks(max_results=2, page_token=page.token)
    assert [h.webhook_id for h in [*page, *rest]] == [*(h.webhook_id for h in reversed(others)), made.webhook_id]
    assert not rest.token
    changed = hooks.update_webhook(made.webhook_id, name="two", events=["model_version_tag.set"], status="DISABLED")
    assert (changed.name, changed.description, changed.status) == ("two", "d", WebhookStatus.DISABLED)
    assert [str(e) for e in hooks.get_webhook(made.webhook_id).events] == ["model_version_tag.set"]
    hooks.delete_webhook(made.webhook_id)
    for call in (hooks.get_webhook, hooks.delete_webhook, hooks.test_webhook):
        assert error_of(call, made.webhook_id).error_code == "RESOURCE_DOES_NOT_EXIST"


def test_a_secret_is_neither_shown_nor_readable_on_the_disk(hooked, hooks, receiver):
    hook = hooks.create_webhook("h", receiver.url + "/hook", ["registered_model.created"], secret="very-secret-text")
    assert "secret" not in requests.get(f"{hooked.url}/api/2.0/mlflow/webhooks/{hook.webhook_id}", timeout=10).text
    data = hooked.data_dir / "data"
    assert (data / "webhook.key").stat().st_mode & 0o777 == 0o600
    assert not any(b"very-secret-text" in f.read_bytes() for f in data.glob("runestone.db*"))
    hooks.create_registered_model(unique("m"))
    (headers, _, body), = receiver.wait(1)
    assert headers["X-MLflow-Signature"] == signature(headers, body, "very-secret-text")


def test_every_event_comes_signed_and_in_order(hooks, receiver):
    events = ["registered_model.created", "model_version.created", "model_version_tag.set",
              "model_version_tag.deleted", "model_version_alias.created", "model_version_alias.deleted"]
    hooks.create_webhook("all", receiver.url + "/hook", events, secret=SECRET)
    experiment = hooks.create_experiment(unique("e"))
    run = hooks.create_run(experiment).info
    name = unique("model")
    hooks.create_registered_model(name, tags={"a": "b"}, description="about")
    hooks.create_model_version(name, f"{run.artifact_uri}/model", run_id=run.run_id, tags={"t": "1"})
    hooks.set_model_version_tag(name, "1", "k", "v")
    hooks.delete_model_version_tag(name, "1", "k")
    hooks.set_registered_model_alias(name, "best", "1")
    hooks.delete_registered_model_alias(name, "best")
    got = receiver.wait(6)
    assert [f"{m['entity']}.{m['action']}" for _, m, _ in got] == events
    assert [m["data"] for _, m, _ in got] == [
        {"name": name, "description": "about", "tags": {"a": "b"}},
        {"name": name, "version": "1", "source": f"{run.artifact_uri}/model", "run_id": run.run_id,
         "description": None, "tags": {"t": "1"}, "experiment_id": experiment},
        {"name": name, "version": "1", "key": "k", "value": "v", "experiment_id": experiment},
        {"name": name, "version": "1", "key": "k", "experiment_id": experiment},
        {"name": name, "alias": "best", "version": "1", "experiment_id": experiment},
        {"name": name, "alias": "best"},
    ]
    for headers, _, body in got:
        assert headers["Content-Type"] == "application/json"
        assert headers["X-MLflow-Signature"] == signature(headers, body, SECRET)
    assert len({headers["X-MLflow-Delivery-Id"] for headers, _, _ in got}) == 6


def test_prompts_have_events_of_their_own(hooks, receiver):
    events = ["prompt.created", "prompt_version.created", "prompt_tag.set", "prompt_tag.deleted",
              "prompt_version_tag.set", "prompt_alias.created"]
    hooks.create_webhook("models", receiver.url + "/models", ["registered_model.created", "model_version.created"])
    hooks.create_webhook("prompts", receiver.url + "/hook", events)
    name = unique("prompt")
    hooks.register_prompt(name, "Hello {{who}}", tags={"t": "1"})
    hooks.set_prompt_tag(name, "k", "v")
    hooks.delete_prompt_tag(name, "k")
    hooks.set_prompt_version_tag(name, 1, "vk", "vv")
    hooks.set_prompt_alias(name, "best", 1)
    got = {}
    for _, m, _ in await_value(lambda: (all_of := receiver.wait(1)) and
                               any(m["entity"] == "prompt_alias" for _, m, _ in all_of) and all_of):
        got.setdefault(f"{m['entity']}.{m['action']}", m["data"])
    assert set(got) == set(events)
    assert got["prompt.created"]["name"] == name
    assert got["prompt_version.created"]["template"] == "Hello {{who}}"
    assert "mlflow.prompt.text" not in got["prompt_version.created"]["tags"]
    assert got["prompt_tag.deleted"] == {"name": name, "key": "k"}
    assert got["prompt_alias.created"] == {"name": name, "alias": "best", "version": "1"}
    assert not any(path == "/models" for path, _, _ in receiver.seen)


def test_failures_are_tried_again_under_the_same_id_before_the_next(hooked, hooks, receiver):
    receiver.answers = [(500, {}), (503, {}), (200, {}), (404, {})]
    hook = hooks.create_webhook("h", receiver.url + "/hook", ["registered_model.created"])
    first, second, third = (hooks.create_registered_model(unique("m")).name for _ in range(3))
    got = receiver.wait(5)
    assert [m["data"]["name"] for _, m, _ in got] == [first, first, first, second, third]
    ids = [headers["X-MLflow-Delivery-Id"] for headers, _, _ in got]
    assert ids[0] == ids[1] == ids[2] and len(set(ids)) == 3
    log = await_value(lambda: len(log := deliveries(hooked, hook)) == 5 and log)
    assert [(d["status"], d["attempt"], d["outcome"]) for d in log] == [
        (500, 1, "retrying"), (503, 2, "retrying"), (200, 3, "delivered"), (404, 1, "failed"), (200, 1, "delivered")]
    assert [d["delivery_id"] for d in log] == ids


def test_who_says_when_to_come_again_is_not_asked_before(hooked, hooks, receiver):
    receiver.answers = [(429, {"Retry-After": "1"})]
    hook = hooks.create_webhook("h", receiver.url + "/hook", ["registered_model.created"])
    hooks.create_registered_model(unique("m"))
    receiver.wait(2)
    first, second = await_value(lambda: len(log := deliveries(hooked, hook)) == 2 and log)
    assert (first["status"], second["status"]) == (429, 200)
    assert second["at"] - first["at"] >= 1000


def test_a_slow_or_dead_target_keeps_nobody_waiting(hooks, receiver):
    slow, gone = Receiver(), Receiver()
    slow.hold.clear()
    gone.close()
    try:
        for name, url in (("slow", slow.url), ("gone", gone.url), ("good", receiver.url)):
            hooks.create_webhook(name, url + "/hook", ["registered_model.created"])
        names = [hooks.create_registered_model(unique("m")).name for _ in range(5)]
        assert [m["data"]["name"] for _, m, _ in receiver.wait(5)] == names
        assert len(slow.wait(1)) == 1
    finally:
        slow.close()


def test_a_redirect_is_not_followed(hooked, hooks, receiver):
    receiver.answers = [(302, {"Location": receiver.url + "/elsewhere"})]
    hook = hooks.create_webhook("h", receiver.url + "/hook", ["registered_model.created"])
    hooks.create_registered_model(unique("m"))
    one, = await_value(lambda: deliveries(hooked, hook))
    assert (one["status"], one["outcome"]) == (302, "failed")
    assert [path for path, _, _ in receiver.seen] == ["/hook"]


def test_a_disabled_webhook_is_told_of_nothing_until_it_is_active_again(hooks, receiver):
    hook = hooks.create_webhook("h", receiver.url + "/hook", ["registered_model.created"], status="DISABLED")
    hooks.create_registered_model(unique("before"))
    hooks.update_webhook(hook.webhook_id, status="ACTIVE")
    name = hooks.create_registered_model(unique("after")).name
    assert [m["data"]["name"] for _, m, _ in receiver.wait(1)] == [name]


def test_a_test_sends_an_example_and_says_what_came_of_it(hooks, receiver):
    hook = hooks.create_webhook("h", receiver.url + "/hook", ["model_version.created"], secret=SECRET)
    result = hooks.test_webhook(hook.webhook_id)
    assert (result.success, result.response_status, result.response_body) == (True, 200, "ok")
    (headers, message, body), = receiver.wait(1)
    assert headers["X-MLflow-Signature"] == signature(headers, body, SECRET)
    assert message["data"] == {"name": "example_model", "version": "1", "source": "models:/123",
                               "run_id": "abcd1234abcd5678", "tags": {"example_key": "example_value"},
                               "description": "An example model"}
    receiver.answers = [(500, {})]
    result = hooks.test_webhook(hook.webhook_id, WebhookEvent.from_str("prompt_tag.set"))
    assert (result.success, result.response_status) == (False, 500)
    gone = Receiver()
    gone.close()
    hooks.update_webhook(hook.webhook_id, url=gone.url)
    result = hooks.test_webhook(hook.webhook_id)
    assert not result.success and result.error_message.startswith("Failed to test webhook: ")


def test_a_delivery_is_sent_again_on_demand(hooked, hooks, receiver):
    receiver.answers = [(400, {})]
    hook = hooks.create_webhook("h", receiver.url + "/hook", ["registered_model.created"])
    hooks.create_registered_model(unique("m"))
    failed, = await_value(lambda: deliveries(hooked, hook))
    assert failed["outcome"] == "failed"
    url = f"{hooked.url}/api/runestone/v1/webhooks/{hook.webhook_id}/deliveries"
    again = requests.post(f"{url}/{failed['delivery_id']}/replay", json={}, timeout=20).json()["delivery"]
    assert (again["outcome"], again["is_replay"], again["attempt"]) == ("delivered", True, 2)
    (first, _, body), (second, _, same) = receiver.wait(2)
    assert first["X-MLflow-Delivery-Id"] == second["X-MLflow-Delivery-Id"] and body == same
    assert [d["outcome"] for d in deliveries(hooked, hook)] == ["failed", "delivered"]
    missing = requests.post(f"{url}/nothing/replay", json={}, timeout=20)
    assert (missing.status_code, missing.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_what_could_not_be_told_is_given_up_in_the_end_and_replayed_on_demand(receiver):
    with running(*OPEN[:-1], "10", "--webhook-give-up", "1") as server:
        client = MlflowClient(server.url)
        receiver.answers = [(500, {})] * 1000
        hook = client.create_webhook("h", receiver.url + "/hook", ["registered_model.created"])
        first, second = (client.create_registered_model(unique("m")).name for _ in range(2))
        given_up = await_value(lambda: [d for d in deliveries(server, hook) if d["outcome"] == "failed"])[0]
        assert given_up["attempt"] >= 5 and given_up["status"] == 500
        with receiver.changed:
            receiver.answers.clear()
        await_value(lambda: [d for d in deliveries(server, hook)
                             if d["delivery_id"] != given_up["delivery_id"] and d["outcome"] != "retrying"])
        names = [m["data"]["name"] for _, m, _ in receiver.wait(6)]
        assert names[:5] == [first] * 5 and names[-1] == second
        url = f"{server.url}/api/runestone/v1/webhooks/{hook.webhook_id}/deliveries/{given_up['delivery_id']}/replay"
        again = requests.post(url, json={}, timeout=20).json()["delivery"]
        assert (again["outcome"], again["delivery_id"]) == ("delivered", given_up["delivery_id"])
        assert receiver.seen[-1][1]["X-MLflow-Delivery-Id"] == given_up["delivery_id"]


def test_what_came_of_tries_is_counted(hooked, hooks, receiver):
    def figures():
        text = requests.get(f"{hooked.url}/metrics", timeout=20).text
        return {name: float(value) for name, value in re.findall(r"^(runestone_webhook\S+) (\S+)$", text, re.MULTILINE)}

    def tries(outcome):
        return figures()[f'runestone_webhook_attempts_total{{outcome="{outcome}"}}']

    before = {outcome: tries(outcome) for outcome in ("delivered", "retrying", "failed")}
    receiver.answers = [(404, {}), (429, {"Retry-After": "3600"})]
    hook = hooks.create_webhook("h", receiver.url + "/hook", ["registered_model.created"])
    for _ in range(3):
        hooks.create_registered_model(unique("m"))
    hooks.create_experiment(unique("no webhook is told of it"))
    await_value(lambda: figures()["runestone_webhook_events_waiting"] == 2)
    assert figures()["runestone_webhooks_failing"] == 1
    assert 0 < figures()["runestone_webhook_oldest_event_age_seconds"] < DEADLINE_S
    assert {outcome: tries(outcome) - n for outcome, n in before.items()} == {"delivered": 0, "retrying": 1, "failed": 1}
    hooks.update_webhook(hook.webhook_id, description="a change tries at once")
    await_value(lambda: tries("delivered") - before["delivered"] == 2)
    await_value(lambda: figures()["runestone_webhooks_failing"] == 0)
    assert figures()["runestone_webhook_oldest_event_age_seconds"] == 0


def test_what_a_killed_server_had_not_told_is_told_after_its_restart(receiver):
    receiver.hold.clear()
    with running(*OPEN) as server:
        client = MlflowClient(server.url)
        client.create_webhook("h", receiver.url + "/hook", ["registered_model.created"], secret=SECRET)
        names = [client.create_registered_model(unique("m")).name for _ in range(3)]
        receiver.wait(1)  # under way, and never answered
        server.kill()
        receiver.hold.set()
        server.start()
        got = receiver.wait(4)
    assert [m["data"]["name"] for _, m, _ in got] == [names[0], *names]
    ids = [headers["X-MLflow-Delivery-Id"] for headers, _, _ in got]
    assert ids[0] == ids[1] and len(set(ids)) == 3
    assert all(headers["X-MLflow-Signature"] == signature(headers, body, SECRET) for headers, _, body in got)


def test_a_host_that_became_private_is_refused_at_the_socket(receiver):
    with running(*OPEN) as server:
        client = MlflowClient(server.url)
        hook = client.create_webhook("h", receiver.url + "/hook", ["registered_model.created"])
        server.stop()
        server.argv.remove("--webhook-allow-private")
        server.start()
        client.create_registered_model(unique("m"))
        first = await_value(lambda: deliveries(server, hook))[0]
        assert first["outcome"] == "retrying" and "status" not in first
        assert "not public" in first["error"]
        result = client.test_webhook(hook.webhook_id)
        assert not result.success and "not public" in result.error_message
    assert receiver.seen == []


PRIVATE = ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "0.0.0.0", "localhost", "LOCALHOST.", "a.localhost",
           "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
           "169.254.169.254", "[fe80::1]", "[fd00::1]", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1",
           "224.0.0.1", "255.255.255.255", "%31%32%37.0.0.1"]


def test_private_hosts_are_refused_in_every_spelling(receiver):
    with running("--webhook-schemes", "http,https") as server:
        url = f"{server.url}/api/2.0/mlflow/webhooks"
        event = [{"entity": "MODEL_VERSION", "action": "CREATED"}]
        port = receiver.server.server_port
        bad = [f"http://{host}:{port}/" for host in PRIVATE] + [
            f"http://user:pass@8.8.8.8:{port}/", f"http://user@8.8.8.8:{port}/", "gopher://8.8.8.8/", "file:///etc/passwd",
            "ftp://8.8.8.8/", "8.8.8.8", "http://", "http:///x", "https://a b/", "http://8.8.8.8\r\nX: y/", " "]
        for target in bad:
            reply = requests.post(url, json={"name": "h", "url": target, "events": event}, timeout=20)
            assert (reply.status_code, reply.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), target
        # A name that does not resolve may do so later; a public address needs no name.
        for good in ("https://hooks.invalid/x", "http://8.8.8.8/x", "https://[2606:4700:4700::1111]/x"):
            reply = requests.post(url, json={"name": "h", "url": good, "events": event, "status": "DISABLED"},
                                  timeout=20)
            assert reply.status_code == 200, (good, reply.text)
            changed = requests.patch(f"{url}/{reply.json()['webhook']['webhook_id']}",
                                     json={"url": f"http://127.0.0.1:{port}/"}, timeout=20)
            assert changed.status_code == 400
    assert receiver.seen == []


def test_only_https_is_allowed_unless_it_is_set_otherwise():
    with running() as server:
        error = error_of(MlflowClient(server.url).create_webhook, "h", "http://8.8.8.8/", ["model_version.created"])
        assert "Invalid webhook URL scheme" in error.message


def test_a_restored_server_can_still_sign(receiver, tmp_path):
    with running(*OPEN) as server:
        hook = MlflowClient(server.url).create_webhook("h", receiver.url + "/hook", ["registered_model.created"],
                                                       secret=SECRET)
        program = server.argv[0]
        subprocess.run([program, "backup", "--data", server.data_dir / "data", tmp_path / "backup"], check=True,
                       capture_output=True, timeout=60)
    subprocess.run([program, "restore", "--data", tmp_path / "data", tmp_path / "backup"], check=True,
                   capture_output=True, timeout=60)
    assert (tmp_path / "data" / "webhook.key").stat().st_mode & 0o777 == 0o600
    with running(*OPEN, data_dir=tmp_path) as server:
        assert MlflowClient(server.url).test_webhook(hook.webhook_id).success
    (headers, _, body), = receiver.wait(1)
    assert headers["X-MLflow-Signature"] == signature(headers, body, SECRET)
