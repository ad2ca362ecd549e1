#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What every file and every room carries: the licence line, header guards, a README of one page, the tests of the promises."""

import re
import sys
from pathlib import Path
from typing import Iterator

sys.path.insert(0, str(Path(__file__).parent))
from source import Finding, files, report  # noqa: E402

LICENSE = "SPDX-License-Identifier: Apache-2.0"
ROOMS = ("base", "model", "store/sql", "store/db", "artifact", "service", "upkeep", "http", "ui", "api", "server")
README_LINES = range(20, 61)


def check_license(path: Path, text: str) -> Iterator[Finding]:
    if text.strip() and LICENSE not in "\n".join(text.split("\n")[:2]):
        yield Finding(path, 1, f'the first line is not "{LICENSE}"')


def check_header(path: Path, name: str, text: str) -> Iterator[Finding]:
    """A header of src says who may include it, and its guard is its path (store/store.h may leave out one STORE)."""
    words = re.sub(r"[^\w/]", "_", name.split("/", 1)[1].removesuffix(".h")).upper().split("/")
    guards = ["_".join(["RS", *words, "H"])]
    if words[-2:-1] == words[-1:]:
        guards.append("_".join(["RS", *words[:-1], "H"]))
    if not any(f"#ifndef {guard}\n#define {guard}\n" in text for guard in guards):
        yield Finding(path, 1, f"its guard is not {' or '.join(guards)}")
    if name.startswith("src/") and not re.search(r"(?i)may\W+be\W+included\W+by", text):
        yield Finding(path, 1, 'it does not say by whom it "may be included"')


def check_readmes(root: Path) -> Iterator[Finding]:
    for room in ROOMS:
        folder = root / "src" / room
        if any(folder.glob("**/*.c")) and not (folder / "README.md").is_file():
            yield Finding(folder, 1, "the room has no README.md")
    for path in sorted((root / "src").rglob("README.md")):
        n_lines = path.read_text(encoding="utf-8").count("\n")
        if n_lines not in README_LINES:
            yield Finding(path, 1, f"{n_lines} lines, not {README_LINES[0]} to {README_LINES[-1]}")


def check_promises(root: Path) -> Iterator[Finding]:
    """What docs/promises.md names as a test is there: `tests/x.py`, or `tests/x.py::name` (of a function, in Python or C)."""
    path = root / "docs" / "promises.md"
    lines = path.read_text(encoding="utf-8").split("\n") if path.is_file() else []
    for i, line in enumerate(lines, 1):
        for name, test in re.findall(r"`(tests/[\w/.]+)(?:::(\w+))?`", line):
            file = root / name
            if not file.is_file() or (test and not re.search(rf"\b{test}\b", file.read_text(encoding="utf-8"))):
                yield Finding(path, i, f"there is no {name}" + (f" with {test}" if test else ""))


def check(root: Path) -> Iterator[Finding]:
    for path in files(root, ".c", ".h", ".def", ".py", ".sh", ".sql", ".mk"):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(root).as_posix()
        yield from check_license(path, text)
        if path.suffix == ".h" and name.startswith(("src/", "include/")):
            yield from check_header(path, name, text)
    yield from check_readmes(root)
    yield from check_promises(root)


if __name__ == "__main__":
    here = Path.cwd()
    sys.exit(report(here, "papers", check(here)))
