#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every statement of src/store/sql is prepared against the schema, also those that no test runs.

The statements are data (struct rs_sql, struct rs_load); the C preprocessor puts their texts together. What is built
for a single call is not seen here: the tests of searches run it.
"""

import os
import re
import shlex
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Iterator, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))
from source import Finding, report  # noqa: E402

_TEXT = r'(?:"(?:\\.|[^"\\])*"\s*)+'
_ROW = re.compile(r"\{\s*(" + _TEXT + r"),\s*(" + _TEXT + r"),\s*(?:0|1|false|true)\s*\}")
_TABLE = re.compile(r"const\s+struct\s+(?:rs_sql|rs_load)\s+(\w+)\s*(?:\[\w*\])?\s*=\s*(?=\{)")
_LITERAL = re.compile(r'"((?:\\.|[^"\\])*)"')
# What one engine has and the other has not, or has with another meaning.
_FOREIGN = re.compile(r"\bOR\s+(?:REPLACE|IGNORE)\b|\bFOR\s+UPDATE\b|\blast_insert_rowid\b|\bGLOB\b|\bROWID\b|\?", re.I)


class Statement(NamedTuple):
    name: str
    text: str


def text_of(literals: str) -> str:
    """Adjacent C literals as one text."""
    return "".join(m[1].encode().decode("unicode_escape") for m in _LITERAL.finditer(literals))


def initializer(code: str, start: int) -> str:
    """The braces that begin at `start`, to their end; braces in literals do not count."""
    depth = 0
    for m in re.compile(r'"(?:\\.|[^"\\])*"|[{}]').finditer(code, start):
        depth += {"{": 1, "}": -1}.get(m[0], 0)
        if depth == 0:
            return code[start:m.end()]
    return code[start:]


def statements(code: str) -> Iterator[tuple[str, list[Statement]]]:
    """(the table's name, its statements) of each table in preprocessed C."""
    for table in _TABLE.finditer(code):
        rows = _ROW.findall(initializer(code, table.end()))
        yield table[1], [Statement(text_of(name), text_of(text)) for name, text in rows]


def preprocess(root: Path, path: Path) -> str:
    command = shlex.split(os.environ.get("CC", "cc")) + ["-E", "-P", "-D_GNU_SOURCE", "-Isrc", "-Iinclude", str(path)]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


def spelled(root: Path, sql: str) -> str:
    """A migration in SQLite's words, which the engine's own table says."""
    engine = (root / "src/store/db/sqlite.c").read_text()
    table = initializer(engine, engine.index("{", engine.index("struct rs_db_word words[]")))
    words = dict(re.findall(r'\{"(\w+)", "([^"]*)"\}', table))
    return re.sub(r"\{\{(\w+)\}\}", lambda m: words[m[1]], sql)


def open_schema(root: Path) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    # As src/store/sql/migrate.c makes it.
    db.execute("CREATE TABLE migration (name TEXT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)")
    for path in sorted((root / "schema").glob("*.sql")):
        db.executescript(spelled(root, path.read_text()))
    return db


def fault(db: sqlite3.Connection, text: str) -> str | None:
    numbers = sorted({int(n) for n in re.findall(r"\$(\d+)", text)})
    if numbers != list(range(1, len(numbers) + 1)):
        return f"its parameters are {numbers}: PostgreSQL wants $1 to $n without a gap"
    if foreign := _FOREIGN.search(re.sub(r"'[^']*'", "''", text)):
        return f'"{foreign[0]}" is not of the common subset'
    try:
        db.execute(f"EXPLAIN {text}", {str(n): None for n in numbers})
    except sqlite3.Error as error:
        return str(error)
    return None


def check(root: Path) -> tuple[list[Finding], str]:
    found: list[Finding] = []
    seen: dict[str, tuple[Path, str]] = {}
    db = open_schema(root)
    for path in sorted((root / "src/store/sql").glob("*.c")):
        source = path.read_text()
        for table, rows in statements(preprocess(root, path)):
            line = source[:max(source.find(table), 0)].count("\n") + 1
            if not rows:
                found.append(Finding(path, line, f'{table} is not written as {{"name", "text", false}}'))
            for name, text in rows:
                if seen.setdefault(name, (path, table)) != (path, table) or sum(name == r.name for r in rows) > 1:
                    found.append(Finding(path, line, f"{table}: another statement is called {name}"))
                if wrong := fault(db, text):
                    found.append(Finding(path, line, f"{table}: {wrong}"))
    return found, f" ({len(seen)} statements prepared)"


if __name__ == "__main__":
    here = Path.cwd()
    sys.exit(report(here, "statements", *check(here)))
