# SPDX-License-Identifier: Apache-2.0
"""The server that all tests of a session share."""

import pytest

from peer import IS_UPSTREAM, start_peer


@pytest.fixture(scope="session")
def server():
    """One server for all: every test makes what it needs, under names of its own."""
    with start_peer() as running:
        yield running


def pytest_collection_modifyitems(items) -> None:
    """Against the real server, skips what it is known to get wrong."""
    for item in items if IS_UPSTREAM else ():
        mark = item.get_closest_marker("better_than_upstream")
        if mark:
            item.add_marker(pytest.mark.skip(reason=f"upstream: {mark.args[0]}"))
