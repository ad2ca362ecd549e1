# SPDX-License-Identifier: Apache-2.0
"""What outlives a restart, and a server below a path."""

import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient
from sklearn.linear_model import LogisticRegression

from client.shared import MIB, better_than_upstream, unique
from peer import IS_UPSTREAM, start_peer
from support.servers import start_runestone


def snapshot(client: MlflowClient, experiment_ids: list) -> dict:
    """Everything that the client can read back about the experiments."""
    runs = client.search_runs(experiment_ids)
    return {
        "experiments": [dict(client.get_experiment(experiment_id)) for experiment_id in experiment_ids],
        "runs": [run.to_dictionary() for run in runs],
        "history": {(run.info.run_id, key): [metric.to_dictionary() for metric in
                                             client.get_metric_history(run.info.run_id, key)]
                    for run in runs for key in run.data.metrics},
        "files": {run.info.run_id: [dict(item) for item in client.list_artifacts(run.info.run_id, "files")]
                  for run in runs},
        "models": [model.to_dictionary() for model in client.search_logged_models(experiment_ids)],
    }


def fill(client: MlflowClient) -> str:
    """An experiment with a run of every kind of data; returns its id."""
    experiment_id = mlflow.set_experiment(unique("kept")).experiment_id
    mlflow.set_experiment_tag("team", "ü")
    with mlflow.start_run(run_name="kept"):
        mlflow.log_params({"a": "1", "b": "2"})
        for step in range(50):
            mlflow.log_metric("loss", step / 3, step=step, timestamp=1 + step)
        mlflow.set_tag("t", "v")
        mlflow.log_text("text", "files/a.txt")
        mlflow.log_input(mlflow.data.from_numpy(np.arange(3.0), name="d"), context="training")
        mlflow.create_external_model(name="model", params={"p": "1"})
    return experiment_id


def test_a_restart_keeps_everything(tmp_path):
    with start_peer() as server:
        mlflow.set_tracking_uri(server.url)
        client = MlflowClient(server.url)
        experiment_id = fill(client)
        before = snapshot(client, [experiment_id])
        exit_code = server.stop()
        server.start()
        assert snapshot(client, [experiment_id]) == before
        assert before["runs"][0]["data"]["params"] == {"a": "1", "b": "2"}
        run_id = before["runs"][0]["info"]["run_id"]
        path = client.download_artifacts(run_id, "files/a.txt", str(tmp_path))
        with open(path, encoding="utf-8") as text:
            assert text.read() == "text"
        client.log_metric(run_id, "loss", 99.0, step=99)
        assert client.get_run(run_id).data.metrics["loss"] == 99.0
        assert exit_code == 0 or IS_UPSTREAM


@pytest.fixture(scope="module")
def below_a_path():
    with start_runestone(base_path="/ml") as server:
        yield server


@better_than_upstream("not wrong there, but its server is not started below a path by these tests")
def test_a_server_below_a_path_serves_the_whole_client(below_a_path, tmp_path):
    assert below_a_path.url.endswith("/ml")
    mlflow.set_tracking_uri(below_a_path.url)
    client = MlflowClient(below_a_path.url)
    experiment_id = fill(client)
    (run,) = client.search_runs([experiment_id])
    assert run.data.params == {"a": "1", "b": "2"}
    path = client.download_artifacts(run.info.run_id, "files/a.txt", str(tmp_path))
    with open(path, encoding="utf-8") as text:
        assert text.read() == "text"


@better_than_upstream("with a local folder there is no multipart upload")
def test_models_and_uploads_in_parts_work_below_a_path(below_a_path, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(5 * MIB))
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(5 * MIB))
    mlflow.set_tracking_uri(below_a_path.url)
    client = MlflowClient(below_a_path.url)
    mlflow.set_experiment(unique("below"))
    features, labels = np.array([[0.0], [1.0], [0.2], [0.9]]), np.array([0, 1, 0, 1])
    model = LogisticRegression().fit(features, labels)
    (tmp_path / "big.bin").write_bytes(b"x" * (6 * MIB))
    with mlflow.start_run() as active:
        info = mlflow.sklearn.log_model(model, name="m", pip_requirements=["scikit-learn"])
        mlflow.log_artifact(str(tmp_path / "big.bin"))
    loaded = mlflow.sklearn.load_model(info.model_uri)
    assert np.array_equal(loaded.predict(features), model.predict(features))
    sizes = {item.path: item.file_size for item in client.list_artifacts(active.info.run_id)}
    assert sizes["big.bin"] == 6 * MIB
