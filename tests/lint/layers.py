#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The layers: which room may include which, which file may see which library, which words stay out where.

A room is a folder of src; a floor includes downward only. The tables below are the matrix of the
architecture (docs/architecture.md); there is no list of exceptions beside them.
"""

import re
import sys
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Iterator

sys.path.insert(0, str(Path(__file__).parent))
from source import Finding, Source, read, report  # noqa: E402

SQL = (r"\b(SELECT|INSERT INTO|DELETE FROM|CREATE (TABLE|INDEX)|SAVEPOINT|PRAGMA|ON CONFLICT)\b"
       r"|\bUPDATE \w+ SET\b")
DOMAIN = {"experiment", "experiments", "artifact", "artifacts", "mlflow", "dataset", "datasets",
          "lineage", "runs"}
HEAP = r"\b(malloc|calloc|realloc|reallocarray|strdup|strndup|free)\s*\("


@dataclass
class Room:
    """Folders and files of src that a room may include (fnmatch), and what it must never contain."""

    may: tuple[str, ...]
    words: set[str] = field(default_factory=set)  # parts of identifiers: rs_run_get has three
    code: str = ""                                # what no line of code may match
    strings: str = ""                             # what no string literal may match
    not_may: tuple[str, ...] = ()                 # taken out of `may` again


ROOMS = {
    "base": Room(("base/*",), DOMAIN | {"metric", "metrics", "http", "mhd"}, strings=SQL),
    "model": Room(("base/*", "model/*"), {"json", "http", "mhd", "sqlite", "fd"},
                  r"\b(f?open|read|write|time|clock_gettime|gettimeofday)\s*\(|\brs_clock_\w+", SQL,
                  not_may=("base/clock.h", "base/log.h", "base/queue.h", "base/seal.h", "base/thread.h")),
    "store": Room(("base/*", "model/*", "store/*.h"), {"json", "http", "mhd"}, HEAP),
    "store/sql": Room(("base/*", "model/*", "store/*.h", "store/sql/*", "store/db/db.h"),
                      {"json", "http", "mhd"}, r"\bsqlite3_\w*|\bPQ\w+|" + HEAP),
    "store/db": Room(("base/*", "store/db.h", "store/db/*"), DOMAIN | {"metric", "metrics", "http", "mhd"}),
    "artifact": Room(("base/*", "model/*", "artifact/*"), {"mhd", "sqlite"}, r"\b(run|experiment)_ids?\b", SQL),
    # Other hosts are reached through one room: decision 11.
    "outbound": Room(("base/*", "outbound/*"), DOMAIN | {"json", "mhd", "sqlite"}, "", SQL),
    "service": Room(("base/*", "model/*", "store/*.h", "artifact/artifact.h", "artifact/reading.h",
                     "artifact/workers.h", "outbound/outbound.h", "service/*"),
                    {"json", "http", "mhd", "sqlite"}, "", SQL),
    # Backup, restore and check stand beside the service, not on it: decision 10.
    "upkeep": Room(("base/*", "model/*", "store/*.h", "artifact/artifact.h", "artifact/reading.h", "upkeep/*"),
                   {"json", "http", "mhd", "sqlite"}, "", SQL),
    "http": Room(("base/*", "http/*"), DOMAIN | {"json", "sqlite"}, r"\brun_ids?\b", SQL),
    # Pages, beside the API and not of it: decision 14.
    "ui": Room(("base/*", "http/*", "ui/*"), DOMAIN | {"json", "mhd", "sqlite"}, "", SQL),
    "api": Room(("base/*", "model/*", "service/*", "http/*", "api/*"), {"mhd", "sqlite"}, "", SQL,
                not_may=("api/mlflow/*", "api/native/*")),
    # Bytes go from the connection to the artifact room and back without a detour: decision 5.
    "api/mlflow": Room(("base/*", "model/*", "service/*", "http/*", "api/*", "artifact/artifact.h",
                        "artifact/intake.h", "artifact/workers.h"), {"mhd", "sqlite"}, "", SQL,
                       not_may=("api/native/*",)),
    "api/native": Room(("base/*", "model/*", "service/*", "http/*", "api/*"), {"mhd", "sqlite"}, "", SQL,
                       not_may=("api/mlflow/*",)),
    "server": Room(("*",), strings=SQL),
}


@dataclass
class Library:
    """A foreign header: the files that may include it, and how many of them at most."""

    files: tuple[str, ...]
    most: int


LIBRARIES = {
    "microhttpd.h": Library(("src/http/*",), 3),
    "dlfcn.h": Library(("src/http/substitute.c",), 1),
    "jansson.h": Library(("src/api/json_in.c", "src/api/json_tree.c", "clients/*"), 2),
    "sqlite3.h": Library(("src/store/db/sqlite*.c",), 99),
    "libpq-fe.h": Library(("src/store/db/postgres*.c",), 99),
    "openssl/*": Library(("src/base/digest.c", "src/base/id.c", "src/base/seal.c"), 3),
    "zlib.h": Library(("src/http/gzip.c",), 1),
    "curl/curl.h": Library(("src/outbound/outbound_curl.c", "clients/*"), 1),
}

# The C library and the kernel: everything else in <> is a library, and has its row above.
SYSTEM = ("assert ctype dirent endian errno fcntl fenv float getopt inttypes limits locale malloc math netdb "
          "poll pthread sched semaphore signal spawn stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib "
          "stdnoreturn string strings syslog termios threads time unistd wchar arpa/inet netinet/* "
          "sys/* linux/*").split()
# Files, threads and clocks are not for the pure floor.
IMPURE = "dirent fcntl netdb poll pthread sched semaphore signal threads time spawn unistd arpa/* netinet/* sys/* linux/*".split()


def matches(name: str, patterns: tuple[str, ...] | list[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def room_of(path: Path) -> str:
    """The room of a file, from its path below src: the innermost folder that the matrix names."""
    folder = path.parent.as_posix()
    while folder not in ROOMS and "/" in folder:
        folder = folder.rsplit("/", 1)[0]
    return folder


def in_folder(name: str, patterns: tuple[str, ...]) -> bool:
    """As matches(), where `store/*.h` means the files of that folder and not of those below it."""
    return any(fnmatchcase(name, p) and (not p.endswith("*.h") or name.count("/") == p.count("/"))
               for p in patterns)


def check_own_include(name: str, room: str) -> str | None:
    rule = ROOMS[room]
    if in_folder(name, rule.not_may) or not in_folder(name, rule.may):
        return f'{room} may not include "{name}"'
    return None


def check_system_include(name: str, room: str, path: str) -> str | None:
    for header, library in LIBRARIES.items():
        if fnmatchcase(name, header):
            return None if matches(path, library.files) else f"only {', '.join(library.files)} may include <{name}>"
    if not matches(name.removesuffix(".h"), SYSTEM):
        return f"<{name}> is of no library that the matrix knows"
    if room == "model" and matches(name.removesuffix(".h"), IMPURE):
        return f"model is pure: no <{name}>"
    return None


def check_includes(source: Source, room: str, path: str) -> Iterator[Finding]:
    for line, name, is_ours in source.includes():
        if is_ours and "/" not in name:
            message = f'"{name}": includes are written from src ("room/file.h")'
        elif is_ours:
            message = check_own_include(name, room)
        else:
            message = check_system_include(name, room, path)
        if message:
            yield Finding(source.path, line, message)


def check_words(source: Source, room: str) -> Iterator[Finding]:
    rule = ROOMS[room]
    for line, name in source.find(r"\b[A-Za-z_]\w*\b"):
        for word in sorted(rule.words.intersection(name.lower().split("_"))):
            yield Finding(source.path, line, f'{room} knows nothing of "{word}" ({name})')
    if rule.code:
        for line, found in source.find(rule.code):
            yield Finding(source.path, line, f'{room} must not contain "{found.strip()}"')
    if rule.strings:
        for line, text in source.strings:
            if found := re.search(rule.strings, text):
                yield Finding(source.path, line, f'SQL belongs in store ("{found[0]}")')


def check_tables(source: Source, tables: set[str]) -> Iterator[Finding]:
    """The engines run any SQL and know none of our tables."""
    for line, text in source.strings:
        for found in re.finditer(r"(?i)\b(?:from|into|update|table|join)\s+(\w+)", text):
            if found[1].lower() in tables:
                yield Finding(source.path, line, f'store/db knows no table ("{found[0]}")')


def table_names(root: Path) -> set[str]:
    created = re.compile(r"(?i)create\s+table\s+(?:if\s+not\s+exists\s+)?(\w+)")
    return {name.lower() for path in (root / "schema").glob("*.sql") for name in created.findall(path.read_text())}


def check_library_counts(sources: dict[str, Source]) -> Iterator[Finding]:
    for header, library in LIBRARIES.items():
        users = [source for path, source in sources.items() if path.startswith("src/")
                 and any(not is_ours and fnmatchcase(name, header) for _, name, is_ours in source.includes())]
        if len(users) > library.most:
            names = ", ".join(user.path.name for user in users)
            yield Finding(users[-1].path, 1, f"<{header}> in {len(users)} files, at most {library.most}: {names}")


def check_api_header(source: Source) -> Iterator[Finding]:
    for line, name, is_ours in source.includes():
        if is_ours and not name.startswith("runestone/"):
            yield Finding(source.path, line, f'an installed header may not include "{name}"')


def check_client(source: Source) -> Iterator[Finding]:
    for line, name, is_ours in source.includes():
        if is_ours and matches(name, ("store/*", "service/*", "http/*", "api/*", "server/*", "artifact/*", "model/*")):
            yield Finding(source.path, line, f'a client may not include "{name}"')


def check(root: Path) -> Iterator[Finding]:
    sources = {path.relative_to(root).as_posix(): read(path)
               for place in ("src", "include", "clients") for path in sorted((root / place).rglob("*"))
               if path.suffix in (".c", ".h", ".def")}
    tables = table_names(root)
    for name, source in sources.items():
        if name.startswith("include/"):
            yield from check_api_header(source)
            continue
        if name.startswith("clients/"):
            yield from check_client(source)
            continue
        room = room_of(source.path.relative_to(root / "src"))
        if room not in ROOMS:
            yield Finding(source.path, 1, f'"{room}" is no room of the matrix')
            continue
        yield from check_includes(source, room, name)
        yield from check_words(source, room)
        if room == "store/db":
            yield from check_tables(source, tables)
    yield from check_library_counts(sources)


if __name__ == "__main__":
    here = Path.cwd()
    sys.exit(report(here, "layers", check(here)))
