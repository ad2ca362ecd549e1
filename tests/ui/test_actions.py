# SPDX-License-Identifier: Apache-2.0
"""What a user does on the pages with mouse and keys, each found again through the API."""

import pytest
from mlflow import MlflowClient
from mlflow.entities import ViewType
from mlflow.entities.model_registry import ModelVersion

from ui.logged import MODEL
from ui.pages import LOOKS, LOOKS_2

DIALOG = "[role=dialog]"
LOOKS_OF = {"ours": LOOKS, "ours_below": LOOKS, "ours_2": LOOKS_2}
# The earlier wheel has no pages of logged models.
with_logged_models = pytest.mark.parametrize("wheel", ["ours", "ours_below"], indirect=True, scope="module")


@pytest.fixture(scope="module", params=LOOKS_OF)
def wheel(request):
    """A site, and its pages by their names."""
    return request.getfixturevalue(request.param), {look.name: look for look in LOOKS_OF[request.param]}


@pytest.fixture
def site(wheel):
    return wheel[0]


@pytest.fixture
def visit(wheel):
    """Opens a page in a window that is empty, so that nothing of an action before is still to come."""
    site, pages = wheel

    def open_and_wait(name: str) -> None:
        site.page.go("about:blank")
        site.open(pages[name].path)
        site.page.wait(f"{name} at {site.url}", lambda: site.shows(pages[name]))

    return open_and_wait


@pytest.fixture
def client(site) -> MlflowClient:
    return MlflowClient(site.url)


def run_of(client, site, name):
    return client.get_run(site.names[f"<run {name}>"])


def field(nth: int = 0) -> str:
    """A script for the nth field of the dialog."""
    return f"[...document.querySelectorAll('{DIALOG} input')].filter((one) => one.checkVisibility())[{nth}]"


def select_row(site, name: str) -> None:
    """Ticks a run in the table."""
    row = f"[...document.querySelectorAll('.ag-row')].find((one) => one.innerText.includes('{name}'))"
    site.page.click(f"({row})?.querySelector('[aria-label^=\"Press Space to toggle row\"]')", f"the run {name}")


def registered(site, client, name: str) -> ModelVersion:
    """Registers what the page shows as the first version of a new model."""
    site.click("Register model", "button")
    site.page.click(field(), "the list of models")
    site.click("Create New Model")
    site.page.type(field(1), name)
    site.click("Register", f"{DIALOG} button")
    return site.page.wait("the version", lambda: client.search_model_versions(f"name = '{name}'"))[0]


def test_experiment_is_created(site, client, visit):
    visit("experiments")
    site.page.click("document.querySelector('[data-testid=create-experiment-button]')")
    site.page.type(field(), "made by hand")
    site.click("Create", f"{DIALOG} button")
    site.page.wait("the experiment", lambda: client.get_experiment_by_name("made by hand"))


def test_run_is_renamed(site, client, visit):
    visit("run")
    site.click("Open header dropdown menu")
    site.click("Rename")
    site.page.type(field(), "renamed by hand")
    site.click("Save", f"{DIALOG} button")
    site.page.wait("the name", lambda: run_of(client, site, "first").info.run_name == "renamed by hand")


def test_run_is_tagged(site, client, visit):
    visit("run")
    site.click("Edit tags", "button")
    site.page.type(field(), "by")
    site.page.press("Enter")
    site.page.type(field(1), "hand")
    site.click("Add tag", f"{DIALOG} button")
    site.click("Save tags", f"{DIALOG} button")
    site.page.wait("the tag", lambda: run_of(client, site, "first").data.tags.get("by") == "hand")


def test_run_is_deleted_and_restored(site, client, visit):
    def has_stage(stage: str) -> bool:
        return run_of(client, site, "third").info.lifecycle_stage == stage

    visit("runs")
    select_row(site, "third")
    site.click("Delete", "button")
    # "Delete selected", or "Delete" in the earlier wheel.
    site.page.click(f"document.querySelector('{DIALOG} [class*=btn-primary]')", "the button that deletes")
    site.page.wait("the run to be deleted", lambda: has_stage("deleted"))
    deleted = client.search_runs([site.names["<experiment>"]], run_view_type=ViewType.DELETED_ONLY)
    assert [run.info.run_name for run in deleted] == ["third"]
    site.click("Active")
    site.click("Deleted")
    site.page.wait("the deleted run", lambda: site.page.is_idle() and "1 matching run" in site.page.text())
    select_row(site, "third")
    site.click("Restore", "button")
    site.click("Restore", f"{DIALOG} button")
    site.page.wait("the run to be back", lambda: has_stage("active"))


@with_logged_models
def test_model_is_registered_from_the_model_of_a_run(site, client, visit):
    visit("logged model")
    version = registered(site, client, "by hand")
    assert version.source.endswith(site.names["<model>"])
    assert version.run_id == site.names["<run second>"]


def test_model_is_registered_from_the_files_of_a_run(site, client, visit):
    visit("artifacts")
    site.click("basket")
    version = registered(site, client, "of files")
    assert version.source.endswith("/basket")  # below runs:/, in the earlier wheel below the run's artifacts
    assert version.run_id == site.names["<run first>"]


def test_alias_is_set(site, client, visit):
    visit("version")
    site.click("Add", "[data-component-id*=aliases]")
    site.page.type(field(), "challenger")
    site.page.press("Enter")
    site.click("Save aliases", f"{DIALOG} button")
    site.page.wait("the alias", lambda: client.get_registered_model(MODEL).aliases.get("challenger") == "1")


def test_stage_is_moved(site, client, visit):
    visit("version")
    site.click("New model registry UI", "button")
    site.click("Disable", f"{DIALOG} button")
    site.click("Staging")
    site.click("Production")
    site.click("OK", f"{DIALOG} button")
    site.page.wait("the stage", lambda: client.get_model_version(MODEL, "1").current_stage == "Production")
