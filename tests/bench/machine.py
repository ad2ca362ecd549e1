# SPDX-License-Identifier: Apache-2.0
"""What machine the figures come from."""

import os
import platform
import statistics
import subprocess
import time
from pathlib import Path

import psutil

SYNCS = 200
NOT_DISKS = ("tmpfs", "ramfs", "devtmpfs")


def filesystem(directory: Path) -> str:
    """The type of the file system that holds the directory."""
    best, kind = "", "unknown"
    path = str(directory.resolve())
    for mount in psutil.disk_partitions(all=True):
        inside = path == mount.mountpoint or path.startswith(mount.mountpoint.rstrip("/") + "/")
        if inside and len(mount.mountpoint) >= len(best):
            best, kind = mount.mountpoint, mount.fstype
    return kind


def sync_latency_us(directory: Path) -> float:
    """Median of appending 4 KiB and syncing it."""
    path = directory / "sync-latency"
    times = []
    with open(path, "wb", buffering=0) as file:
        for _ in range(SYNCS):
            begin = time.perf_counter()
            file.write(b"\x55" * 4096)
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begin)
    path.unlink()
    return statistics.median(times) * 1e6


def cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def commit() -> str:
    """The commit that is measured, with a + where the tree is not it."""
    told = subprocess.run(["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"],
                          capture_output=True, text=True)
    return told.stdout.strip() or "unknown"


def describe(directory: Path, is_quick: bool) -> dict:
    kind = filesystem(directory)
    if kind in NOT_DISKS and not is_quick:
        raise SystemExit(f"bench: {directory} is on {kind}: a sync costs nothing there, and no figure would be true")
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "commit": commit(),
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "kernel": platform.release(),
        "filesystem": kind,
        "sync_p50_us": round(sync_latency_us(directory)),
        "load_before": round(os.getloadavg()[0], 2),
    }


def text(machine: dict) -> str:
    return ("{date}, commit {commit}: {cores} cores of {cpu}, {memory_gib} GiB, Linux {kernel}; "
            "data on {filesystem}, a 4 KiB sync takes {sync_p50_us} µs (median); "
            "load average before: {load_before}").format(**machine)
