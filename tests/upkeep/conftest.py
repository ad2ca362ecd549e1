# SPDX-License-Identifier: Apache-2.0
"""A server of a test's own, in a folder where its backups are too."""

import pytest

from support.servers import start_runestone


@pytest.fixture
def served(tmp_path):
    with start_runestone(data_dir=tmp_path / "served") as server:
        yield server
