# SPDX-License-Identifier: Apache-2.0
"""A server with its access log on, and something done on it."""

import pytest

from operations.shared import busy_server


@pytest.fixture(scope="session")
def server():
    """Not shared with other folders: this one's log is read."""
    with busy_server() as running:
        yield running
