# SPDX-License-Identifier: Apache-2.0
"""What the client sends from its background threads: asynchronous logging and system metrics."""

import time

import mlflow
import numpy as np
import pytest


def test_asynchronous_logging_loses_nothing(client, experiment_id):
    with mlflow.start_run() as active:
        for step in range(300):
            mlflow.log_metric("loss", step / 2, step=step, timestamp=1 + step, synchronous=False)
        for number in range(120):
            mlflow.log_param(f"p{number}", number, synchronous=False)
        mlflow.log_metrics({"a": 1.0, "b": 2.0}, step=1, synchronous=False)
        mlflow.set_tags({"t1": "x", "t2": "y"}, synchronous=False)
        mlflow.flush_async_logging()
        history = client.get_metric_history(active.info.run_id, "loss")
    assert [(metric.step, metric.value) for metric in history] == [(step, step / 2) for step in range(300)]
    run = client.get_run(active.info.run_id)
    assert run.data.params == {f"p{number}": str(number) for number in range(120)}
    assert run.data.metrics == {"loss": 149.5, "a": 1.0, "b": 2.0}
    assert (run.data.tags["t1"], run.data.tags["t2"]) == ("x", "y")


def test_an_asynchronous_call_can_be_waited_for(client, run_id):
    operation = client.log_metric(run_id, "m", 4.0, synchronous=False)
    operation.wait()
    assert client.get_run(run_id).data.metrics == {"m": 4.0}


def test_asynchronous_errors_arrive_at_the_caller(client, run_id):
    client.log_param(run_id, "p", "1")
    with pytest.raises(Exception, match="Changing param values is not allowed"):
        client.log_param(run_id, "p", "2", synchronous=False).wait()


def test_asynchronous_artifacts_arrive(client, experiment_id):
    with mlflow.start_run() as active:
        for step in range(4):
            mlflow.log_image(np.full((4, 4, 3), step, dtype=np.uint8), key="k", step=step, synchronous=False)
        mlflow.flush_artifact_async_logging()
    assert len(client.list_artifacts(active.info.run_id, "images")) == 8


def test_system_metrics_are_sampled(client, experiment_id):
    mlflow.set_system_metrics_sampling_interval(0.2)
    mlflow.set_system_metrics_samples_before_logging(1)
    try:
        with mlflow.start_run(log_system_metrics=True) as active:
            deadline = time.monotonic() + 30
            while len(client.get_metric_history(active.info.run_id, "system/cpu_utilization_percentage")) < 2:
                assert time.monotonic() < deadline, "no second sample"
                time.sleep(0.1)
    finally:
        mlflow.set_system_metrics_sampling_interval(None)
        mlflow.set_system_metrics_samples_before_logging(None)
    metrics = client.get_run(active.info.run_id).data.metrics
    assert metrics["system/system_memory_usage_megabytes"] > 0
    assert 0 <= metrics["system/cpu_utilization_percentage"] <= 100
    steps = [m.step for m in client.get_metric_history(active.info.run_id, "system/cpu_utilization_percentage")]
    assert steps == list(range(len(steps)))
