# SPDX-License-Identifier: Apache-2.0
"""Datasets as inputs of runs through the stock client."""

import json

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.entities import Dataset, DatasetInput, InputTag

from client.shared import error_of, unique


def test_log_input_keeps_the_dataset_and_its_context(client, experiment_id):
    frame = pd.DataFrame({"x": [1.0, 2.0], "y": [0, 1]})
    dataset = mlflow.data.from_pandas(frame, source="https://example.org/data.csv", name="frame", targets="y")
    with mlflow.start_run() as active:
        mlflow.log_input(dataset, context="training", tags={"split": "a"})
    (logged,) = client.get_run(active.info.run_id).inputs.dataset_inputs
    assert {tag.key: tag.value for tag in logged.tags} == {"mlflow.data.context": "training", "split": "a"}
    assert (logged.dataset.name, logged.dataset.digest) == ("frame", dataset.digest)
    assert json.loads(logged.dataset.profile) == dataset.profile
    assert json.loads(logged.dataset.schema) == json.loads(dataset.to_dict()["schema"])
    source = mlflow.data.get_source(logged)
    assert source.to_dict() == dataset.source.to_dict()


def test_a_repeated_input_is_one_input(client, experiment_id):
    dataset = mlflow.data.from_numpy(np.arange(4.0), name="numbers")
    with mlflow.start_run() as active:
        for _ in range(2):
            mlflow.log_input(dataset, context="training")
    assert len(client.get_run(active.info.run_id).inputs.dataset_inputs) == 1


def test_runs_are_found_by_their_dataset(client, experiment_id):
    found = {}
    for name, context in (("alpha", "training"), ("beta", "eval")):
        with mlflow.start_run() as active:
            mlflow.log_input(mlflow.data.from_numpy(np.arange(3.0), name=name), context=context)
        found[name] = active.info.run_id

    def search(text: str) -> set:
        return {run.info.run_id for run in client.search_runs([experiment_id], text)}

    both = set(found.values())
    digest = client.get_run(found["alpha"]).inputs.dataset_inputs[0].dataset.digest
    assert search("dataset.name = 'alpha'") == {found["alpha"]}
    assert search("dataset.name != 'alpha'") == {found["beta"]}
    assert search("datasets.name ILIKE 'BET%'") == {found["beta"]}
    assert search("dataset.name IN ('alpha', 'beta')") == both
    assert search("dataset.context = 'eval'") == {found["beta"]}
    assert search(f"dataset.digest = '{digest}'") == both
    assert search("dataset.name = 'alpha' AND dataset.context = 'eval'") == set()


def test_the_first_description_of_a_dataset_is_kept(client, experiment_id):
    def log(profile: str) -> str:
        run_id = client.create_run(experiment_id).info.run_id
        dataset = Dataset(name="d", digest="1234", source_type="local", source="{}", schema="{}", profile=profile)
        client.log_inputs(run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])])
        return run_id

    log('{"rows": 1}')
    second = log('{"rows": 2}')
    (logged,) = client.get_run(second).inputs.dataset_inputs
    assert logged.dataset.profile == '{"rows": 1}'


@pytest.mark.parametrize("field, limit", [("name", 500), ("digest", 36)])
def test_a_too_long_dataset_field_is_refused(client, run_id, field, limit):
    def log(size: int):
        fields = {"name": "n", "digest": "d", "source_type": "local", "source": "{}", field: "x" * size}
        client.log_inputs(run_id, [DatasetInput(Dataset(**fields))])

    assert error_of(log, limit + 1).error_code == "INVALID_PARAMETER_VALUE"
    assert client.get_run(run_id).inputs.dataset_inputs == []
    log(limit)
    (logged,) = client.get_run(run_id).inputs.dataset_inputs
    assert getattr(logged.dataset, field) == "x" * limit


def test_inputs_of_a_missing_run_are_refused(client):
    dataset = DatasetInput(Dataset(name=unique("d"), digest="1", source_type="local", source="{}"))
    assert error_of(client.log_inputs, "0" * 32, [dataset]).error_code == "RESOURCE_DOES_NOT_EXIST"
