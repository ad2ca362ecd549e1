# SPDX-License-Identifier: Apache-2.0
"""Metrics through the stock client: every point of every step comes back, whatever its value."""

import math
import sys

import mlflow
import numpy as np
import pytest
from mlflow.entities import Metric

from client.shared import better_than_upstream, error_of, same_double


def points(history) -> list:
    return [(metric.step, metric.timestamp, metric.value) for metric in history]


def test_all_steps_come_back_in_order(client, experiment_id):
    with mlflow.start_run() as active:
        for step in range(25):
            mlflow.log_metric("loss", 1.0 / (step + 1), step=step, timestamp=1000 + step)
    history = client.get_metric_history(active.info.run_id, "loss")
    assert points(history) == [(step, 1000 + step, 1.0 / (step + 1)) for step in range(25)]
    assert {metric.key for metric in history} == {"loss"}
    assert client.get_run(active.info.run_id).data.metrics == {"loss": 1.0 / 25}


def test_history_is_ordered_by_timestamp_then_step_then_value(client, run_id):
    logged = [(3, 10, 1.0), (1, 30, 5.0), (2, 20, 3.0), (1, 20, 9.0), (1, 20, 2.0)]
    client.log_batch(run_id, metrics=[Metric("m", value, at, step) for step, at, value in logged])
    expected = sorted(logged, key=lambda point: (point[1], point[0], point[2]))
    assert points(client.get_metric_history(run_id, "m")) == expected


def test_the_latest_value_is_the_one_of_the_highest_step(client, run_id):
    for value, timestamp, step in ((1.0, 100, 5), (2.0, 200, 4), (3.0, 50, 6), (4.0, 300, -7)):
        client.log_metric(run_id, "m", value, timestamp=timestamp, step=step)
    assert client.get_run(run_id).data.metrics == {"m": 3.0}


def test_on_the_same_step_the_later_timestamp_wins_and_then_the_greater_value(client, run_id):
    client.log_metric(run_id, "m", 9.0, timestamp=100, step=1)
    client.log_metric(run_id, "m", 5.0, timestamp=200, step=1)
    assert client.get_run(run_id).data.metrics == {"m": 5.0}
    client.log_metric(run_id, "m", 4.0, timestamp=200, step=1)
    assert client.get_run(run_id).data.metrics == {"m": 5.0}
    client.log_metric(run_id, "m", 6.0, timestamp=200, step=1)
    assert client.get_run(run_id).data.metrics == {"m": 6.0}


DOUBLES = [0.0, 0.1, 1 / 3, 1e-300, 5e-324, 2.2250738585072014e-308, sys.float_info.max, -sys.float_info.max,
           float(2**53 + 2), 1e16, 123456789.123456789, -1.5]


def test_finite_doubles_come_back_to_the_last_bit(client, run_id):
    client.log_batch(run_id, metrics=[Metric(f"m{i}", value, 1, 0) for i, value in enumerate(DOUBLES)])
    stored = client.get_run(run_id).data.metrics
    for i, value in enumerate(DOUBLES):
        assert same_double(stored[f"m{i}"], value), value
        assert same_double(client.get_metric_history(run_id, f"m{i}")[0].value, value), value


def test_nan_comes_back_as_nan(client, run_id):
    client.log_metric(run_id, "m", math.nan, timestamp=1, step=0)
    assert math.isnan(client.get_run(run_id).data.metrics["m"])
    history = client.get_metric_history(run_id, "m")
    assert len(history) == 1
    assert math.isnan(history[0].value)


@better_than_upstream("infinities are cut to the largest double, -0.0 becomes 0.0")
@pytest.mark.parametrize("value", [math.inf, -math.inf, -0.0])
def test_infinities_and_negative_zero_come_back_the_same(client, run_id, value):
    client.log_metric(run_id, "m", value, timestamp=1, step=0)
    assert same_double(client.get_run(run_id).data.metrics["m"], value)
    assert [same_double(metric.value, value) for metric in client.get_metric_history(run_id, "m")] == [True]


def test_a_repeated_batch_changes_nothing(client, run_id):
    batch = [Metric("m", value, 7, 1) for value in (1.0, 2.0, math.nan)]
    for _ in range(3):
        client.log_batch(run_id, metrics=batch)
    history = client.get_metric_history(run_id, "m")
    assert len(history) == 3
    assert sorted(metric.value for metric in history if not math.isnan(metric.value)) == [1.0, 2.0]


def test_2500_metrics_arrive_although_a_request_holds_1000(client, experiment_id):
    values = {f"key{number:04d}": number / 7 for number in range(2500)}
    with mlflow.start_run() as active:
        mlflow.log_metrics(values, step=3, timestamp=77)
    assert client.get_run(active.info.run_id).data.metrics == values


def test_1001_metrics_in_one_request_are_refused(client, run_id):
    store = client._tracking_client.store
    metrics = [Metric(f"k{number}", 1.0, 1, 0) for number in range(1001)]
    error = error_of(store.log_batch, run_id=run_id, metrics=metrics, params=[], tags=[])
    assert error.error_code == "INVALID_PARAMETER_VALUE"
    assert "at most 1000 metrics. Got 1001 metrics." in error.message
    assert client.get_run(run_id).data.metrics == {}


def test_history_pages_hold_every_point_once(client, run_id):
    for start in (0, 1000):
        client.log_batch(run_id, metrics=[Metric("m", float(step), step, step) for step in range(start, start + 1000)])
    store = client._tracking_client.store
    pages, token = [], None
    while True:
        page = store.get_metric_history(run_id, "m", max_results=300, page_token=token)
        pages.append(page)
        token = page.token
        if token is None:
            break
    assert [len(page) for page in pages] == [300] * 6 + [200]
    assert [metric.step for page in pages for metric in page] == list(range(2000))
    assert [metric.step for metric in client.get_metric_history(run_id, "m")] == list(range(2000))


def test_the_history_of_a_missing_metric_is_empty(client, run_id):
    assert client.get_metric_history(run_id, "nobody") == []


def test_steps_and_timestamps_keep_64_bits(client, run_id):
    logged = [(-(2**63), 0, 1.0), (2**63 - 1, 2**62, 2.0)]
    client.log_batch(run_id, metrics=[Metric("m", value, at, step) for step, at, value in logged])
    assert points(client.get_metric_history(run_id, "m")) == logged


def test_a_wrong_metric_is_refused(client, run_id):
    assert error_of(client.log_metric, run_id, "a,b", 1.0).error_code == "INVALID_PARAMETER_VALUE"
    assert error_of(client.log_metric, run_id, "m", 1.0, timestamp=-1).error_code == "INVALID_PARAMETER_VALUE"
    assert client.get_run(run_id).data.metrics == {}


def test_metrics_of_a_dataset_and_a_model_keep_their_context(client, experiment_id):
    model = mlflow.create_external_model(name="scored")
    dataset = mlflow.data.from_numpy(np.arange(6.0).reshape(3, 2), name="numbers")
    with mlflow.start_run() as active:
        mlflow.log_metric("score", 0.75, step=2, timestamp=5, model_id=model.model_id, dataset=dataset)
    (metric,) = mlflow.get_logged_model(model.model_id).metrics
    assert (metric.key, metric.value, metric.step, metric.timestamp) == ("score", 0.75, 2, 5)
    assert (metric.dataset_name, metric.dataset_digest) == (dataset.name, dataset.digest)
    assert metric.run_id == active.info.run_id
    assert client.get_run(active.info.run_id).data.metrics == {"score": 0.75}
