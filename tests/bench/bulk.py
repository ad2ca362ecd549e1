# SPDX-License-Identifier: Apache-2.0
"""Fills a peer's database with the dataset, where its API would take a quarter of an hour; and with the registry's.

The peer's own API makes run 0, with all of its metrics, params and tags. Every other run gets copies of all rows that
belong to run 0, whatever tables and columns the peer has, with the values of the dataset's formulas in them. The
peer is stopped meanwhile. That it finds the right runs afterwards is checked through its API.
"""

import sqlite3
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterator

from tests.bench import dataset, registry_data

BLOCK = 2000  # runs that are inserted at once


@contextmanager
def opened(database: Path) -> Iterator[sqlite3.Connection]:
    """The database in one transaction, which is committed at the end."""
    db = sqlite3.connect(database, isolation_level=None)
    try:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -1000000")
        db.execute("BEGIN")
        yield db
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        db.close()


def fill(database: Path, first: str, runs: int) -> list[str]:
    """Adds runs 1..runs-1 beside the run `first`, number 0; returns the ids of all, in order."""
    ids = [first, *(uuid.uuid4().hex for _ in range(runs - 1))]
    with opened(database) as db:
        tables = {table: rows_of(db, table, first) for table in tables_of_runs(db)}
        indexes = drop_indexes(db, list(tables))
        for begin in range(1, runs, BLOCK):
            for table, rows in tables.items():
                insert(db, table, rows, ids, range(begin, min(begin + BLOCK, runs)))
        for sql in indexes:
            db.execute(sql)
    return ids


def tables_of_runs(db: sqlite3.Connection) -> list[str]:
    """The tables with a row or more for each run; that of the runs itself comes first, for the foreign keys."""
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    of_runs = [name for name in names
               if any(column[1] == "run_uuid" for column in db.execute(f'PRAGMA table_info("{name}")'))]
    return sorted(of_runs, key=lambda name: name != "runs")


def drop_indexes(db: sqlite3.Connection, tables: list[str]) -> list[str]:
    """Drops the indexes that are not a table's own, and returns what makes them again: faster than to keep them up."""
    made = "SELECT tbl_name, name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
    of_tables = [(name, sql) for table, name, sql in db.execute(made).fetchall() if table in tables]
    for name, _ in of_tables:
        db.execute(f'DROP INDEX "{name}"')
    return [sql for _, sql in of_tables]


def rows_of(db: sqlite3.Connection, table: str, run: str) -> list[dict]:
    cursor = db.execute(f'SELECT * FROM "{table}" WHERE run_uuid = ?', (run,))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row)) for row in cursor]


def insert(db: sqlite3.Connection, table: str, rows: list[dict], ids: list[str], numbers: range) -> None:
    """Each row of run 0 once more for each of these runs."""
    for row in rows:
        columns = ", ".join(f'"{name}"' for name in row)
        places = ", ".join("?" * len(row))
        cells = [cell(table, row, name, ids) for name in row]
        copies = ([value(number) for value in cells] for number in numbers)
        db.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({places})', copies)


def cell(table: str, row: dict, name: str, ids: list[str]) -> Callable[[int], object]:
    """What stands in this column of a copy, by the number of its run."""
    original = row[name]
    key = row.get("key", "")
    if table.endswith("metrics") and name == "value":
        return lambda number: dataset.metric(number, int(key[1:]))
    if table == "params" and name.startswith("value") and original is not None:
        return lambda number: dataset.param(number, int(key[1:]))
    if table == "tags" and name == "value" and key == "team":
        return dataset.team
    if original == "run-0":
        return lambda number: f"run-{number}"
    if name in ("start_time", "timestamp"):
        return lambda number: original + 1000 * number
    if name == "row_num":  # FastTrackML counts its runs
        return lambda number: original + number
    if isinstance(original, str) and ids[0] in original:
        return lambda number: original.replace(ids[0], ids[number])
    return lambda number: original


def fill_curves(database: Path, runs: list[str], steps: int) -> None:
    """Gives every metric of these runs, which have step 0 of each, so many steps more."""
    points = [(f"m{key}", step, dataset.curve(step, key))
              for key in range(dataset.CURVE_KEYS) for step in range(1, steps + 1)]
    with opened(database) as db:
        db.execute("CREATE TEMP TABLE curve (key, step, value, PRIMARY KEY (key, step))")
        db.executemany("INSERT INTO curve VALUES (?, ?, ?)", points)
        of_runs = f"run_uuid IN ({', '.join('?' * len(runs))})"
        db.execute(f"CREATE TEMP TABLE first AS SELECT * FROM metrics WHERE {of_runs}", runs)
        db.execute("CREATE INDEX temp.first_key ON first (key, run_uuid)")
        indexes = drop_indexes(db, ["metrics"])
        names = [column[1] for column in db.execute("PRAGMA table_info(metrics)")]
        own = {"step": "curve.step", "value": "curve.value", "timestamp": "first.timestamp + curve.step"}
        cells = ", ".join(own.get(name, f'first."{name}"') for name in names)
        columns = ", ".join(f'"{name}"' for name in names)
        # In the order of the table's own index.
        db.execute(f"INSERT INTO metrics ({columns}) SELECT {cells} FROM curve"
                   " CROSS JOIN first ON first.key = curve.key ORDER BY curve.key, curve.step, first.run_uuid")
        db.execute("UPDATE latest_metrics SET step = ?1, timestamp = timestamp + ?1, value = (SELECT value FROM curve"
                   " WHERE curve.key = latest_metrics.key AND curve.step = ?1)"
                   " WHERE run_uuid IN (SELECT run_uuid FROM first)", (steps,))
        for sql in indexes:
            db.execute(sql)


def fill_registry(database: Path, models: int) -> None:
    """Adds models 1..models-1 beside model 0, whose rows are copied, whatever columns they have: registry_data."""
    with opened(database) as db:
        for table in REGISTRY_TABLES:
            cursor = db.execute(f'SELECT * FROM "{table}" WHERE name = ?', (registry_data.name(0),))
            names = [column[0] for column in cursor.description]
            columns, places = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
            copies = [registry_row(table, dict(zip(names, row)), model)
                      for row in cursor.fetchall() for model in range(1, models)]
            db.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({places})', copies)


# Those that others refer to come first.
REGISTRY_TABLES = ("registered_models", "registered_model_tags", "model_versions", "model_version_tags",
                   "registered_model_aliases")


def registry_row(table: str, row: dict, model: int) -> list:
    """A row of model 0 as it is of another model."""
    own = {"name": registry_data.name(model)}
    if table.endswith("_tags"):
        own["value"] = registry_data.tag(model, row.get("version", 0), row["key"])
    elif table.endswith("_aliases"):
        own["version"] = registry_data.alias_version(model)
    for column in ("creation_time", "last_updated_time"):
        if row.get(column) is not None:
            own[column] = row[column] + 1000 * model
    return list({**row, **own}.values())
