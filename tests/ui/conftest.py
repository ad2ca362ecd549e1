# SPDX-License-Identifier: Apache-2.0
"""The servers whose pages are looked at, with the same data, and the browser that looks."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import support.mlflow_environment  # before mlflow is imported
from support.browser import Browser
from support.servers import ROOT, start_mlflow, start_runestone
from ui.site import Site

BUILD_3 = Path(find_spec("mlflow").origin).parent / "server" / "js" / "build"
BUILD_2 = ROOT / "build" / "ui" / "2.22.5" / "mlflow" / "server" / "js" / "build"


def log_all(url: str) -> dict:
    """As in logged.py, which takes seconds to import and is not wanted by every test here."""
    from ui import logged

    return logged.log_all(url)


@pytest.fixture(scope="session")
def browser():
    with Browser() as running:
        yield running


@pytest.fixture(scope="session")
def theirs(browser):
    """MLflow's own server, coming up while others are tested: a function that waits for it."""
    with ThreadPoolExecutor(max_workers=1) as pool, ExitStack() as stack:
        starting = pool.submit(start_mlflow)
        stack.callback(lambda: starting.result().close())
        known = {}

        def site() -> Site:
            if not known:
                url = starting.result().url
                known["site"] = Site(url, log_all(url), browser.page())
            return known["site"]

        yield site


@pytest.fixture(scope="session")
def data(theirs, tmp_path_factory):
    """A folder of ours with the data in it, no longer served, and the names of what is there."""
    folder = tmp_path_factory.mktemp("ours")
    with start_runestone(data_dir=folder) as server:
        return folder, log_all(server.url)


def served(data, browser, build, base_path=""):
    """Ours on a copy of the data, with the wheel's pages and a tab to look at them."""
    folder, names = data
    with TemporaryDirectory() as copy:
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        with start_runestone(data_dir=copy, extra_args=["--ui", build], base_path=base_path) as server:
            with browser.page() as page:
                yield Site(server.url, names, page)


@pytest.fixture(scope="module")
def ours(data, browser):
    yield from served(data, browser, BUILD_3)


@pytest.fixture(scope="module")
def ours_below(data, browser):
    """Ours with a base path."""
    yield from served(data, browser, BUILD_3, "/team/ml")


@pytest.fixture(scope="module")
def ours_2(data, browser):
    """Ours with the pages of the last 2.x wheel."""
    yield from served(data, browser, BUILD_2)
