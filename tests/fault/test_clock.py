# SPDX-License-Identifier: Apache-2.0
"""Wall clocks that jump while the server works. What has a deadline goes by a clock that does not."""

import os
import time

import pytest

from tests.fault import storage
from tests.fault.clock import DAY, HOUR, Clock
from tests.fault.load import Load, checked, until
from tests.fault.wire import PARTS, Wire
from tests.support.servers import start_runestone

UNTIL_2038 = 0x7FFFFFFF - int(time.time())
STEPS = {"an hour ahead": HOUR, "a day back": -DAY, "past 2038": UNTIL_2038 + DAY, "to 1970": -int(time.time())}


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path / "clock")


@pytest.fixture
def server(tmp_path, clock):
    with start_runestone(data_dir=tmp_path, env=clock.environment(), extra_args=("--call-timeout", "20")) as running:
        yield running


def test_the_clock_of_the_server_is_the_tests(server, clock):
    """Else the other tests here would show nothing."""
    wire = Wire(server.port)
    for ahead in (0, UNTIL_2038 + DAY):
        clock.set(ahead)
        made = wire.post("experiments/create", {"name": f"at {ahead}"}).json()["experiment_id"]
        experiment = wire.get("experiments/get", experiment_id=made).json()["experiment"]
        assert abs(int(experiment["creation_time"]) / 1000 - time.time() - ahead) < 60
    wire.close()


@pytest.mark.parametrize("step", STEPS)
def test_a_clock_that_jumps_under_load_loses_nothing_and_ends_no_call(server, clock, tmp_path, step):
    with Load(server.port, tmp_path / "histories").reach(100) as load:
        clock.set(STEPS[step])
        load.reach(200)
        clock.set(0)
        load.reach(300)
    # The addresses of parts are good for an hour of the clock that jumped.
    assert {call.status for call in load.calls() if call.op != "mpu-part"} <= {200, 400}
    assert checked(server.port, load.folder) == ""
    server.restart()
    assert checked(server.port, load.folder) == ""
    server.stop()
    assert storage.integrity(tmp_path / "data") + storage.blobs(tmp_path / "data") == []


@pytest.mark.parametrize("step, taken", [(-DAY, True), (HOUR // 2, True), (2 * HOUR, False), (UNTIL_2038 + DAY, False)])
def test_the_address_of_a_part_is_good_for_an_hour_of_the_servers_clock(server, clock, step, taken):
    wire = Wire(server.port)
    begun = wire.call("POST", f"{PARTS}create/f", {"path": "p", "num_parts": 1}).json()
    target = "/" + begun["credentials"][0]["url"].split("/", 3)[3]
    clock.set(step)
    body = os.urandom(1000)
    reply = wire.call("PUT", target, body)
    assert reply.status == (200 if taken else 403)
    clock.set(0)
    if not taken:
        reply = wire.call("PUT", target, body)
    end = {"path": "p", "upload_id": begun["upload_id"], "parts": [{"part_number": 1, "etag": reply.etag}]}
    assert wire.call("POST", f"{PARTS}complete/f", end).status == 200
    wire.close()


def test_what_is_under_way_does_not_grow_old_when_the_clock_jumps(tmp_path, clock):
    """The janitor looks four times a second here, and would take uploads of yesterday away."""
    with start_runestone(data_dir=tmp_path, env=clock.environment(), extra_args=("--blob-grace", "1")) as server:
        wire = Wire(server.port)
        begun = wire.call("POST", f"{PARTS}create/f", {"path": "p", "num_parts": 1}).json()
        etag = wire.call("PUT", "/" + begun["credentials"][0]["url"].split("/", 3)[3], b"bytes").etag
        clock.set(30 * DAY)
        until("the janitor has looked", lambda: "event=clock_jumped by_s=25" in server.tail())
        clock.set(0)
        end = {"path": "p", "upload_id": begun["upload_id"], "parts": [{"part_number": 1, "etag": etag}]}
        assert wire.call("POST", f"{PARTS}complete/f", end).status == 200
        wire.close()


def test_pages_and_histories_keep_their_order_when_times_go_back(server, clock):
    wire = Wire(server.port)
    made = []
    for ahead in (0, -DAY, UNTIL_2038 + DAY, HOUR):
        clock.set(ahead)
        made.append(wire.post("experiments/create", {"name": f"e{ahead}"}).json()["experiment_id"])
    found, token = [], None
    while token != "":
        page = wire.post("experiments/search", {"max_results": 1, "order_by": ["experiment_id ASC"],
                                                **({"page_token": token} if token else {})}).json()
        found += [experiment["experiment_id"] for experiment in page["experiments"]]
        token = page.get("next_page_token", "")
    assert found == ["0", *made]
    found, token = [], None
    while token != "":
        page = wire.post("experiments/search", {"max_results": 1, **({"page_token": token} if token else {})}).json()
        found += [experiment["experiment_id"] for experiment in page["experiments"]]
        token = page.get("next_page_token", "")
    assert found == [made[2], made[3], made[0], "0", made[1]]  # by creation time, the newest first
    wire.close()
