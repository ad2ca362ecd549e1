# SPDX-License-Identifier: Apache-2.0
"""The server that is abused, and what must hold after every test."""

import pytest

from support.servers import Server, start_runestone


@pytest.fixture(scope="session")
def server():
    """One server for all tests that need no settings of their own. Never the real MLflow server."""
    with start_runestone() as running:
        yield running


@pytest.fixture(autouse=True)
def the_server_is_unhurt(server: Server):
    """Whatever a test did, the process lives on and answers."""
    pid = server.pid
    yield
    assert server.alive() and server.pid == pid, server.tail()
    assert server.healthy(), server.tail()
