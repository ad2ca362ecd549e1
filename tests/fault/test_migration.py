# SPDX-License-Identifier: Apache-2.0
"""Schemas: made and brought up to date in steps, at any of which the server may die; and schemas of the future."""

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.fault import storage
from tests.fault.disk import CALLS, KILL, Disk
from tests.fault.wire import Wire
from tests.support.servers import ROOT, clean_environment, runestone_binary, start_runestone

SCHEMAS = sorted((ROOT / "schema").glob("*.sql"))
WORDS = {"{{id}}": "INTEGER PRIMARY KEY AUTOINCREMENT", "{{clustered}}": "WITHOUT ROWID", "{{double}}": "BLOB"}
STARTS_WITHIN_S = 60.0
SAMPLES = 12  # of the calls of a start, in make test


def first_schema(data: Path) -> None:
    """A database of the first version, with an experiment."""
    data.mkdir(parents=True)
    text = SCHEMAS[0].read_text()
    for word, sql in WORDS.items():
        text = text.replace(word, sql)
    with closing(sqlite3.connect(data / "runestone.db")) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE migration (name TEXT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)")
        db.executescript(text)
        db.execute("INSERT INTO migration VALUES (?, 1)", (SCHEMAS[0].stem,))
        db.execute("INSERT INTO experiment (id, name, artifact_location, stage, creation_time, last_update_time)"
                   " VALUES (7, 'kept', 'mlflow-artifacts:/7', 0, 1, 1)")
        db.commit()


def start_and_die(disk: Disk, data: Path) -> bool:
    """Starts a server that dies at the call that was chosen; False when it came to serve before that."""
    argv = [str(runestone_binary()), "server", "--port", "0", "--data", str(data)]
    with subprocess.Popen(argv, env=clean_environment(disk.environment()), stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as process:
        served = process.stdout.readline().startswith("export ")
        process.kill()
        process.wait(STARTS_WITHIN_S)
    return not served


def check_whole(folder: Path, has_experiment: bool) -> None:
    with start_runestone(data_dir=folder) as server:
        wire = Wire(server.port)
        assert wire.post("runs/create", {"experiment_id": "0", "run_name": "r"}).status == 200
        found = wire.get("experiments/get-by-name", experiment_name="kept")
        assert found.status == (200 if has_experiment else 404)
        wire.close()
        assert server.stop() == 0
    with closing(sqlite3.connect(folder / "data" / "runestone.db")) as db:
        assert [row[0] for row in db.execute("SELECT name FROM migration ORDER BY name")] == \
               [path.stem for path in SCHEMAS]
    assert storage.integrity(folder / "data") == []


@pytest.mark.parametrize("is_upgrade", [False, True], ids=["a new folder", "a folder of the first version"])
def test_a_start_may_die_at_any_step(tmp_path, is_upgrade):
    """The server is killed at calls to the disk all over its start: the next start finishes what it began."""
    deaths = 0
    for step in steps(tmp_path / "count", is_upgrade):
        disk = Disk(tmp_path / str(step))
        data = prepared(disk, is_upgrade)
        disk.fail(dict.fromkeys(CALLS, KILL), step, step, match="runestone.db")
        deaths += start_and_die(disk, data)
        disk.close()
        check_whole(disk.world, is_upgrade)
    assert deaths >= SAMPLES - 1


def prepared(disk: Disk, is_upgrade: bool) -> Path:
    data = disk.world / "data"
    if is_upgrade:
        first_schema(data)
    return data


def steps(folder: Path, is_upgrade: bool) -> range:
    """Numbers of calls, evenly over the whole of a start that nothing disturbs."""
    disk = Disk(folder)
    data = prepared(disk, is_upgrade)
    disk.fail(dict.fromkeys(CALLS, KILL), 1 << 40, match="runestone.db")
    assert not start_and_die(disk, data)
    seen = disk.seen
    disk.close()
    return range(1, seen + 1, max(1, seen // SAMPLES))


def test_a_schema_of_the_future_is_refused_and_left_alone(tmp_path):
    with start_runestone(data_dir=tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / "data" / "runestone.db")) as db:
        db.execute("INSERT INTO migration VALUES ('9999-of-the-future', 1)")
        db.commit()
    before = (tmp_path / "data" / "runestone.db").read_bytes()
    argv = [str(runestone_binary()), "server", "--port", "0", "--data", str(tmp_path / "data")]
    done = subprocess.run(argv, env=clean_environment(), capture_output=True, text=True, timeout=STARTS_WITHIN_S,
                          check=False)
    assert done.returncode == 1 and "9999-of-the-future" in done.stderr and "use a newer one" in done.stderr
    assert (tmp_path / "data" / "runestone.db").read_bytes() == before
