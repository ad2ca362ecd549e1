# SPDX-License-Identifier: Apache-2.0
"""What the system does not give: threads at the start, memory within a call."""

import os
import resource
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

from tests.fault.load import Load, checked
from tests.fault.wire import Lost, NotSent, Wire
from tests.support.servers import ROOT, clean_environment, runestone_binary, start_runestone

SHIM = ROOT / "build" / "fault" / "threads.so"
ENDS_WITHIN_S = 20.0
THREADS_MOST = 64  # of a start


def start_with(threads: int, data: Path) -> str:
    """Why a server that gets so many threads and no more does not start; "" when it does."""
    options = f"{os.environ.get('ASAN_OPTIONS', '')}:verify_asan_link_order=0".lstrip(":")
    env = clean_environment({"LD_PRELOAD": str(SHIM), "FAULT_THREADS": str(threads), "ASAN_OPTIONS": options})
    argv = [str(runestone_binary()), "server", "--port", "0", "--data", str(data)]
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        if process.stdout.readline():
            process.terminate()
            process.communicate(timeout=ENDS_WITHIN_S)
            return ""
        _, errors = process.communicate(timeout=ENDS_WITHIN_S)
        assert process.returncode == 1, errors
    (said,) = [line for line in errors.splitlines() if not line.startswith(("time=", "MHD"))]
    return said


def test_a_start_that_gets_too_few_threads_says_so_and_ends(tmp_path):
    """At whichever thread it is: what has been started by then ends, and the folder is as good as before."""
    refused = 0
    while said := start_with(refused, tmp_path / "data"):
        assert said.startswith("runestone: could not start the ") and "thread" in said, said
        assert said.endswith(": Resource temporarily unavailable"), said
        refused += 1
        assert refused < THREADS_MOST
    assert refused > 5
    with start_runestone(data_dir=tmp_path) as server:
        with Load(server.port, tmp_path / "histories").reach(50) as load:
            pass
        assert checked(server.port, load.folder) == ""


def test_a_server_that_gets_no_more_memory_loses_nothing_that_was_acknowledged(tmp_path):
    """It says no, or ends at once and says why: what was acknowledged was on the disk before. A restart finds it."""
    with start_runestone(data_dir=tmp_path) as server:
        wire = Wire(server.port)
        run = wire.post("runs/create", {"experiment_id": "0"}).json()["run"]["info"]["run_id"]
        wire.close()
        tags = [{"key": f"k{i}", "value": "v" * 7900} for i in range(100)]
        acked, refused, statuses = [], [], set()

        def call(n: int) -> None:
            wire = Wire(server.port)
            reply = wire.post("runs/log-batch", {"run_id": run, "tags": tags, "params": [{"key": f"p{n}", "value": "v"}]})
            (acked if reply.status == 200 else refused).append(n)
            statuses.add(reply.status)

        def some(numbers) -> None:
            for n in numbers:
                with suppress(Lost, NotSent):
                    call(n)

        with Load(server.port, tmp_path / "histories").reach(100) as load:
            has = next(line for line in Path(f"/proc/{server.pid}/status").read_text().splitlines() if "VmData" in line)
            resource.prlimit(server.pid, resource.RLIMIT_DATA, (int(has.split()[1]) * 1024, resource.RLIM_INFINITY))
            threads = [threading.Thread(target=some, args=(range(at, 120, 24),)) for at in range(24)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            if not server.alive():
                load.join()
        assert len(acked) < 120, "nothing was short"
        assert statuses <= {200, 503}
        if not server.alive():
            assert "runestone: out of memory, " in server.tail()
        server.kill()
        server.start()
        assert checked(server.port, load.folder) == ""
        wire = Wire(server.port)
        stored = {param["key"] for param in wire.get("runs/get", run_id=run).json()["run"]["data"].get("params", [])}
        wire.close()
        assert {f"p{n}" for n in acked} <= stored
        assert not {f"p{n}" for n in refused} & stored
