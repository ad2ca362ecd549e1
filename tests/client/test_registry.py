# SPDX-License-Identifier: Apache-2.0
"""The model registry and prompts through the stock client."""

import warnings
from pathlib import Path

import mlflow
import numpy as np
import pytest
import requests
from mlflow.exceptions import MlflowException
from sklearn.linear_model import LogisticRegression

from client.shared import error_of, unique

FEATURES = np.array([[0.0, 0.1], [0.3, 0.2], [0.6, 0.9], [1.0, 0.8], [0.2, 0.4], [0.9, 0.6]])
LABELS = np.array([0, 0, 1, 1, 0, 1])

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")


@pytest.fixture
def name(client) -> str:
    """A registered model."""
    return client.create_registered_model(unique("model"), {"team": "red"}, "flowers").name


@pytest.fixture
def versions(client, name) -> list:
    """Three versions of it."""
    return [client.create_model_version(name, f"s3://bucket/{name}/{i}", tags={"i": str(i)}) for i in range(3)]


@pytest.fixture(scope="module")
def model() -> LogisticRegression:
    return LogisticRegression().fit(FEATURES, LABELS)


def log(model, **options):
    """Logs the model without looking for its requirements, which takes seconds."""
    return mlflow.sklearn.log_model(model, pip_requirements=["scikit-learn"], **options)


def numbers(found) -> list[str]:
    return [version.version for version in found]


def test_a_registered_model_is_made_described_renamed_and_deleted(client, name):
    made = client.get_registered_model(name)
    assert (made.description, made.tags, made.aliases, made.latest_versions) == ("flowers", {"team": "red"}, {}, [])
    assert client.update_registered_model(name, "trees").description == "trees"
    other = unique("renamed")
    client.rename_registered_model(name, other)
    assert client.get_registered_model(other).description == "trees"
    assert error_of(client.get_registered_model, name).error_code == "RESOURCE_DOES_NOT_EXIST"
    client.delete_registered_model(other)
    assert error_of(client.get_registered_model, other).error_code == "RESOURCE_DOES_NOT_EXIST"


def test_a_name_is_taken_once(client, name):
    assert error_of(client.create_registered_model, name).error_code == "RESOURCE_ALREADY_EXISTS"


def test_tags_of_models_and_versions_are_set_and_deleted(client, name, versions):
    client.set_registered_model_tag(name, "team", "blue")
    client.set_model_version_tag(name, "1", "checked", "yes")
    assert client.get_registered_model(name).tags == {"team": "blue"}
    assert client.get_model_version(name, "1").tags == {"i": "0", "checked": "yes"}
    client.delete_registered_model_tag(name, "team")
    client.delete_model_version_tag(name, "1", "i")
    assert client.get_registered_model(name).tags == {}
    assert client.get_model_version(name, "1").tags == {"checked": "yes"}


def test_an_alias_points_at_one_version_and_moves(client, name, versions):
    client.set_registered_model_alias(name, "champion", "1")
    client.set_registered_model_alias(name, "old", "1")
    client.set_registered_model_alias(name, "champion", "3")
    assert client.get_model_version_by_alias(name, "champion").version == "3"
    assert client.get_registered_model(name).aliases == {"champion": "3", "old": "1"}
    assert client.get_model_version(name, "3").aliases == ["champion"]
    client.delete_registered_model_alias(name, "champion")
    assert error_of(client.get_model_version_by_alias, name, "champion").error_code == "INVALID_PARAMETER_VALUE"
    client.delete_model_version(name, "1")
    assert client.get_registered_model(name).aliases == {}


def test_a_stage_has_its_latest_version_and_archives_the_others(client, name, versions):
    client.transition_model_version_stage(name, "1", "Production")
    client.transition_model_version_stage(name, "2", "production", archive_existing_versions=True)
    assert client.get_model_version(name, "1").current_stage == "Archived"
    assert numbers(client.get_latest_versions(name, ["Production"])) == ["2"]
    latest = {version.current_stage: version.version for version in client.get_latest_versions(name)}
    assert latest == {"None": "3", "Production": "2", "Archived": "1"}


def test_the_number_of_a_deleted_version_is_not_used_again(client, name, versions):
    client.delete_model_version(name, "3")
    assert error_of(client.get_model_version, name, "3").error_code == "RESOURCE_DOES_NOT_EXIST"
    assert client.create_model_version(name, "s3://bucket/next").version == "4"


def test_models_are_found_in_pages(client):
    group = unique("group")
    made = sorted(client.create_registered_model(unique("found"), {"group": group}).name for _ in range(5))
    found, token = [], None
    while True:
        page = client.search_registered_models(f"tags.group = '{group}'", max_results=2, page_token=token)
        assert len(page) <= 2
        found += [model.name for model in page]
        token = page.token
        if not token:
            break
    assert found == made
    by_name = client.search_registered_models(f"name LIKE 'found-%' AND tags.group = '{group}'", order_by=["name DESC"])
    assert [model.name for model in by_name] == made[::-1]


def test_versions_are_found_by_name_tag_and_number(client, name, versions):
    assert numbers(client.search_model_versions(f"name = '{name}'", order_by=["version_number ASC"])) == ["1", "2", "3"]
    assert numbers(client.search_model_versions(f"name = '{name}' AND version_number > 2")) == ["3"]
    assert numbers(client.search_model_versions(f"name = '{name}' AND tags.i = '1'")) == ["2"]
    assert numbers(client.search_model_versions(f"source_path = 's3://bucket/{name}/0'")) == ["1"]
    page = client.search_model_versions(f"name = '{name}'", max_results=2)
    rest = client.search_model_versions(f"name = '{name}'", max_results=2, page_token=page.token)
    assert sorted(numbers(page) + numbers(rest)) == ["1", "2", "3"]


def test_a_model_is_registered_from_its_run_and_from_itself(client, experiment_id, model):
    name = unique("classifier")
    with mlflow.start_run() as active:
        info = log(model, name="classifier")
    by_run = mlflow.register_model(f"runs:/{active.info.run_id}/classifier", name)
    by_model = mlflow.register_model(info.model_uri, name)
    assert (by_run.version, by_run.run_id) == ("1", active.info.run_id)
    assert (by_model.version, by_model.run_id) == ("2", active.info.run_id)
    assert numbers(client.search_model_versions(f"run_id = '{active.info.run_id}'", order_by=["name"])) == ["2", "1"]


def test_a_registered_model_loads_by_number_alias_stage_and_latest_and_predicts_the_same(client, experiment_id, model):
    name = unique("classifier")
    with mlflow.start_run():
        log(model, name="classifier", registered_model_name=name)
    client.set_registered_model_alias(name, "champion", "1")
    client.transition_model_version_stage(name, "1", "Production")
    for end in ("/1", "@champion", "/Production", "/latest"):
        loaded = mlflow.pyfunc.load_model(f"models:/{name}{end}")
        assert np.array_equal(loaded.predict(FEATURES), model.predict(FEATURES)), end


def test_a_copied_version_is_where_the_first_one_is(client, experiment_id, model):
    name, other = unique("classifier"), unique("copy")
    with mlflow.start_run():
        log(model, name="classifier", registered_model_name=name)
    copy = client.copy_model_version(f"models:/{name}/1", other)
    assert (copy.name, copy.version, copy.source) == (other, "1", f"models:/{name}/1")
    assert client.get_model_version_download_uri(other, "1") == client.get_model_version_download_uri(name, "1")
    loaded = mlflow.sklearn.load_model(f"models:/{other}/1")
    assert np.array_equal(loaded.predict(FEATURES), model.predict(FEATURES))


def test_the_page_downloads_a_file_of_a_version(client, tracking, experiment_id, model):
    name = unique("classifier")
    with mlflow.start_run():
        log(model, name="classifier", registered_model_name=name)
    asked = {"name": name, "version": "1", "path": "MLmodel"}
    reply = requests.get(f"{tracking}/model-versions/get-artifact", params=asked, timeout=60)
    assert (reply.status_code, reply.headers["X-Content-Type-Options"]) == (200, "nosniff")
    assert reply.content == Path(mlflow.artifacts.download_artifacts(f"models:/{name}/1/MLmodel")).read_bytes()


@pytest.mark.parametrize("source", ["/etc/passwd", "file:///etc/passwd", "http://169.254.169.254/latest", "../x", "runs:/abc/x"])
def test_a_source_that_is_not_the_models_own_is_refused(client, name, source):
    with pytest.raises(MlflowException) as caught:
        client.create_model_version(name, source)
    assert caught.value.error_code == "INVALID_PARAMETER_VALUE"


def test_prompts_are_registered_loaded_searched_and_aliased(client):
    name = unique("prompt")
    first = mlflow.genai.register_prompt(name=name, template="Hello {{who}}", commit_message="first", tags={"lang": "en"})
    second = mlflow.genai.register_prompt(name=name, template="Good day {{who}}")
    assert (first.version, second.version) == (1, 2)
    assert mlflow.genai.load_prompt(f"prompts:/{name}/1").format(who="Ada") == "Hello Ada"
    mlflow.genai.set_prompt_alias(name, alias="best", version=2)
    assert mlflow.genai.load_prompt(f"prompts:/{name}@best").template == "Good day {{who}}"
    mlflow.genai.delete_prompt_alias(name, alias="best")
    assert [prompt.name for prompt in mlflow.genai.search_prompts(f"name = '{name}'")] == [name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert client.search_registered_models(f"name = '{name}'") == []
        assert client.search_model_versions(f"name = '{name}'") == []
