# SPDX-License-Identifier: Apache-2.0
"""The exposition: clean, bounded, documented, and its numbers are true."""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from operations.shared import TOOLS, do_some_work, exposition, families, series
from support.servers import ROOT, Server, start_runestone
from support.waiting import await_value


def test_promtool_finds_nothing_to_say(server: Server):
    said = subprocess.run([TOOLS / "promtool", "check", "metrics"], input=exposition(server), text=True,
                          capture_output=True, check=False)
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


def test_every_family_is_documented_and_nothing_else_is(server: Server):
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `((?:runestone|process)_\w+)", text, re.MULTILINE))
    assert documented == families(exposition(server))


def test_what_clients_name_makes_no_series(server: Server):
    do_some_work(server)
    exposition(server)
    before = set(series(exposition(server)))
    do_some_work(server)
    for i in range(20):
        requests.get(f"{server.url}/no/such/path/{i}", headers={"User-Agent": f"agent-{i}"}, timeout=60)
        requests.get(f"{server.url}/api/2.0/mlflow/runs/get", params={"run_id": f"{i:032x}"}, timeout=60)
        requests.request("METHOD" + "ABCDEFGHIJ"[i % 10], server.url + "/health", timeout=60)
    after = set(series(exposition(server)))
    # New statuses of known routes: runs/get had no 404 before, and no unknown method was answered.
    new = {re.sub(r'^\w+\{route="(getRun|none)",code="(404|501)"\}$', "", name) for name in after - before} - {""}
    assert new == set()


def test_a_write_is_counted_on_its_whole_way(server: Server):
    before = series(exposition(server))
    do_some_work(server, n=7)
    after = series(exposition(server))

    def rose(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert rose('runestone_http_requests_total{route="logMetric",code="200"}') == 7
    assert rose('runestone_http_request_duration_seconds_count{route="logMetric"}') == 7
    assert rose('runestone_http_request_work_seconds_count{route="searchRuns"}') == 1
    # An experiment, a run, seven metrics, the row of a file; the janitor commits too, at its own time.
    assert rose('runestone_lane_wait_seconds_count{lane="committer"}') == 10
    assert rose('runestone_lane_batch_calls_sum{lane="committer"}') == 10
    assert rose("runestone_commit_duration_seconds_count") >= 10
    assert rose('runestone_http_errors_total{reason="not_found"}') == 1
    assert rose("runestone_http_received_bytes_total") > 100_000
    assert rose("runestone_http_sent_bytes_total") > 100_000
    assert after["runestone_database_log_bytes"] + after["runestone_database_bytes"] > 4096
    assert after["runestone_ready"] == 1
    assert after["runestone_http_requests_under_way"] >= 1


def test_sizes_are_those_of_the_files(server: Server):
    found = series(exposition(server))
    data = next(Path(server.data_dir).rglob("runestone.db"))
    assert found["runestone_database_bytes"] == data.stat().st_size
    assert found["runestone_database_log_bytes"] == data.with_name(data.name + "-wal").stat().st_size


def test_the_process_is_the_one_that_the_kernel_knows(server: Server):
    found = series(exposition(server))
    folder = Path(f"/proc/{server.pid}")
    assert abs(found["process_open_fds"] - len(list((folder / "fd").iterdir()))) <= 3  # connections come and go
    assert found["process_threads"] == len(list((folder / "task").iterdir()))
    assert found["process_max_fds"] >= 1024
    assert 1e6 < found["process_resident_memory_bytes"] < found["process_virtual_memory_bytes"]


def test_stored_blobs_are_counted():
    with start_runestone(extra_args=["--blob-grace", "1"]) as server:
        do_some_work(server)
        found = await_value(lambda: next((found for found in [series(exposition(server))] if found["runestone_blobs"]),
                                         None), "a count of the blobs")
        assert (found["runestone_blobs"], found["runestone_blob_bytes"]) == (1, 100_000)


def test_calls_that_are_refused_are_counted_by_their_reason():
    """A queue of one call, and many callers: some are refused, and every refusal is counted."""
    with start_runestone(extra_args=["--queue-max", "1"]) as server:
        with ThreadPoolExecutor(16) as pool:
            def create(i: int) -> int:
                return requests.post(f"{server.url}/api/2.0/mlflow/experiments/create", json={"name": f"e{i}"},
                                     timeout=60).status_code

            statuses: list = []
            for round_ in range(50):
                statuses += pool.map(create, range(round_ * 64, round_ * 64 + 64))
                if 503 in statuses:
                    break
        found = series(exposition(server))
        assert 503 in statuses, "the queue was never full"
        assert set(statuses) == {200, 503}
        assert found['runestone_lane_refused_total{lane="committer"}'] == statuses.count(503)
        assert found['runestone_http_errors_total{reason="busy"}'] == statuses.count(503)
        assert found['runestone_http_requests_total{route="createExperiment",code="503"}'] == statuses.count(503)
