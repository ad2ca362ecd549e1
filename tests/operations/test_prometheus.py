# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus scrapes a running server: every query of the dashboard and of the alerts has an answer, and each
alert fires when it should."""

import json
import math
import re
import subprocess
from pathlib import Path

import pytest
import requests
import yaml

from operations.shared import TOOLS, deploy, do_some_work, exposition, series
from support.servers import ROOT, Server, free_port
from support.waiting import await_value

RULES = yaml.safe_load(deploy("prometheus/runestone.rules.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
DASHBOARD = json.loads(deploy("grafana/runestone.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
# An alert is a number and the bound that it passes; the number must be there while all is well, too.
COMPARISON = re.compile(r"(?P<number>.*\S)\s+(?P<how>==|<|>)\s+(?P<bound>[^<>=]+)", re.DOTALL)


def promtool(*words, cwd=ROOT) -> str:
    ran = subprocess.run([TOOLS / "promtool", *words], text=True, capture_output=True, check=False, cwd=cwd)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def prometheus(server: Server, tmp_path_factory):
    """The example's configuration, but for the address, and more often."""
    folder = tmp_path_factory.mktemp("prometheus")
    port = free_port()
    text = deploy("prometheus/prometheus.yml").read_text(encoding="utf-8")
    for old, new in (("127.0.0.1:5000", f"127.0.0.1:{server.port}"), ("interval: 15s", "interval: 500ms"),
                     ("- runestone.rules.yml", f"- {deploy('prometheus/runestone.rules.yml')}")):
        assert old in text
        text = text.replace(old, new)
    (folder / "prometheus.yml").write_text(text, encoding="utf-8")
    with open(folder / "log", "wb") as log, subprocess.Popen(
            [TOOLS / "prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log, cwd=folder) as process:
        try:
            yield Prometheus(f"http://127.0.0.1:{port}", process, folder / "log")
        finally:
            process.kill()


class Prometheus:
    def __init__(self, url: str, process: subprocess.Popen, log: Path):
        self.url = url
        self.process = process
        self.log = log

    def get(self, path: str, **params):
        """The data of an answer; None while it does not answer."""
        assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
        try:
            reply = requests.get(f"{self.url}/api/v1/{path}", params=params, timeout=30)
        except requests.ConnectionError:
            return None
        if reply.status_code == 503:
            return None  # it is starting
        assert reply.status_code == 200, reply.text
        return reply.json()["data"]

    def values(self, query: str) -> list:
        """The numbers that a query gives now."""
        data = self.get("query", query=query)
        samples = data["result"] if data and data["resultType"] == "vector" else []
        return [value for value in (float(sample["value"][1]) for sample in samples) if not math.isnan(value)]


@pytest.fixture(scope="module")
def scraped(server: Server, prometheus: Prometheus):
    """A Prometheus that has seen the server at work between two scrapes."""
    await_value(lambda: prometheus.values("runestone_ready"), "a first scrape")

    # A rate is a difference between two scrapes; a checkpoint follows work, when the committer is idle.
    name = "runestone_checkpoint_duration_seconds_count"
    for _ in range(2):
        before = series(exposition(server))[name]
        do_some_work(server)
        await_value(lambda before=before: series(exposition(server))[name] > before, "a checkpoint")
        await_value(lambda before=before: prometheus.values(f"{name} > {before}"), "a scrape of it")
    return prometheus


def test_the_examples_are_valid():
    folder = deploy("prometheus")
    assert "SUCCESS" in promtool("check", "rules", "runestone.rules.yml", cwd=folder)
    assert "SUCCESS" in promtool("check", "config", "prometheus.yml", cwd=folder)


def test_each_alert_fires_when_it_should_and_not_before():
    tests = ROOT / "tests" / "operations" / "alerts.yml"
    assert "SUCCESS" in promtool("test", "rules", str(tests))
    checked = {check["alertname"] for test in yaml.safe_load(tests.read_text(encoding="utf-8"))["tests"]
               for check in test["alert_rule_test"] if check["exp_alerts"]}
    assert checked == {rule["alert"] for rule in RULES}


def test_each_alert_says_what_to_do():
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(Runestone\w+)`", text, re.MULTILINE)) == {rule["alert"] for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_the_numbers_of_an_alert_are_there_while_all_is_well(scraped: Prometheus, rule: dict):
    number = COMPARISON.fullmatch(rule["expr"].strip())["number"]
    assert await_value(lambda: scraped.values(number), number)


def test_no_alert_is_pending_but_for_a_small_disk(scraped: Prometheus):
    def evaluated():
        groups = scraped.get("rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        return rules if all(rule["lastEvaluation"] > "2" for rule in rules) else None

    rules = await_value(evaluated, "the first evaluation of the rules")
    assert {rule["health"] for rule in rules} == {"ok"}
    loud = {rule["name"] for rule in rules if rule["state"] != "inactive"}
    assert loud <= {"RunestoneDiskFull", "RunestoneDiskFillsUp"}


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_every_query_of_a_panel_has_an_answer(scraped: Prometheus, panel: dict):
    for target in panel["targets"]:
        query = target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".*")
        assert "$" not in query
        assert await_value(lambda query=query: scraped.values(query), query)


def test_panels_do_not_overlap():
    taken = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + i, at["y"] + j) for i in range(at["w"]) for j in range(at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
