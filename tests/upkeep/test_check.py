# SPDX-License-Identifier: Apache-2.0
"""`runestone check` says of a sound folder that it is, and finds what is wrong with another."""

import sqlite3

import pytest

from upkeep.shared import Client, blobs_in, command, content, data_of, fill, succeed


@pytest.fixture
def stopped(served):
    """The data folder of a server that has stopped, with something in it."""
    fill(Client(served.url))
    served.stop()
    return data_of(served)


def blob_of(data, number: int):
    (path,) = [path for path in blobs_in(data).values() if path.read_bytes() == content(number)]
    return path


def findings(*args) -> list[str]:
    """The lines of a check that found something."""
    done = command("check", *args)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if not line.startswith(("note: ", "checked "))]


def test_a_sound_folder_has_no_findings_with_its_server_and_without(served):
    fill(Client(served.url))
    assert "beside its server: 12 blobs of 12000 bytes, 0 findings" in succeed("check", "--data", data_of(served))
    served.stop()
    assert ": 12 blobs of 12000 bytes, 0 findings" in succeed("check", "--data", data_of(served))
    served.start()


def test_a_killed_server_leaves_a_sound_folder(served):
    fill(Client(served.url))
    served.kill()
    succeed("check", "--data", data_of(served))


@pytest.mark.parametrize("live", [True, False], ids=["beside its server", "alone"])
def test_damaged_cut_and_missing_bytes_are_named(served, live):
    fill(Client(served.url))
    data = data_of(served)
    if not live:
        served.stop()
    blob_of(data, 1).write_bytes(b"X" + content(1)[1:])
    blob_of(data, 2).write_bytes(content(2)[:-1])
    blob_of(data, 3).unlink()
    found = sorted(findings("--data", data))
    assert [line.split(":")[0] for line in found] == ["bytes are damaged", "bytes are damaged", "bytes are missing"]
    text = "\n".join(found)
    assert all(f"9/kept/{number}.bin" in text for number in (1, 2, 3))
    assert all("upload the artifact again" in line for line in found)


def test_files_without_a_row_are_listed_and_are_no_finding(stopped):
    key = "ab/" + "ab" * 16
    (stopped / "artifacts" / "blobs" / key).write_bytes(b"orphan")
    (stopped / "artifacts" / "blobs" / "ab" / "notes.txt").write_bytes(b"mine")
    told = succeed("check", "--data", stopped)
    assert key in told and "1 files of 6 bytes have no row" in told and "1 names among the blobs are not ours" in told


BROKEN = {
    "a metric's number of points": "UPDATE latest_metric SET points = points + 1 WHERE run = 1",
    "a metric's latest point": "UPDATE latest_metric SET value = 77.0 WHERE run = 1",
    "a metric has a history": "DELETE FROM latest_metric WHERE run = 1",
    "a metric is said to be in the order": "UPDATE metric SET at = 100 WHERE run = 1 AND step = 3",
    "a metric is filed": "UPDATE latest_metric SET experiment = 0 WHERE run = 1",
    "a param is filed": "UPDATE param SET experiment = 0 WHERE run = 1",
    "a tag is filed": "UPDATE tag SET experiment = 0 WHERE run = 1",
    "a run's name": "UPDATE run SET name = 'other' WHERE id = 1",
    "a run's experiment": "UPDATE run SET experiment = 99 WHERE id = 1",
    "a param's run": "UPDATE param SET run = 99 WHERE run = 1",
    "a tag's run": "UPDATE tag SET run = 99 WHERE run = 1",
    "a metric's run": "UPDATE latest_metric SET run = 99 WHERE run = 1",
    "a dataset's experiment": "INSERT INTO dataset (experiment, name, digest, source_type, source)"
                              " VALUES (99, 'd', 'd', 's', 's')",
    "the dataset of an input": "INSERT INTO dataset_input (run, dataset) VALUES (1, 99)",
    "the run of a model input": "INSERT INTO model_input (run, model_id) VALUES (99, 'm')",
    "a run is said to have no inputs": "INSERT INTO model_input (run, model_id) VALUES (1, 'm')",
    "the logged model of a tag": "INSERT INTO logged_model_tag VALUES (99, 'n', 'v')",
    "the registered model of a version": "INSERT INTO model_version (model, version, stage, is_prompt, source,"
                                         " storage_location, run_id, run_link, model_id, creation_time,"
                                         " last_update_time) VALUES (99, 1, 0, 0, '', '', '', '', '', 1, 1)",
    "an alias names": "INSERT INTO model_alias VALUES (1, 'a', 1)",
    "the log of events": "UPDATE event SET hash = 'h' WHERE seq = 1",
    "an artifact's bytes have no row": "DELETE FROM blob WHERE id = 1",
    "artifacts are in a folder": "DELETE FROM artifact WHERE folder = '9' AND name = 'kept'",
    "bytes that an artifact names": "UPDATE blob SET unused_since = 1 WHERE id = 1",
    "bytes that no artifact names": "DELETE FROM artifact WHERE blob = 1",
}


@pytest.mark.parametrize("words", BROKEN)
def test_a_rule_that_rows_break_is_a_finding(stopped, words):
    with sqlite3.connect(stopped / "runestone.db") as db:
        assert db.execute(BROKEN[words]).rowcount > 0
    db.close()
    found = findings("--data", stopped)
    assert any(line.startswith(words) for line in found), found


def test_a_damaged_page_is_a_finding(stopped):
    database = stopped / "runestone.db"
    with sqlite3.connect(database) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'run'").fetchone()
    db.close()
    with open(database, "r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    found = findings("--data", stopped)
    assert any("damaged" in line for line in found), found


@pytest.mark.parametrize("size", [0.5, 100])
def test_a_cut_database_is_a_finding_and_no_crash(stopped, size):
    database = stopped / "runestone.db"
    whole = database.stat().st_size
    with open(database, "r+b") as file:
        file.truncate(int(whole * size) if size < 1 else int(size))
    found = findings("--data", stopped)
    assert any("damaged" in line for line in found), found


def test_what_cannot_be_looked_at_is_no_finding(tmp_path):
    done = command("check", "--data", tmp_path / "nothing")
    assert (done.returncode, done.stdout) == (2, "") and "--data names the folder" in done.stderr


def test_a_database_of_a_newer_program_is_named(stopped):
    with sqlite3.connect(stopped / "runestone.db") as db:
        db.execute("INSERT INTO migration VALUES ('9999-later', 1)")
    db.close()
    assert any("9999-later" in line for line in findings("--data", stopped))


def test_names_that_would_drive_a_terminal_are_made_harmless(served):
    Client(served.url).new_run("a\x1b[31mred\u202e")
    served.stop()
    with sqlite3.connect(data_of(served) / "runestone.db") as db:
        db.execute("UPDATE tag SET value = 'other' WHERE value LIKE 'a%'")
    db.close()
    (line,) = findings("--data", data_of(served))
    assert line.isprintable() and "a?[31mred? and other" in line
