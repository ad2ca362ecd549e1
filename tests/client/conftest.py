# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests that use the stock `mlflow` client: an experiment a test."""

import os

# Set before mlflow is imported: no telemetry, no minutes of retries, no progress bars in the report.
os.environ.update(
    MLFLOW_DISABLE_TELEMETRY="true",
    DO_NOT_TRACK="true",
    MLFLOW_HTTP_REQUEST_MAX_RETRIES="0",
    MLFLOW_HTTP_REQUEST_TIMEOUT="60",
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false",
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT="true",
    GIT_PYTHON_REFRESH="quiet",
    MPLBACKEND="Agg",
    NO_PROXY="127.0.0.1,localhost",
)

import mlflow  # noqa: E402
import pytest  # noqa: E402
from mlflow import MlflowClient  # noqa: E402

from client.shared import unique  # noqa: E402


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
