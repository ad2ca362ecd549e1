# SPDX-License-Identifier: Apache-2.0
"""Logged models through the stock client: what was saved loads again and predicts the same."""

import mlflow
import numpy as np
import pytest
from mlflow.entities import LoggedModelStatus
from sklearn.linear_model import LogisticRegression

from client.shared import better_than_upstream, error_of, unique

FEATURES = np.array([[0.0, 0.1], [0.3, 0.2], [0.6, 0.9], [1.0, 0.8], [0.2, 0.4], [0.9, 0.6]])
LABELS = np.array([0, 0, 1, 1, 0, 1])


@pytest.fixture(scope="module")
def model() -> LogisticRegression:
    return LogisticRegression().fit(FEATURES, LABELS)


def log(model, **options):
    """Logs the model without looking for its requirements, which takes seconds."""
    return mlflow.sklearn.log_model(model, pip_requirements=["scikit-learn"], **options)


def assert_predicts_the_same(loaded, model) -> None:
    assert np.array_equal(loaded.predict(FEATURES), model.predict(FEATURES))
    if hasattr(loaded, "predict_proba"):
        assert np.array_equal(loaded.predict_proba(FEATURES), model.predict_proba(FEATURES))


@pytest.mark.parametrize("options", [{}, {"serialization_format": "pickle"}, {"serialization_format": "cloudpickle"}],
                         ids=["default format", "pickle", "cloudpickle"])
def test_a_logged_model_loads_from_its_uris_and_predicts_the_same(client, experiment_id, model, options):
    with mlflow.start_run() as active:
        info = log(model, name="classifier", **options)
    assert info.model_uri == f"models:/{info.model_id}"
    assert_predicts_the_same(mlflow.sklearn.load_model(info.model_uri), model)
    assert_predicts_the_same(mlflow.sklearn.load_model(f"runs:/{active.info.run_id}/classifier"), model)
    assert_predicts_the_same(mlflow.pyfunc.load_model(info.model_uri), model)


def test_a_logged_model_is_ready_and_belongs_to_its_run(client, experiment_id, model):
    with mlflow.start_run() as active:
        mlflow.log_metric("acc", 0.75, step=4)
        info = log(model, name="classifier", step=4, params={"lr": 0.1}, tags={"kind": "linear"}, model_type="sk")
    stored = mlflow.get_logged_model(info.model_id)
    assert stored.name == "classifier"
    assert stored.status == LoggedModelStatus.READY
    assert stored.experiment_id == experiment_id
    assert stored.source_run_id == active.info.run_id
    assert stored.model_type == "sk"
    assert stored.artifact_location == f"mlflow-artifacts:/{experiment_id}/models/{info.model_id}/artifacts"
    assert stored.params == {"lr": "0.1"}
    assert stored.tags["kind"] == "linear"
    assert [(metric.key, metric.value, metric.step) for metric in stored.metrics] == [("acc", 0.75, 4)]
    outputs = client.get_run(active.info.run_id).outputs.model_outputs
    assert [(output.model_id, output.step) for output in outputs] == [(info.model_id, 4)]


def test_the_files_of_a_model_are_listed(client, experiment_id, model):
    info = log(model, name="classifier", serialization_format="pickle")
    files = {item.path for item in mlflow.artifacts.list_artifacts(artifact_uri=info.model_uri)}
    assert files == {"MLmodel", "conda.yaml", "model.pkl", "python_env.yaml", "requirements.txt"}
    assert {item.path for item in client.list_logged_model_artifacts(info.model_id)} == files


def test_a_model_without_a_run(experiment_id, model):
    info = log(model, name="alone")
    assert mlflow.get_logged_model(info.model_id).name == "alone"
    assert_predicts_the_same(mlflow.sklearn.load_model(info.model_uri), model)


def test_an_external_model_has_params_and_tags(experiment_id):
    params = {f"p{number:03d}": str(number) for number in range(230)}
    created = mlflow.create_external_model(name="outside", model_type="api", params=params, tags={"a": "1"})
    stored = mlflow.get_logged_model(created.model_id)
    assert stored.status == LoggedModelStatus.READY
    assert stored.params == params
    mlflow.set_logged_model_tags(created.model_id, {"a": "2", "b": "ü"})
    mlflow.delete_logged_model_tag(created.model_id, "a")
    tags = mlflow.get_logged_model(created.model_id).tags
    assert "a" not in tags
    assert tags["b"] == "ü"
    mlflow.log_model_params({"later": "x"}, created.model_id)
    assert mlflow.get_logged_model(created.model_id).params == {**params, "later": "x"}


def test_a_model_goes_from_pending_to_its_final_status(experiment_id):
    created = mlflow.initialize_logged_model(name="pending")
    assert created.status == LoggedModelStatus.PENDING
    assert mlflow.finalize_logged_model(created.model_id, LoggedModelStatus.FAILED).status == LoggedModelStatus.FAILED
    stored = mlflow.get_logged_model(created.model_id)
    assert stored.status == LoggedModelStatus.FAILED
    assert stored.last_updated_timestamp >= stored.creation_timestamp


def test_a_deleted_model_is_gone(client, experiment_id):
    created = mlflow.create_external_model(name="gone")
    client.delete_logged_model(created.model_id)
    assert error_of(client.get_logged_model, created.model_id).error_code == "RESOURCE_DOES_NOT_EXIST"
    assert mlflow.search_logged_models([experiment_id], output_format="list") == []


def test_missing_models_are_reported_as_missing(client):
    missing = "m-" + "0" * 32
    assert error_of(client.get_logged_model, missing).error_code == "RESOURCE_DOES_NOT_EXIST"
    assert error_of(client.delete_logged_model, missing).error_code == "RESOURCE_DOES_NOT_EXIST"
    assert error_of(mlflow.sklearn.load_model, f"models:/{missing}").error_code == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize("name", ["a/b", "a:b", "a.b", "a%b", 'a"b', "a'b"])
def test_a_wrong_model_name_is_refused(client, experiment_id, name):
    error = error_of(client.create_logged_model, experiment_id, name=name)
    assert error.error_code == "INVALID_PARAMETER_VALUE"


@pytest.fixture
def models(client, experiment_id) -> dict:
    """Four models, name -> id, each with an accuracy but the last."""
    ids = {}
    for name, kind, accuracy in (("one", "x", 0.9), ("two", "y", 0.7), ("three", "x", 0.8), ("four", "y", None)):
        created = mlflow.create_external_model(name=name, model_type=kind, params={"p": name}, tags={"t": kind})
        ids[name] = created.model_id
        if accuracy is not None:
            with mlflow.start_run():
                mlflow.log_metric("acc", accuracy, model_id=created.model_id)
    return ids


def search(client, experiment_id: str, **query) -> list:
    return [model.name for model in client.search_logged_models([experiment_id], **query)]


def test_search_logged_models_filters(client, experiment_id, models):
    def found(text: str) -> set:
        return set(search(client, experiment_id, filter_string=text))

    assert found(None) == set(models)
    assert found("name = 'one'") == {"one"}
    assert found("name LIKE 't%'") == {"two", "three"}
    assert found("attributes.model_type = 'x'") == {"one", "three"}
    assert found("metrics.acc > 0.75") == {"one", "three"}
    assert found("params.p != 'one' AND tags.t = 'x'") == {"three"}
    assert found(f"model_id IN ('{models['one']}', '{models['four']}')") == {"one", "four"}


def test_search_logged_models_orders(client, experiment_id, models):
    def order(**by) -> list:
        return search(client, experiment_id, order_by=[by])

    assert order(field_name="name", ascending=True) == ["four", "one", "three", "two"]
    assert order(field_name="metrics.acc", ascending=False) == ["one", "three", "two", "four"]
    assert order(field_name="metrics.acc", ascending=True) == ["two", "three", "one", "four"]
    assert search(client, experiment_id) == ["four", "three", "two", "one"]


def test_search_logged_models_pages(client, experiment_id, models):
    pages, token = [], None
    while True:
        page = client.search_logged_models([experiment_id], max_results=3, page_token=token)
        pages.append([model.name for model in page])
        token = page.token
        if not token:
            break
    assert pages == [["four", "three", "two"], ["one"]]


def test_search_logged_models_by_dataset(client, experiment_id):
    dataset = mlflow.data.from_numpy(np.arange(5.0), name=unique("ds"))
    for name, value in (("good", 0.9), ("bad", 0.1)):
        created = mlflow.create_external_model(name=name)
        with mlflow.start_run():
            mlflow.log_metric("acc", value, model_id=created.model_id, dataset=dataset)
    mlflow.create_external_model(name="unscored")
    only = [{"dataset_name": dataset.name, "dataset_digest": dataset.digest}]
    assert set(search(client, experiment_id, datasets=only)) == {"good", "bad"}
    assert search(client, experiment_id, datasets=only, filter_string="metrics.acc > 0.5") == ["good"]


@pytest.mark.parametrize("text", ["nope.x = 'y'", "name > 'x'", "name = 'x' OR name = 'y'",
                                  pytest.param("metrics.acc = 'x'", marks=better_than_upstream("it is a 500")),
                                  pytest.param("nobody = 'x'", marks=better_than_upstream("it is a 500"))])
def test_a_wrong_model_filter_is_refused(client, experiment_id, text):
    error = error_of(client.search_logged_models, [experiment_id], filter_string=text)
    assert error.error_code == "INVALID_PARAMETER_VALUE"
