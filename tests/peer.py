# SPDX-License-Identifier: Apache-2.0
"""Whom the tests talk to: Runestone, or, with RUNESTONE_TEST_PEER=mlflow, the real server.

The latter checks the tests themselves.
"""

import os

from support.servers import Server, start_mlflow, start_runestone

PEER = os.environ.get("RUNESTONE_TEST_PEER", "runestone")
IS_UPSTREAM = PEER == "mlflow"


def start_peer() -> Server:
    """A server on a fresh data directory."""
    return start_mlflow() if IS_UPSTREAM else start_runestone()
