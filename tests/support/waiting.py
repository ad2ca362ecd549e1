# SPDX-License-Identifier: Apache-2.0
"""Waiting for what comes about by itself: asked again and again, never slept for."""

import time
from typing import Any, Callable

PATIENCE_S = 60.0
POLL_S = 0.02


def await_value(look: Callable[[], Any], what: str = "it") -> Any:
    """The first true answer of look(), which is asked until PATIENCE_S have passed."""
    deadline = time.monotonic() + PATIENCE_S
    while not (value := look()):
        assert time.monotonic() < deadline, f"{what} did not come true in {PATIENCE_S:.0f} s"
        time.sleep(POLL_S)
    return value
