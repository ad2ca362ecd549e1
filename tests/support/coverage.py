# SPDX-License-Identifier: Apache-2.0
"""What the tests ran of src, from gcov's own words: `make cov` calls it when the suites have run under MODE=cov.

Prints a table by room and the total; writes the lines that nothing ran, file by file, to build/cov/missed.txt.
"""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OBJECTS = ROOT / "build" / "cov" / "obj" / "src"
MISSED = ROOT / "build" / "cov" / "missed.txt"


def read() -> dict:
    """For each file below src, how often each of its lines ran: {path: {line: count}}."""
    notes = sorted(path.as_posix() for path in OBJECTS.rglob("*.gcno"))
    counts: dict = defaultdict(lambda: defaultdict(int))
    done = subprocess.run(["gcov", "--json-format", "--stdout", *notes], cwd=ROOT, capture_output=True, text=True,
                          check=True)
    for document in done.stdout.splitlines():
        for file in json.loads(document)["files"] if document.strip() else ():
            name = file["file"].removeprefix(f"{ROOT.as_posix()}/")
            if name.startswith("src/") and name.endswith(".c"):
                for line in file["lines"]:
                    counts[name][line["line_number"]] += line["count"]
    return counts


def spans(lines: list) -> str:
    """[3, 4, 5, 9] as "3-5 9"."""
    text, start, end = [], None, None
    for line in [*lines, None]:
        if end is not None and line == end + 1:
            end = line
            continue
        if start is not None:
            text.append(str(start) if start == end else f"{start}-{end}")
        start = end = line
    return " ".join(text)


def row(name: str, ran: int, lines: int) -> str:
    return f"{name:<20} {ran:>6} of {lines:>6} lines  {100 * ran / max(lines, 1):5.1f} %"


def main() -> int:
    counts = read()
    if not counts:
        print("coverage: no counts below build/cov; make cov builds and runs what makes them", file=sys.stderr)
        return 1
    rooms: dict = defaultdict(lambda: [0, 0])
    missed = []
    for name, lines in sorted(counts.items()):
        room = rooms[Path(name).parent.relative_to("src").as_posix()]
        bare = [line for line, count in sorted(lines.items()) if count == 0]
        room[0] += len(lines) - len(bare)
        room[1] += len(lines)
        if bare:
            missed.append(f"{name}: {spans(bare)}\n")
    MISSED.write_text("".join(missed), encoding="utf-8")
    for name, (ran, lines) in sorted(rooms.items()):
        print(row(name, ran, lines))
    print(row("src", sum(r for r, _ in rooms.values()), sum(n for _, n in rooms.values())))
    print(f"what nothing ran: {MISSED.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
