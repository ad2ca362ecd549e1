# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests that use the stock `mlflow` client: an experiment a test."""

import support.mlflow_environment  # before mlflow is imported
import mlflow
import pytest
from mlflow import MlflowClient

from client.shared import unique


@pytest.fixture(autouse=True)
def tracking(server):
    """Points the client at the server; afterwards no run, autologger or environment is left over."""
    mlflow.set_tracking_uri(server.url)
    yield server.url
    mlflow.autolog(disable=True)
    while mlflow.active_run():
        mlflow.end_run()
    mlflow.set_tracking_uri(server.url)


@pytest.fixture
def client(tracking) -> MlflowClient:
    return MlflowClient(tracking)


@pytest.fixture
def experiment_id(tracking) -> str:
    """A new experiment, which is also the active one."""
    return mlflow.set_experiment(unique("experiment")).experiment_id


@pytest.fixture
def run(client, experiment_id):
    """A new run of the new experiment."""
    return client.create_run(experiment_id)


@pytest.fixture
def run_id(run) -> str:
    return run.info.run_id
