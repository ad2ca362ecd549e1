# SPDX-License-Identifier: Apache-2.0
"""The wall clock of a server that a test may set: shim/clock.c, built by make as build/fault/clock.so."""

import os
import struct
from pathlib import Path
from typing import Dict

from tests.support.servers import ROOT

SHIM = ROOT / "build" / "fault" / "clock.so"
HOUR, DAY = 3600, 86400


class Clock:
    """How far a server's wall clock is ahead, in seconds; `set` works while the server runs."""

    def __init__(self, path: Path, ahead_s: int = 0):
        self.path = path
        path.write_bytes(struct.pack("=q", ahead_s))

    def set(self, ahead_s: int) -> None:
        with open(self.path, "r+b") as file:
            os.pwrite(file.fileno(), struct.pack("=q", ahead_s), 0)

    def environment(self) -> Dict[str, str]:
        """For the server. A sanitizer's runtime wants to be first, and need not be."""
        options = os.environ.get("ASAN_OPTIONS", "")
        return {"LD_PRELOAD": str(SHIM), "FAULT_CLOCK": str(self.path),
                "ASAN_OPTIONS": f"{options}:verify_asan_link_order=0".lstrip(":")}
