# SPDX-License-Identifier: Apache-2.0
"""The proof of the power cuts: what the model of the disk keeps and loses, and that a lost sync is found."""

import random
from pathlib import Path
from typing import List

import pytest

from tests.fault.disk import (CUT, MADE, MADE_FOLDER, NAMED, NOT_SYNCED, REMOVED, RENAMED, SYNCED, WRITTEN, Event)
from tests.fault.powercut import Failed, PowerCuts
from tests.fault.remains import SECTOR, Folder, Remains

A_FILE, A_FOLDER = 1001, 1002
SEEDS = range(40)
OLD, NEW = b"old" * SECTOR, b"new" * SECTOR


class Story:
    """A folder, what happened in it, and what may be left of it: one outcome a seed."""

    def __init__(self, tmp_path: Path):
        self.tmp = tmp_path
        self.world = tmp_path / "world"
        self.world.mkdir()
        (self.world / "kept").write_bytes(OLD)
        self.events: List[Event] = []

    def happens(self, event: int, thing: Path | int, name: str = "", bytes_: bytes = b"", offset: int = 0,
                to_name: str = "") -> "Story":
        inode = thing if isinstance(thing, int) else thing.stat().st_ino
        root = self.world.stat().st_ino
        self.events.append(Event(event, 0, inode, root if name else 0, root if to_name else 0, offset, name, to_name,
                                 bytes_))
        return self

    def outcomes(self) -> set:
        """Of each seed: the files that are left, with their bytes."""
        seen = set()
        for seed in SEEDS:
            remains = Remains(self.world, str(seed))
            for event in self.events:
                remains.feed(event)
            target = self.tmp / f"left{len(self.events)}-{seed}"
            remains.cut(target)
            seen.add(frozenset((path.name, path.read_bytes() if path.is_file() else None) for path in target.iterdir()))
        return seen


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


def test_what_was_synced_stays(story: Story) -> None:
    kept = story.world / "kept"
    story.happens(WRITTEN, kept, bytes_=NEW).happens(CUT, kept, offset=len(NEW) - 5).happens(SYNCED, kept)
    assert story.outcomes() == {frozenset({("kept", NEW[:-5])})}


def test_of_what_was_not_synced_any_sectors_are_there(story: Story) -> None:
    story.happens(WRITTEN, story.world / "kept", bytes_=NEW)
    left = {dict(outcome)["kept"] for outcome in story.outcomes()}
    assert OLD in left and NEW in left and len(left) > 4
    for content in left:
        for at in range(0, len(OLD), SECTOR):
            assert content[at:at + SECTOR] in (OLD[at:at + SECTOR], NEW[at:at + SECTOR])


def test_a_later_write_may_be_there_without_the_one_before_it(story: Story) -> None:
    story.happens(WRITTEN, story.world / "kept", bytes_=b"1", offset=0)
    story.happens(WRITTEN, story.world / "kept", bytes_=b"2", offset=len(OLD))
    assert any(content.startswith(b"old") and content.endswith(b"2")
               for content in (dict(outcome)["kept"] for outcome in story.outcomes()))


def test_a_new_file_may_lose_its_name_until_the_folder_is_synced(story: Story) -> None:
    story.happens(MADE, A_FILE, "new").happens(WRITTEN, A_FILE, bytes_=b"x").happens(SYNCED, A_FILE)
    assert story.outcomes() == {frozenset({("kept", OLD)}), frozenset({("kept", OLD), ("new", b"x")})}
    story.happens(SYNCED, story.world)
    assert story.outcomes() == {frozenset({("kept", OLD), ("new", b"x")})}


def test_a_name_that_was_taken_away_may_be_back(story: Story) -> None:
    story.happens(REMOVED, 0, "kept")
    assert story.outcomes() == {frozenset(), frozenset({("kept", OLD)})}


def test_a_file_gets_its_name_later_and_keeps_its_bytes(story: Story) -> None:
    story.happens(MADE, A_FILE).happens(WRITTEN, A_FILE, bytes_=b"x").happens(SYNCED, A_FILE)
    story.happens(NAMED, A_FILE, "named").happens(SYNCED, story.world)
    assert story.outcomes() == {frozenset({("kept", OLD), ("named", b"x")})}


def test_a_rename_has_happened_or_not(story: Story) -> None:
    story.happens(RENAMED, story.world / "kept", "kept", to_name="other")
    assert story.outcomes() == {frozenset({("kept", OLD)}), frozenset({("other", OLD)})}


def test_a_folder_goes_with_all_that_is_in_it(story: Story) -> None:
    story.happens(MADE_FOLDER, A_FOLDER, "below").happens(SYNCED, A_FOLDER)
    assert story.outcomes() == {frozenset({("kept", OLD)}), frozenset({("kept", OLD), ("below", None)})}


def test_what_a_failed_sync_dropped_no_later_one_writes(story: Story) -> None:
    kept = story.world / "kept"
    story.happens(WRITTEN, kept, bytes_=NEW).happens(NOT_SYNCED, kept).happens(SYNCED, kept)
    assert len(story.outcomes()) > 4


def test_shared_memory_is_gone(story: Story) -> None:
    story.happens(MADE, A_FILE, "db-shm").happens(WRITTEN, A_FILE, bytes_=b"x").happens(SYNCED, A_FILE)
    story.happens(SYNCED, story.world)
    assert story.outcomes() == {frozenset({("kept", OLD)})}


def is_log(name: str, _thing: object) -> bool:
    return name.endswith("-wal")


def is_shard(name: str, thing: object) -> bool:
    return isinstance(thing, Folder) and len(name) == 2


def is_blob(name: str, thing: object) -> bool:
    return not isinstance(thing, Folder) and "." not in name


@pytest.mark.parametrize("forgets, found", [(is_log, "lost|the log"), (is_shard, "is listed, and answers"), (is_blob, "bytes")])
def test_a_disk_that_forgets_syncs_is_found_out(tmp_path: Path, forgets, found: str) -> None:
    cuts = PowerCuts(tmp_path, random.SystemRandom().randrange(1_000_000), forgets)
    with pytest.raises(Failed, match=found):
        for _ in range(5):
            cuts.recording(3)
