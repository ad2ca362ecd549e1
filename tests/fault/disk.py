# SPDX-License-Identifier: Apache-2.0
"""The disk under a server that a test may break: shim/disk.c, built by make as build/fault/disk.so.

`Disk(folder)` makes a folder `world` whose files are watched; a server whose data is below it, and which has
`environment()`, fails as `fail` says and appends what it does to the record, which `events` reads.
"""

import mmap
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, Sequence

from tests.support.servers import ROOT

SHIM = ROOT / "build" / "fault" / "disk.so"

# enum call, in its order, and struct control.
CALLS = ("open", "write", "sync", "link", "rename", "truncate", "mmap", "mkdir", "unlink")
ORDERS = struct.Struct("=IIqq9i60s")
COUNTS = struct.Struct("=qq256s")
FOR_EVER = 1 << 62
KILL = -1  # for an errno: the process is killed where the call would have failed
HANG = -2  # likewise: the call waits for `stop`, and is made then

# enum event, in its order, and struct record.
(MADE, MADE_FOLDER, NAMED, RENAMED, REMOVED, WRITTEN, CUT, SYNCED, NOT_SYNCED) = range(9)
RECORD = struct.Struct("=BBBxIqQQQq")


@dataclass
class Event:
    event: int
    at_ns: int  # monotonic
    inode: int
    folder: int
    to_folder: int
    offset: int
    name: str
    to_name: str
    bytes: bytes


class Disk:
    """Watches a folder; nothing fails until it is told to."""

    def __init__(self, folder: Path, recorded: bool = False):
        self.world = folder / "world"
        self.record = folder / "record" if recorded else None
        self._path = folder / "control"
        self.world.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(bytes(ORDERS.size + COUNTS.size))
        with open(self._path, "r+b") as file:
            self._page = mmap.mmap(file.fileno(), 0)

    def environment(self) -> Dict[str, str]:
        """For the server. A sanitizer's runtime wants to be first, and need not be."""
        options = f"{os.environ.get('ASAN_OPTIONS', '')}:verify_asan_link_order=0".lstrip(":")
        own = {"LD_PRELOAD": str(SHIM), "FAULT_DISK_FOLDER": str(self.world), "FAULT_DISK_CONTROL": str(self._path),
               "ASAN_OPTIONS": options}
        return {**own, "FAULT_DISK_RECORD": str(self.record)} if self.record else own

    def fail(self, errors: Dict[str, int], first: int = 1, last: int = FOR_EVER, match: str = "",
             counted: Sequence[str] = ()) -> None:
        """From now on the calls that `errors` names, on paths that contain `match`, are counted, and those from `first`
        to `last` fail with its errno. Only `counted` are counted and fail, if it is given."""
        numbers = [errors.get(call, 0) for call in CALLS]
        calls = sum(1 << i for i, call in enumerate(CALLS) if call in (counted or errors))
        self.stop()
        self._page[ORDERS.size:] = bytes(COUNTS.size)
        self._page[:ORDERS.size] = ORDERS.pack(0, calls, first, last, *numbers, match.encode())
        self._page[:4] = struct.pack("=I", 1)

    def stop(self) -> None:
        """Nothing fails any more."""
        self._page[:4] = bytes(4)

    def close(self) -> None:
        self._page.close()

    @property
    def seen(self) -> int:
        """The calls that were counted since `fail`."""
        return COUNTS.unpack(self._page[ORDERS.size:])[0]

    @property
    def failed(self) -> int:
        return COUNTS.unpack(self._page[ORDERS.size:])[1]

    @property
    def what(self) -> str:
        """The first call that failed, and its path below the world."""
        text = COUNTS.unpack(self._page[ORDERS.size:])[2].rstrip(b"\0").decode("utf-8", "replace")
        return text.replace(str(self.world) + os.sep, "")

    def events(self) -> Iterator[Event]:
        """The record in its order. An event that was cut short did not return to its caller."""
        assert self.record is not None
        with open(self.record, "rb") as file:
            while len(head := file.read(RECORD.size)) == RECORD.size:
                event, name_n, to_name_n, bytes_n, at_ns, inode, folder, to_folder, offset = RECORD.unpack(head)
                rest = file.read(name_n + to_name_n + bytes_n)
                if len(rest) < name_n + to_name_n + bytes_n:
                    return
                yield Event(event, at_ns, inode, folder, to_folder, offset, rest[:name_n].decode(),
                            rest[name_n:name_n + to_name_n].decode(), rest[name_n + to_name_n:])
