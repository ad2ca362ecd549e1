# SPDX-License-Identifier: Apache-2.0
"""Params through the stock client: written once, never changed."""

import mlflow
import pytest
from mlflow.entities import Metric, Param, RunTag

from client.shared import error_of


def test_params_come_back_as_strings(client, experiment_id):
    with mlflow.start_run() as active:
        mlflow.log_param("int", 3)
        mlflow.log_params({"float": 0.1, "none": None, "list": [1, 2], "text": "x y", "empty": "", "日本": "語"})
    assert client.get_run(active.info.run_id).data.params == {
        "int": "3", "float": "0.1", "none": "None", "list": "[1, 2]", "text": "x y", "empty": "", "日本": "語",
    }


def test_150_params_arrive_although_a_request_holds_100(client, experiment_id):
    params = {f"p{number:03d}": str(number) for number in range(150)}
    with mlflow.start_run() as active:
        mlflow.log_params(params)
    assert client.get_run(active.info.run_id).data.params == params


def test_the_same_param_twice_is_accepted(client, run_id):
    client.log_param(run_id, "p", "1")
    client.log_param(run_id, "p", "1")
    client.log_batch(run_id, params=[Param("p", "1"), Param("q", "2")])
    assert client.get_run(run_id).data.params == {"p": "1", "q": "2"}


def test_changing_a_param_is_refused(client, run_id):
    client.log_param(run_id, "p", "1")
    error = error_of(client.log_param, run_id, "p", "2")
    assert error.error_code == "INVALID_PARAMETER_VALUE"
    assert ("Changing param values is not allowed. Param with key='p' was already logged with value='1' for run "
            f"ID='{run_id}'. Attempted logging new value '2'.") in error.message
    assert client.get_run(run_id).data.params == {"p": "1"}


def test_changing_a_param_in_a_batch_is_refused(client, run_id):
    client.log_param(run_id, "p", "1")
    error = error_of(client.log_batch, run_id, params=[Param("p", "2")])
    assert error.error_code == "INVALID_PARAMETER_VALUE"
    assert "[{'key': 'p', 'old_value': '1', 'new_value': '2'}]" in error.message
    assert client.get_run(run_id).data.params == {"p": "1"}


def test_a_refused_batch_leaves_nothing(client, run_id):
    client.log_param(run_id, "p", "1")
    before = client.get_run(run_id).to_dictionary()
    error_of(client.log_batch, run_id, metrics=[Metric("m", 1.0, 1, 0)],
             params=[Param("new", "1"), Param("p", "changed")], tags=[RunTag("t", "1")])
    assert client.get_run(run_id).to_dictionary() == before


def test_a_key_twice_in_one_batch_is_refused(client, run_id):
    error = error_of(client.log_batch, run_id, params=[Param("a", "1"), Param("a", "1")])
    assert error.error_code == "INVALID_PARAMETER_VALUE"
    assert "Duplicate parameter keys have been submitted: ['a']" in error.message
    assert client.get_run(run_id).data.params == {}


@pytest.mark.parametrize("key", ["a,b", "/a", "a/", "../a", "a//b", "x" * 251, "tab\t"])
def test_a_wrong_param_key_is_refused(client, run_id, key):
    assert error_of(client.log_param, run_id, key, "1").error_code == "INVALID_PARAMETER_VALUE"
    assert client.get_run(run_id).data.params == {}


@pytest.mark.parametrize("key", ["a/b", "a.b", "a-b", "a b", "a:b", "métrique_損失", "x" * 250])
def test_a_legal_param_key_is_kept(client, run_id, key):
    client.log_param(run_id, key, "1")
    assert client.get_run(run_id).data.params == {key: "1"}


def test_a_long_param_value_is_cut_at_6000_characters(client, run_id):
    client.log_param(run_id, "long", "ü" * 7000)
    assert client.get_run(run_id).data.params == {"long": "ü" * 6000}
