# SPDX-License-Identifier: Apache-2.0
"""What clients send gets into the log as a value, escaped and cut, and no secret gets there at all."""

import hashlib
import json
import re
import sqlite3

import pytest

from abuse.wire import ask, await_true, post, request, unique
from support.servers import start_runestone

LINE_MAX = 4096     # PIPE_BUF: a longer line may be split between the lines of others
LINE = re.compile(r'time=\S+ level=(debug|info|warn|error) event=[a-z_]+( [a-z_]+=("(\\.|[^"\\])*"|[!-~]*))*')
UNTAMED = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")

NAMES = {
    "a line break": "x\r\ntime=2020-01-01T00:00:00.000Z level=error event=forged",
    "a line feed": "x\nlevel=error",
    "a carriage return": "x\rlevel=error",
    "colours": "\x1b[31mred\x1b[0m",
    "a bell and a backspace": "a\x07b\x08\x08\x08",
    "the end of a quote": 'x" status=200 took_us=1 why="',
    "a backslash at the end": "x\\",
    "an equals sign": "status=200",
    "C1 controls": "\x9b31m\x85",
    "line separators": "\u2028level=error\u2029",
    "text that runs backwards": "\u202egpj.exe\u2066",
    "a million letters": "n" * 1_000_000,
    "a million controls": "\x1b" * 100_000,
    "a format": "%s%n%x{}{0}",
}


@pytest.fixture(scope="module", params=["text", "json"])
def talkative(request):  # pylint: disable=redefined-outer-name
    """A server that logs every request."""
    with start_runestone(extra_args=["--log-level", "debug", "--log-format", request.param]) as server:
        server.format = request.param
        yield server


def log_lines(server) -> list:
    """The lines that are ours: the server prints one line for its user to copy, too."""
    text = server.log.read_bytes().decode("utf-8")
    return [line for line in text.split("\n") if line and not line.startswith("export ")]


def escaped(path: str) -> str:
    return "".join(f"%{byte:02x}" for byte in path.encode())


def await_logged(server, mark: str) -> None:
    await_true(lambda: mark in server.log.read_text(encoding="utf-8", errors="replace"), f"{mark} in the log")


def check_lines(server) -> None:
    """Every line is one event, whole and tame."""
    for line in log_lines(server):
        assert len(line.encode()) < LINE_MAX, line[:200]
        assert not UNTAMED.search(line), line[:200]
        if server.format == "json":
            event = json.loads(line)
            assert {"time", "level", "event"} <= set(event), line[:200]
            assert event["event"] != "forged" and event["event"] != "level"
        else:
            assert LINE.fullmatch(line), line[:400]


@pytest.mark.parametrize("kind", NAMES)
def test_a_name_is_one_value_of_one_line(talkative, kind):
    name, mark = NAMES[kind], unique("mark")
    body = json.dumps({"name": name, "tags": [{"key": name, "value": name}]}).encode()
    ask(talkative, post("experiments/create", body, f"User-Agent: {mark}"))
    ask(talkative, request(f"GET /api/2.0/mlflow/{escaped(name[:1500])}"))
    ask(talkative, request(f"GET /api/2.0/mlflow-artifacts/artifacts/0/{escaped(name[:200])}/{mark}"))
    await_logged(talkative, mark)
    check_lines(talkative)


def test_a_header_is_not_a_line(talkative):
    mark = unique("mark")
    ask(talkative, request(f"GET /{mark}", "User-Agent: \x1b[31m\x0b" + "u" * 5000, "Cookie: token=hidden-cookie",
                           "Authorization: Bearer hidden-token", "Referer: http://x/?token=hidden-referer"))
    await_logged(talkative, mark)
    check_lines(talkative)


def test_no_secret_is_in_the_log_or_in_another_ones_reach(talkative):
    folder = unique("parts")
    made = ask(talkative, request(f"POST /api/2.0/mlflow-artifacts/mpu/create/0/{folder}", "Content-Type: application/json",
                                  body=b'{"path": "f.bin", "num_parts": 2}'))
    urls = [part["url"] for part in json.loads(made.body)["credentials"]]
    for url in urls:
        assert ask(talkative, request(f"PUT /{url.split('/', 3)[3]}", "Authorization: Basic aGlkZGVuOmhpZGRlbg==",
                                      body=b"x")).status == 200
        ask(talkative, request(f"PUT /{url.split('/', 3)[3][:-1]}", body=b"x"))
    ask(talkative, request("GET /api/2.0/mlflow/experiments/get?experiment_id=x&token=hidden-token&password=hidden"))
    ask(talkative, request(f"GET /{folder}"))
    await_logged(talkative, f"/{folder}")
    log = "\n".join(log_lines(talkative))
    signatures = [re.search(r"signature=([0-9a-f]+)", url).group(1) for url in urls]
    database = talkative.data_dir / "data" / "runestone.db"
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as rows:
        secret = rows.execute("SELECT value FROM setting WHERE name = 'url_secret'").fetchone()[0]
    for hidden in [*signatures, secret, "hidden", "aGlkZGVu", "Authorization", "signature="]:
        assert hidden not in log, hidden
    metrics = ask(talkative, request("GET /metrics")).body.decode()
    assert secret not in metrics and not any(signature in metrics for signature in signatures)
    assert hashlib.sha256(secret.encode()).hexdigest() not in log
    assert (talkative.data_dir / "data").stat().st_mode & 0o077 == 0
    assert database.stat().st_mode & 0o077 == 0
