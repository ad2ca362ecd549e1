# SPDX-License-Identifier: Apache-2.0
"""`runestone verify-log` says of the log of events that it is whole, or which event is not what it was."""

import hashlib
import re
import sqlite3

import pytest

from upkeep.shared import Client, command, data_of, succeed

COLUMNS = "seq, at, model, event_group, actor, kind, subject, before, after, hash"


@pytest.fixture
def logged(served):
    """The data folder of a running server whose registry has a history of six events."""
    client = Client(served.url)
    client.post("registered-models/create", name="iris")
    for _ in range(3):
        client.post("model-versions/create", name="iris", source="s3://bucket/iris")
    for version in ("1", "2"):
        client.post("registered-models/alias", name="iris", alias="champion", version=version)
    return data_of(served)


def change(data, sql: str, *values) -> None:
    with sqlite3.connect(data / "runestone.db", timeout=60) as db:
        assert db.execute(sql, values).rowcount > 0
    db.close()


def newest(*args) -> str:
    """SEQ:HASH of a log that is whole."""
    (anchor,) = re.findall(r"^verified .*: \d+ events; the newest is (\d+:[0-9a-f]{64})$", succeed("verify-log", *args),
                           re.MULTILINE)
    return anchor


def finding(*args) -> str:
    done = command("verify-log", *args)
    assert (done.returncode, done.stderr) == (1, ""), done.stdout + done.stderr
    return done.stdout.splitlines()[0]


def forge(data) -> None:
    """Makes the whole chain anew, as its documentation says that it is made."""
    with sqlite3.connect(data / "runestone.db", timeout=60) as db:
        before = ""
        for *numbers, actor, kind, subject, was, now, _ in db.execute(f"SELECT {COLUMNS} FROM event ORDER BY seq").fetchall():
            texts = [f"{len(text.encode())}:{text}" for text in (actor, kind, subject, was, now)]
            line = " ".join([before, *map(str, numbers), *texts])
            before = hashlib.sha256(line.encode()).hexdigest()
            db.execute("UPDATE event SET hash = ? WHERE seq = ?", (before, numbers[0]))
    db.close()


def test_a_log_is_whole_beside_its_server_and_without(served, logged):
    beside = newest("--data", logged)
    assert beside.startswith("6:")
    served.stop()
    assert newest("--data", logged) == beside
    assert newest("--data", logged, beside) == beside
    succeed("check", "--data", logged)


def test_a_folder_without_events_is_fine(served):
    assert "no events yet" in succeed("verify-log", "--data", data_of(served))


@pytest.mark.parametrize("sql", [
    "UPDATE event SET after = 'version=3' WHERE seq = 5",
    "UPDATE event SET actor = 'somebody else' WHERE seq = 5",
    "UPDATE event SET at = at - 1000 WHERE seq = 5",
    "DELETE FROM event WHERE seq = 5",
    "DELETE FROM event WHERE seq >= 5",
])
@pytest.mark.parametrize("live", [True, False], ids=["beside its server", "alone"])
def test_the_first_event_that_was_altered_or_is_missing_is_named(served, logged, sql, live):
    if not live:
        served.stop()
    change(logged, sql)
    assert finding("--data", logged).startswith("the log of events was altered: event 5: ")


@pytest.mark.parametrize("kind, seq", [("experiment.created", 1), ("run.created", 2), ("run.updated", 3),
                                       ("logged_model.created", 4), ("run.deleted", 5)])
def test_the_events_of_tracking_are_links_of_the_chain(served, kind, seq):
    client = Client(served.url)
    experiment = client.post("experiments/create", name="x")["experiment_id"]
    run = client.new_run("r", experiment)
    client.log(run, "loss", 1, 0.5)
    client.post("runs/update", run_id=run, status="FINISHED", end_time=5)
    client.post("logged-models", experiment_id=experiment)
    client.post("runs/delete", run_id=run)
    served.stop()
    assert newest("--data", data_of(served)).startswith("5:"), "a metric makes no event"
    change(data_of(served), "UPDATE event SET after = after || '1' WHERE kind = ?", kind)
    assert finding("--data", data_of(served)).startswith(f"the log of events was altered: event {seq}: ")


def test_a_log_that_was_forged_anew_is_not_the_one_that_was_noted(served, logged):
    served.stop()
    noted = newest("--data", logged)
    forge(logged)
    assert newest("--data", logged) == noted, "the forger makes hashes as the server does"
    change(logged, "UPDATE event SET actor = 'somebody else' WHERE seq = 2")
    forge(logged)
    assert newest("--data", logged) != noted, "the chain alone cannot see it"
    assert "event 6: its hash is not the one that was noted" in finding("--data", logged, noted)
    change(logged, "DELETE FROM event WHERE seq = 6")
    change(logged, "UPDATE sqlite_sequence SET seq = 5 WHERE name = 'event'")
    assert "event 6: it was noted earlier, and is missing" in finding("--data", logged, noted)


@pytest.mark.parametrize("args", [["7"], ["x:abc"], ["0:abc"], ["1:a", "2:b"]], ids=" ".join)
def test_a_word_that_was_never_printed_is_refused(logged, args):
    done = command("verify-log", "--data", logged, *args)
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith("runestone: ")


def test_where_no_data_is_it_could_not_look(tmp_path):
    done = command("verify-log", "--data", tmp_path)
    assert done.returncode == 2 and "could not open" in done.stderr
