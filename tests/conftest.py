# SPDX-License-Identifier: Apache-2.0
"""The server that all tests of a session share."""

import resource

import pytest

from peer import IS_UPSTREAM, start_peer


@pytest.fixture(scope="session")
def server():
    """One server for all: every test makes what it needs, under names of its own."""
    with start_peer() as running:
        yield running


@pytest.fixture(scope="module")
def many_descriptors():
    """As many as the system grants: this process needs one for each of its connections, too."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def pytest_collection_modifyitems(items) -> None:
    """Against the real server, skips what it is known to get wrong."""
    for item in items if IS_UPSTREAM else ():
        mark = item.get_closest_marker("better_than_upstream")
        if mark:
            item.add_marker(pytest.mark.skip(reason=f"upstream: {mark.args[0]}"))
