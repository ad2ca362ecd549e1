# SPDX-License-Identifier: Apache-2.0
"""What is left of a folder when the power is cut: a model of a disk, fed with the events of disk.py.

What a file held at its last sync is there, and the names that a folder had at its own. Of what came later, any part may
be there, in any order, torn at sectors: a file without its name, a name of an empty file, a name taken away that is back.
A sync that failed leaves to chance what it should have written, and no later one writes it.
"""

import random
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

from tests.fault.disk import (CUT, MADE, MADE_FOLDER, NAMED, NOT_SYNCED, REMOVED, RENAMED, SYNCED, WRITTEN, Event)

SECTOR = 512
VOLATILE = ("-shm",)  # shared memory that SQLite makes anew


class File:
    def __init__(self, content: bytes = b""):
        self.content = bytearray(content)
        self.waiting: List[Tuple[int, Optional[bytes]]] = []  # writes; None: cut to this size

    def sync(self) -> None:
        for at, piece in self.waiting:
            self._apply(at, piece)
        self.waiting.clear()

    def settle(self, chance: random.Random) -> None:
        """Decides what became of the writes that wait."""
        share = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        for at, piece in self.waiting:
            if piece is None:
                if chance.random() < share:
                    self._apply(at, None)
                continue
            begin = 0
            while begin < len(piece):
                end = min(len(piece), begin + SECTOR - (at + begin) % SECTOR)
                if chance.random() < share:
                    self._apply(at + begin, piece[begin:end])
                begin = end
        self.waiting.clear()

    def _apply(self, at: int, piece: Optional[bytes]) -> None:
        size = len(self.content)
        if piece is None:
            del self.content[at:]
        if at > size:
            self.content.extend(bytes(at - size))
        if piece is not None:
            self.content[at:at + len(piece)] = piece


class Folder:
    def __init__(self) -> None:
        self.names: Dict[str, int] = {}
        self.waiting: List[Dict[str, Optional[int]]] = []  # names given and, with None, taken away

    def sync(self) -> None:
        for change in self.waiting:
            self._apply(change)
        self.waiting.clear()

    def settle(self, chance: random.Random) -> None:
        share = chance.choice((0.0, 0.5, 1.0))
        for change in self.waiting:
            if chance.random() < share:
                self._apply(change)
        self.waiting.clear()

    def _apply(self, change: Dict[str, Optional[int]]) -> None:
        for name, thing in change.items():
            if thing is None:
                self.names.pop(name, None)
            else:
                self.names[name] = thing


# Whether a disk that lies forgets the syncs of a thing of this name: the proof that lost syncs are found.
Forgets = Callable[[str, object], bool]


def nothing(_name: str, _thing: object) -> bool:
    return False


class Remains:
    """A disk whose folder `world` is wholly synced in the beginning. Inodes are numbered anew: the system gives the
    number of a dead one to the next."""

    def __init__(self, world: Path, seed: str, forgets: Forgets = nothing):
        self.chance = random.Random(seed)
        self.forgets = forgets
        self.things: List[object] = []
        self.name: Dict[int, str] = {}  # the last one of each thing
        self.number: Dict[int, int] = {}
        self.root = self._load(world)

    def _new(self, inode: int, thing: object) -> int:
        self.things.append(thing)
        self.number[inode] = len(self.things) - 1
        return self.number[inode]

    def _load(self, path: Path) -> int:
        if not path.is_dir():
            return self._new(path.stat().st_ino, File(path.read_bytes()))
        folder = Folder()
        number = self._new(path.stat().st_ino, folder)
        folder.names = {entry.name: self._load(entry) for entry in sorted(path.iterdir())}
        self.name.update({thing: name for name, thing in folder.names.items()})
        return number

    def _change(self, folder: int, change: Dict[str, Optional[int]]) -> None:
        self.name.update({thing: name for name, thing in change.items() if thing is not None})
        if folder in self.number and not any(name.endswith(VOLATILE) for name in change):
            self.things[self.number[folder]].waiting.append(change)

    def feed(self, e: Event) -> None:
        if e.event in (MADE, MADE_FOLDER):
            number = self._new(e.inode, File() if e.event == MADE else Folder())
            self._change(e.folder, {e.name: number})
        elif e.event == NAMED:
            self._change(e.folder, {e.name: self.number[e.inode]})
        elif e.event == REMOVED:
            self._change(e.folder, {e.name: None})
        elif e.event == RENAMED and e.folder == e.to_folder:
            self._change(e.folder, {e.name: None, e.to_name: self.number[e.inode]})
        elif e.event == RENAMED:
            self._change(e.to_folder, {e.to_name: self.number[e.inode]})
            self._change(e.folder, {e.name: None})
        else:
            self._feed_content(e, self.things[self.number[e.inode]])

    def _feed_content(self, e: Event, thing) -> None:
        if e.event == WRITTEN:
            thing.waiting.append((e.offset, e.bytes))
        elif e.event == CUT:
            thing.waiting.append((e.offset, None))
        elif e.event == SYNCED and not self.forgets(self.name.get(self.number[e.inode], ""), thing):
            thing.sync()
        elif e.event == NOT_SYNCED:
            thing.settle(self.chance)

    def cut(self, target: Path) -> None:
        """The power goes, and comes back: writes what is left to a new folder. The model is at its end."""
        self._write(self.root, target)

    def _write(self, number: int, path: Path) -> None:
        thing = self.things[number]
        thing.settle(self.chance)
        if isinstance(thing, File):
            path.write_bytes(thing.content)
            path.chmod(0o600)
            return
        path.mkdir(mode=0o700)
        for name, below in thing.names.items():
            self._write(below, path / name)
