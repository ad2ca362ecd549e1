# SPDX-License-Identifier: Apache-2.0
"""What a user does on the pages with mouse and keys, each found again through the API."""

import pytest
from mlflow import MlflowClient
from mlflow.entities import ViewType

from ui.logged import MODEL
from ui.pages import LOGGED, RUN

DIALOG = "[role=dialog]"
RUNS = "/experiments/<experiment>/runs"
VERSION = "/models/fruit-sorter/versions/1"


@pytest.fixture
def client(ours) -> MlflowClient:
    return MlflowClient(ours.url)


def run_of(client, site, name):
    return client.get_run(site.names[f"<run {name}>"])


def field(nth: int = 0) -> str:
    """A script for the nth field of the dialog."""
    return f"[...document.querySelectorAll('{DIALOG} input')].filter((one) => one.checkVisibility())[{nth}]"


def select_row(site, name: str) -> None:
    """Ticks a run in the table, which forgets ticks while it is still being filled."""
    site.page.wait(f"the run {name}", lambda: site.page.is_idle() and name in site.page.text())
    row = f"[...document.querySelectorAll('.ag-row')].find((one) => one.innerText.includes('{name}'))"
    site.page.click(f"({row})?.querySelector('[aria-label^=\"Press Space to toggle row\"]')", f"the run {name}")


def test_experiment_is_created(ours, client):
    ours.open("/experiments")
    ours.click("Create", "button")
    ours.page.type(field(), "made by hand")
    ours.click("Create", f"{DIALOG} button")
    ours.page.wait("the experiment", lambda: client.get_experiment_by_name("made by hand"))


def test_run_is_renamed(ours, client):
    ours.open(RUN)
    ours.click("Open header dropdown menu")
    ours.click("Rename")
    ours.page.type(field(), "renamed by hand")
    ours.click("Save", f"{DIALOG} button")
    ours.page.wait("the name", lambda: run_of(client, ours, "first").info.run_name == "renamed by hand")


def test_run_is_tagged(ours, client):
    ours.open(RUN)
    ours.click("Edit tags", "button")
    ours.page.type(field(), "by")
    ours.page.press("Enter")
    ours.page.type(field(1), "hand")
    ours.click("Add tag", f"{DIALOG} button")
    ours.click("Save tags", f"{DIALOG} button")
    ours.page.wait("the tag", lambda: run_of(client, ours, "first").data.tags.get("by") == "hand")


def test_run_is_deleted_and_restored(ours, client):
    def has_stage(stage: str) -> bool:
        return run_of(client, ours, "third").info.lifecycle_stage == stage

    ours.open(RUNS)
    select_row(ours, "third")
    ours.click("Delete", "button")
    ours.click("Delete selected", f"{DIALOG} button")
    ours.page.wait("the run to be deleted", lambda: has_stage("deleted"))
    deleted = client.search_runs([ours.names["<experiment>"]], run_view_type=ViewType.DELETED_ONLY)
    assert [run.info.run_name for run in deleted] == ["third"]
    ours.click("Active")
    ours.click("Deleted")
    ours.page.wait("the deleted run", lambda: "1 matching run" in ours.page.text())
    select_row(ours, "third")
    ours.click("Restore", "button")
    ours.click("Restore", f"{DIALOG} button")
    ours.page.wait("the run to be back", lambda: has_stage("active"))


def test_model_is_registered_from_the_model_of_a_run(ours, client):
    ours.open(LOGGED)
    ours.click("Register model", "button")
    ours.page.click(field(), "the list of models")
    ours.click("Create New Model")
    ours.page.type(field(1), "by hand")
    ours.click("Register", f"{DIALOG} button")
    version = ours.page.wait("the version", lambda: client.search_model_versions("name = 'by hand'"))[0]
    assert version.source.endswith(ours.names["<model>"])
    assert version.run_id == ours.names["<run second>"]


def test_alias_is_set(ours, client):
    ours.open(VERSION)
    ours.click("Add", "[data-component-id*=aliases]")
    ours.page.type(field(), "challenger")
    ours.page.press("Enter")
    ours.click("Save aliases", f"{DIALOG} button")
    ours.page.wait("the alias", lambda: client.get_registered_model(MODEL).aliases.get("challenger") == "1")


def test_stage_is_moved(ours, client):
    ours.open(VERSION)
    ours.click("New model registry UI", "button")
    ours.click("Disable", f"{DIALOG} button")
    ours.click("Staging")
    ours.click("Production")
    ours.click("OK", f"{DIALOG} button")
    ours.page.wait("the stage", lambda: client.get_model_version(MODEL, "1").current_stage == "Production")
