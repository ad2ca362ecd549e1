# SPDX-License-Identifier: Apache-2.0
"""The life of a run through the stock client."""

import time

import mlflow
import pytest
from mlflow.entities import RunStatus, ViewType

from client.shared import error_of, unique


def test_a_with_block_makes_a_finished_run(client, experiment_id):
    before = int(time.time() * 1000)
    with mlflow.start_run(run_name="first", description="what it is about", tags={"kind": "demo"}) as active:
        running = client.get_run(active.info.run_id)
    after = int(time.time() * 1000)
    assert running.info.status == "RUNNING"
    assert running.info.end_time is None
    run = client.get_run(active.info.run_id)
    assert run.info.run_name == "first"
    assert run.info.experiment_id == experiment_id
    assert run.info.status == "FINISHED"
    assert run.info.lifecycle_stage == "active"
    assert before <= run.info.start_time <= run.info.end_time <= after
    assert run.info.artifact_uri == f"mlflow-artifacts:/{experiment_id}/{run.info.run_id}/artifacts"
    assert run.data.tags["kind"] == "demo"
    assert run.data.tags["mlflow.note.content"] == "what it is about"
    assert run.data.tags["mlflow.runName"] == "first"


def test_an_exception_makes_a_failed_run(client, experiment_id):
    with pytest.raises(ZeroDivisionError):
        with mlflow.start_run() as active:
            mlflow.log_metric("before", 1)
            raise ZeroDivisionError
    run = client.get_run(active.info.run_id)
    assert run.info.status == "FAILED"
    assert run.info.end_time >= run.info.start_time
    assert run.data.metrics == {"before": 1.0}


def test_a_run_without_a_name_gets_one(client, run):
    assert run.info.run_name
    assert run.data.tags["mlflow.runName"] == run.info.run_name
    assert client.get_run(run.info.run_id).info.run_name == run.info.run_name


def test_create_run_keeps_start_time_name_and_tags(client, experiment_id):
    tags = {"a": "1", "ключ": "значение"}
    run = client.create_run(experiment_id, start_time=1234567890123, tags=tags, run_name="named")
    stored = client.get_run(run.info.run_id)
    assert stored.info.start_time == 1234567890123
    assert stored.info.run_name == "named"
    assert stored.data.tags == {**tags, "mlflow.runName": "named"}
    assert stored.to_dictionary() == run.to_dictionary()


def test_nested_runs_name_their_parent(client, experiment_id):
    with mlflow.start_run(run_name="parent") as parent:
        with mlflow.start_run(run_name="child 1", nested=True) as first:
            mlflow.log_metric("m", 1)
        with mlflow.start_run(run_name="child 2", nested=True) as second:
            mlflow.log_metric("m", 2)
    for child in (first, second):
        stored = client.get_run(child.info.run_id)
        assert stored.data.tags["mlflow.parentRunId"] == parent.info.run_id
        assert client.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id
    children = client.search_runs([experiment_id], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
    assert {run.info.run_id for run in children} == {first.info.run_id, second.info.run_id}
    assert client.get_parent_run(parent.info.run_id) is None


def test_a_finished_run_is_resumed_by_its_id(client, experiment_id):
    with mlflow.start_run() as first:
        mlflow.log_param("p", "1")
    with mlflow.start_run(run_id=first.info.run_id) as again:
        assert again.info.run_id == first.info.run_id
        assert client.get_run(first.info.run_id).info.status == "RUNNING"
        mlflow.log_metric("m", 3)
    run = client.get_run(first.info.run_id)
    assert run.info.status == "FINISHED"
    assert run.info.start_time == first.info.start_time
    assert run.data.params == {"p": "1"}
    assert run.data.metrics == {"m": 3.0}


@pytest.mark.parametrize("status", ["FINISHED", "FAILED", "KILLED"])
def test_set_terminated_sets_status_and_end_time(client, run_id, status):
    client.set_terminated(run_id, status=status, end_time=1999999999999)
    run = client.get_run(run_id)
    assert run.info.status == status
    assert run.info.end_time == 1999999999999


def test_update_run_sets_status_and_name(client, run_id):
    client.update_run(run_id, status="SCHEDULED", name="another name")
    run = client.get_run(run_id)
    assert run.info.status == RunStatus.to_string(RunStatus.SCHEDULED)
    assert run.info.run_name == "another name"
    assert run.data.tags["mlflow.runName"] == "another name"
    assert run.info.end_time is None


def test_setting_the_name_tag_renames_the_run(client, run_id):
    client.set_tag(run_id, "mlflow.runName", "by tag")
    assert client.get_run(run_id).info.run_name == "by tag"


def test_a_deleted_run_is_hidden_but_readable(client, experiment_id, run_id):
    client.log_metric(run_id, "m", 1.5, timestamp=1, step=0)
    client.delete_run(run_id)
    run = client.get_run(run_id)
    assert run.info.lifecycle_stage == "deleted"
    assert run.data.metrics == {"m": 1.5}
    assert client.search_runs([experiment_id]) == []
    deleted = client.search_runs([experiment_id], run_view_type=ViewType.DELETED_ONLY)
    assert [found.info.run_id for found in deleted] == [run_id]


@pytest.mark.parametrize("write", [
    lambda client, run_id: client.log_metric(run_id, "m", 1),
    lambda client, run_id: client.log_param(run_id, "p", 1),
    lambda client, run_id: client.set_tag(run_id, "t", 1),
    lambda client, run_id: client.log_batch(run_id, tags=[mlflow.entities.RunTag("t", "1")]),
    lambda client, run_id: client.delete_tag(run_id, "mlflow.runName"),
    lambda client, run_id: client.set_terminated(run_id),
], ids=["log_metric", "log_param", "set_tag", "log_batch", "delete_tag", "set_terminated"])
def test_a_deleted_run_cannot_be_written(client, run_id, write):
    client.delete_run(run_id)
    before = client.get_run(run_id).to_dictionary()
    error = error_of(write, client, run_id)
    assert error.error_code == "INVALID_PARAMETER_VALUE"
    assert f"The run {run_id} must be in the 'active' state. Current state is deleted." in error.message
    assert client.get_run(run_id).to_dictionary() == before


def test_a_restored_run_is_as_before(client, experiment_id, run_id):
    client.log_param(run_id, "p", "kept")
    before = client.get_run(run_id).to_dictionary()
    client.delete_run(run_id)
    client.restore_run(run_id)
    assert client.get_run(run_id).to_dictionary() == before
    client.log_metric(run_id, "m", 1)
    assert [run.info.run_id for run in client.search_runs([experiment_id])] == [run_id]


def test_missing_runs_are_reported_as_missing(client):
    missing = "0" * 32
    for call in (client.get_run, client.delete_run, client.restore_run, client.set_terminated,
                 client.list_artifacts):
        error = error_of(call, missing)
        assert error.error_code == "RESOURCE_DOES_NOT_EXIST", call
        assert f"Run with id={missing} not found" in error.message
    assert error_of(client.log_metric, missing, "m", 1).error_code == "RESOURCE_DOES_NOT_EXIST"


def test_a_run_in_a_missing_experiment_is_refused(client):
    error = error_of(client.create_run, "987654321")
    assert error.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_set_tags_overwrites_and_delete_tag_removes(client, run_id):
    client.set_tag(run_id, "a", "1")
    client.set_tag(run_id, "a", "2")
    client.set_tag(run_id, "b", "line\nbreak \"quoted\" \\ 你好 🙂")
    tags = client.get_run(run_id).data.tags
    assert tags["a"] == "2"
    assert tags["b"] == "line\nbreak \"quoted\" \\ 你好 🙂"
    client.delete_tag(run_id, "a")
    assert "a" not in client.get_run(run_id).data.tags
    assert error_of(client.delete_tag, run_id, "a").error_code == "RESOURCE_DOES_NOT_EXIST"


def test_fluent_tags_arrive_together(client, experiment_id):
    tags = {f"tag {number}": unique("v") for number in range(120)}
    with mlflow.start_run() as active:
        mlflow.set_tags(tags)
    stored = client.get_run(active.info.run_id).data.tags
    assert {key: stored.get(key) for key in tags} == tags


def test_a_long_tag_value_is_cut_at_8000_characters(client, run_id):
    client.set_tag(run_id, "long", "é" * 9000)
    assert client.get_run(run_id).data.tags["long"] == "é" * 8000
