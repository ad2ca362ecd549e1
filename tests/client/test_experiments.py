# SPDX-License-Identifier: Apache-2.0
"""Experiments through the stock client."""

import time

import mlflow
import pytest
from mlflow.entities import ViewType

from client.shared import all_pages, error_of, unique


def test_set_experiment_creates_a_new_experiment(client):
    name = unique("new")
    before = int(time.time() * 1000)
    created = mlflow.set_experiment(name)
    after = int(time.time() * 1000)
    stored = client.get_experiment(created.experiment_id)
    assert stored.name == name
    assert stored.lifecycle_stage == "active"
    assert stored.artifact_location == f"mlflow-artifacts:/{created.experiment_id}"
    assert before <= stored.creation_time <= after
    assert stored.last_update_time == stored.creation_time
    assert stored.tags == {}


def test_set_experiment_finds_an_existing_experiment():
    name = unique("existing")
    first = mlflow.set_experiment(name)
    assert mlflow.set_experiment(name).experiment_id == first.experiment_id
    assert mlflow.set_experiment(experiment_id=first.experiment_id).name == name


def test_the_default_experiment_is_there_from_the_start(client):
    default = client.get_experiment("0")
    assert default.name == "Default"
    assert client.get_experiment_by_name("Default").experiment_id == "0"


def test_create_experiment_keeps_tags_and_artifact_location(client):
    location = "s3://bucket/prefix"
    tags = {"team": "vision", "unicode": "søk 検索", "empty": ""}
    experiment = client.get_experiment(client.create_experiment(unique("e"), location, tags))
    assert experiment.artifact_location == location
    assert experiment.tags == tags


def test_a_taken_experiment_name_is_refused(client):
    name = unique("taken")
    client.create_experiment(name)
    error = error_of(client.create_experiment, name)
    assert error.error_code == "RESOURCE_ALREADY_EXISTS"
    assert f"Experiment(name={name}) already exists." in error.message


def test_the_name_of_a_deleted_experiment_stays_taken(client):
    name = unique("deleted")
    client.delete_experiment(client.create_experiment(name))
    assert error_of(client.create_experiment, name).error_code == "RESOURCE_ALREADY_EXISTS"


def test_an_experiment_is_renamed(client):
    experiment_id = client.create_experiment(unique("old"))
    created = client.get_experiment(experiment_id)
    name = unique("renamed")
    client.rename_experiment(experiment_id, name)
    renamed = client.get_experiment(experiment_id)
    assert renamed.name == name
    assert renamed.creation_time == created.creation_time
    assert renamed.last_update_time >= created.last_update_time
    assert client.get_experiment_by_name(created.name) is None
    assert client.get_experiment_by_name(name).experiment_id == experiment_id


def test_deleting_an_experiment_hides_it_and_its_runs(client, experiment_id):
    run_id = client.create_run(experiment_id).info.run_id
    client.delete_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "deleted"
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    assert client.search_runs([experiment_id]) == []
    assert "must be in the 'active' state" in error_of(client.create_run, experiment_id).message
    assert error_of(client.delete_experiment, experiment_id).error_code == "RESOURCE_DOES_NOT_EXIST"


def test_restoring_an_experiment_brings_back_it_and_its_runs(client, experiment_id):
    run_id = client.create_run(experiment_id).info.run_id
    client.delete_experiment(experiment_id)
    client.restore_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "active"
    assert client.get_run(run_id).info.lifecycle_stage == "active"
    assert [run.info.run_id for run in client.search_runs([experiment_id])] == [run_id]
    assert error_of(client.restore_experiment, experiment_id).error_code == "RESOURCE_DOES_NOT_EXIST"


def test_experiment_tags_are_set_overwritten_and_deleted(client, experiment_id):
    mlflow.set_experiment_tags({"a": "1", "b": 2})
    mlflow.set_experiment_tag("a", "changed")
    assert client.get_experiment(experiment_id).tags == {"a": "changed", "b": "2"}
    client.delete_experiment_tag(experiment_id, "a")
    assert client.get_experiment(experiment_id).tags == {"b": "2"}
    assert error_of(client.delete_experiment_tag, experiment_id, "a").error_code == "RESOURCE_DOES_NOT_EXIST"


def test_tags_of_a_deleted_experiment_cannot_be_set(client, experiment_id):
    client.delete_experiment(experiment_id)
    error = error_of(client.set_experiment_tag, experiment_id, "a", "1")
    assert error.error_code == "INVALID_PARAMETER_VALUE"
    assert f"The experiment {experiment_id} must be in the 'active' state." in error.message


def test_missing_experiments_are_reported_as_missing(client):
    assert client.get_experiment_by_name(unique("nobody")) is None
    assert error_of(client.get_experiment, "987654321").error_code == "RESOURCE_DOES_NOT_EXIST"
    assert error_of(client.delete_experiment, "987654321").error_code == "RESOURCE_DOES_NOT_EXIST"
    assert error_of(client.rename_experiment, "987654321", "x").error_code == "RESOURCE_DOES_NOT_EXIST"
    assert error_of(client.get_experiment, "not-a-number").error_code == "INVALID_PARAMETER_VALUE"


def names(experiments) -> list:
    return [experiment.name for experiment in experiments]


def test_search_experiments_filters_by_name_and_tag(client):
    prefix = unique("find")
    for suffix, team in (("Alpha", "red"), ("beta", "red"), ("gamma", "blue")):
        client.create_experiment(f"{prefix}-{suffix}", tags={"team": team})
    by_name = client.search_experiments(filter_string=f"name LIKE '{prefix}-%'", order_by=["name ASC"])
    assert names(by_name) == [f"{prefix}-Alpha", f"{prefix}-beta", f"{prefix}-gamma"]
    ignoring_case = client.search_experiments(filter_string=f"name ILIKE '{prefix.upper()}-ALPHA'")
    assert names(ignoring_case) == [f"{prefix}-Alpha"]
    assert client.search_experiments(filter_string=f"name LIKE '{prefix}-alpha'") == []
    by_tag = client.search_experiments(filter_string=f"name LIKE '{prefix}%' AND tags.team = 'red'",
                                       order_by=["name DESC"])
    assert names(by_tag) == [f"{prefix}-beta", f"{prefix}-Alpha"]


def test_search_experiments_looks_at_the_lifecycle_stage(client):
    prefix = unique("stage")
    kept, gone = client.create_experiment(f"{prefix}-kept"), client.create_experiment(f"{prefix}-gone")
    client.delete_experiment(gone)
    found = {}
    for view in (ViewType.ACTIVE_ONLY, ViewType.DELETED_ONLY, ViewType.ALL):
        result = client.search_experiments(view_type=view, filter_string=f"name LIKE '{prefix}%'")
        found[view] = {experiment.experiment_id for experiment in result}
    assert found == {ViewType.ACTIVE_ONLY: {kept}, ViewType.DELETED_ONLY: {gone}, ViewType.ALL: {kept, gone}}


def test_search_experiments_pages_without_gap_or_repetition(client):
    prefix = unique("page")
    expected = [f"{prefix}-{number:02d}" for number in range(17)]
    for name in expected:
        client.create_experiment(name)
    pages = all_pages(client.search_experiments, max_results=5, filter_string=f"name LIKE '{prefix}%'",
                      order_by=["name ASC"])
    assert [len(page) for page in pages] == [5, 5, 5, 2]
    assert names(sum(pages, [])) == expected


@pytest.mark.parametrize("filter_string", ["name = 'x' OR name = 'y'", "nonsense = 'x'", "name > 'x'", "name ="])
def test_a_wrong_experiment_filter_is_refused(client, filter_string):
    error = error_of(client.search_experiments, filter_string=filter_string)
    assert error.error_code == "INVALID_PARAMETER_VALUE"
