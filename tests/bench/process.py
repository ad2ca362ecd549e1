# SPDX-License-Identifier: Apache-2.0
"""What the kernel knows of a server's processes."""

import time
from pathlib import Path

import psutil


def family(pid: int) -> list[psutil.Process]:
    """The process and all of its children."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def resident_bytes(pid: int) -> int:
    """Of the process and its children, once it no longer changes. What they share counts for each of them."""
    before = -1
    while True:
        now = sum(each.memory_info().rss for each in family(pid))
        if now == before:
            return now
        before = now
        time.sleep(0.5)


def reset_peak(pid: int) -> None:
    """Lets peak_bytes begin anew."""
    for each in family(pid):
        Path(f"/proc/{each.pid}/clear_refs").write_text("5")


def peak_bytes(pid: int) -> int:
    """The most that has been resident since reset_peak, of the process and its children each."""
    total = 0
    for each in family(pid):
        for line in Path(f"/proc/{each.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                total += int(line.split()[1]) * 1024
    return total
