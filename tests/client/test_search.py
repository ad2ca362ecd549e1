# SPDX-License-Identifier: Apache-2.0
"""search_runs through the stock client: filters, order and pages."""

import mlflow
import pytest
from mlflow.entities import Metric, Param, RunTag, ViewType

from client.shared import all_pages, better_than_upstream, error_of, unique

# name: (metrics, params, tags)
RUNS = {
    "a": ({"loss": 0.1, "acc": 0.5}, {"model": "Tree", "depth": "3"}, {"team": "red", "note": "Alpha_1"}),
    "b": ({"loss": 0.2, "acc": float("nan")}, {"model": "tree"}, {"team": "red"}),
    "c": ({"loss": 0.3}, {"model": "forest", "depth": "5"}, {"team": "blue", "dotted.key": "x"}),
    "d": ({"acc": -1.0}, {}, {"team": "blue", "key with space": "y"}),
}


@pytest.fixture(scope="module")
def zoo(server):
    """An experiment with the four runs above, started at 1000, 2000, 3000 and 4000 ms."""
    client = mlflow.MlflowClient(server.url)
    experiment_id = client.create_experiment(unique("zoo"))
    for number, (name, (metrics, params, tags)) in enumerate(RUNS.items(), start=1):
        run = client.create_run(experiment_id, start_time=1000 * number, run_name=name)
        client.log_batch(run.info.run_id, [Metric(key, value, 1, 0) for key, value in metrics.items()],
                         [Param(key, value) for key, value in params.items()],
                         [RunTag(key, value) for key, value in tags.items()])
    client.set_terminated(run.info.run_id, "FAILED", end_time=9000)
    return experiment_id


def names(runs) -> str:
    return "".join(run.info.run_name for run in runs)


@pytest.mark.parametrize("text, expected", [
    ("", "dcba"),
    ("metrics.loss < 0.25", "ba"),
    ("metrics.loss >= 0.2", "cb"),
    ("metrics.loss = 0.3", "c"),
    ("metric.loss != 0.1", "cb"),
    ("metrics.acc > -2", "da"),
    ("metrics.acc != 0.5", "db"),
    ("metrics.loss > 0.15 and metrics.loss < 0.25", "b"),
    ("params.model = 'tree'", "b"),
    ("param.model != 'tree'", "ca"),
    ("params.model LIKE 't%'", "b"),
    ("params.model LIKE '%r%e%'", "cba"),
    ("parameter.model ILIKE 'T%'", "ba"),
    ("params.depth IS NULL", "db"),
    ("params.depth IS NOT NULL", "ca"),
    ("tags.team = 'red' AND params.model = 'Tree'", "a"),
    ("tag.team = \"blue\"", "dc"),
    ("tags.note LIKE 'Alpha_1'", "a"),
    ("tags.note LIKE 'alpha%'", ""),
    ("tags.dotted.key = 'x'", "c"),
    ("tags.`key with space` = 'y'", "d"),
    ("tags.\"key with space\" = 'y'", "d"),
    ("attributes.run_name = 'c'", "c"),
    ("run_name IN ('a')", None),
    ("`run name` = 'a'", "a"),
    ("attributes.status = 'FAILED'", "d"),
    ("status != 'FAILED'", "cba"),
    ("start_time > 2000", "dc"),
    ("attributes.start_time <= 2000 AND tags.team = 'red'", "ba"),
    ("attributes.end_time >= 9000", "d"),
    ("attributes.artifact_uri LIKE 'mlflow-artifacts:/%/artifacts'", "dcba"),
    ("tags.team = 'green'", ""),
    ("metrics.nobody > 0", ""),
])
def test_a_filter_finds_the_runs_that_match(client, zoo, text, expected):
    if expected is None:
        assert error_of(client.search_runs, [zoo], text).error_code == "INVALID_PARAMETER_VALUE"
    else:
        assert names(client.search_runs([zoo], text)) == expected


def test_a_filter_on_run_ids(client, zoo):
    ids = {run.info.run_name: run.info.run_id for run in client.search_runs([zoo])}
    assert names(client.search_runs([zoo], f"run_id IN ('{ids['a']}', '{ids['c']}')")) == "ca"
    assert names(client.search_runs([zoo], f"attributes.run_id NOT IN ('{ids['a']}', '{ids['c']}')")) == "db"
    assert names(client.search_runs([zoo], f"run_id = '{ids['b']}'")) == "b"


@pytest.mark.parametrize("order, expected", [
    (None, "dcba"),
    (["start_time ASC"], "abcd"),
    (["attributes.run_name DESC"], "dcba"),
    (["metrics.loss ASC"], "abcd"),
    (["metrics.loss DESC"], "cbad"),
    (["metrics.acc ASC"], "dabc"),
    (["metrics.acc DESC"], "adbc"),
    (["params.model"], "acbd"),
    (["params.model DESC"], "bcad"),
    (["tags.team DESC", "metrics.loss DESC"], "bacd"),
    (["tags.team ASC", "start_time ASC"], "cdab"),
    (["tags.`key with space` ASC"], "dcba"),
])
def test_order_by_sorts_with_missing_values_last(client, zoo, order, expected):
    assert names(client.search_runs([zoo], order_by=order)) == expected


@pytest.mark.parametrize("text", [
    "metrics.loss > 'x'", "params.model = 3", "params.model > 'a'", "foo.bar = 'x'", "attributes.foo = 'x'",
    "tags.team = 'red' OR tags.team = 'blue'", "metrics.loss", "metrics.loss >", "= 3", "tags.a == 'b'",
    "metrics.loss IS NULL", "(tags.team = 'red')", "status IN ('FAILED')", "params.model = unquoted", "   ",
])
def test_a_wrong_filter_is_refused(client, zoo, text):
    assert error_of(client.search_runs, [zoo], text).error_code == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("order", [["foo.bar ASC"], ["metrics.loss SIDEWAYS"], ["attributes.nope"]])
def test_a_wrong_order_is_refused(client, zoo, order):
    assert error_of(client.search_runs, [zoo], order_by=order).error_code == "INVALID_PARAMETER_VALUE"


@better_than_upstream("a column twice in order_by is a 500")
def test_a_doubled_order_is_refused_as_the_users_mistake(client, zoo):
    order = ["metrics.loss ASC", "metrics.loss DESC"]
    assert error_of(client.search_runs, [zoo], order_by=order).error_code == "INVALID_PARAMETER_VALUE"


def test_search_returns_what_get_returns(client, zoo):
    for found in client.search_runs([zoo], "tags.team = 'blue'"):
        assert found.to_dictionary() == client.get_run(found.info.run_id).to_dictionary()


def test_search_of_no_experiments_finds_nothing(client, zoo):
    assert client.search_runs([]) == []
    assert client.search_runs(["987654321"]) == []


def test_search_over_several_experiments(client, zoo):
    other = client.create_experiment(unique("other"))
    client.create_run(other, start_time=2500, run_name="x")
    assert names(client.search_runs([zoo, other])) == "dcxba"


def test_fluent_search_gives_a_data_frame(zoo):
    frame = mlflow.search_runs(experiment_ids=[zoo], filter_string="metrics.loss > 0", order_by=["metrics.loss ASC"])
    assert list(frame["tags.mlflow.runName"]) == ["a", "b", "c"]
    assert list(frame["metrics.loss"]) == [0.1, 0.2, 0.3]
    assert list(frame["params.model"]) == ["Tree", "tree", "forest"]
    assert set(frame["experiment_id"]) == {zoo}


def test_search_by_experiment_name_finds_its_runs(client, zoo):
    name = client.get_experiment(zoo).name
    assert len(mlflow.search_runs(experiment_names=[name])) == len(RUNS)


def test_pages_hold_every_run_once(client, experiment_id):
    expected = [client.create_run(experiment_id, start_time=1000 + number // 3).info.run_id for number in range(23)]
    pages = all_pages(client.search_runs, experiment_ids=[experiment_id], max_results=5)
    assert [len(page) for page in pages] == [5, 5, 5, 5, 3]
    found = [run for page in pages for run in page]
    assert sorted(run.info.run_id for run in found) == sorted(expected)
    order = [(-run.info.start_time, run.info.run_id) for run in found]
    assert order == sorted(order)


@pytest.mark.parametrize("order", [["metrics.m ASC"], ["metrics.m DESC"], ["params.p DESC"], ["tags.t"]])
def test_pages_by_a_key_hold_every_run_once_in_the_order_of_one_page(client, experiment_id, order):
    for number in range(12):
        run_id = client.create_run(experiment_id, start_time=1000).info.run_id
        if number % 4 == 3:
            continue
        value = float("nan") if number % 4 == 2 else float(number // 4)
        client.log_batch(run_id, [Metric("m", value, 1, 0)], [Param("p", str(value))], [RunTag("t", str(value))])
    whole = [run.info.run_id for run in client.search_runs([experiment_id], order_by=order)]
    pages = all_pages(client.search_runs, experiment_ids=[experiment_id], max_results=2, order_by=order)
    assert [run.info.run_id for page in pages for run in page] == whole
    assert len(set(whole)) == 12


@better_than_upstream("offset paging repeats rows while runs are being inserted")
def test_no_run_comes_twice_while_runs_are_being_inserted(client, experiment_id):
    old = {client.create_run(experiment_id, start_time=1000 + number).info.run_id for number in range(20)}
    seen, token = [], None
    while True:
        page = client.search_runs([experiment_id], max_results=4, page_token=token)
        seen += [run.info.run_id for run in page]
        client.create_run(experiment_id, start_time=5000 + len(seen))
        token = page.token
        if not token:
            break
    assert len(seen) == len(set(seen))
    assert old <= set(seen)


def test_a_wrong_page_token_is_refused(client, zoo):
    for token in ("not base64!", "bm90IGpzb24=", "e30="):
        assert error_of(client.search_runs, [zoo], page_token=token).error_code == "INVALID_PARAMETER_VALUE", token


def test_deleted_runs_are_found_only_when_asked_for(client, experiment_id):
    kept, gone = (client.create_run(experiment_id).info.run_id for _ in range(2))
    client.delete_run(gone)
    found = {view: {run.info.run_id for run in client.search_runs([experiment_id], run_view_type=view)}
             for view in (ViewType.ACTIVE_ONLY, ViewType.DELETED_ONLY, ViewType.ALL)}
    assert found == {ViewType.ACTIVE_ONLY: {kept}, ViewType.DELETED_ONLY: {gone}, ViewType.ALL: {kept, gone}}
