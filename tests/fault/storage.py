# SPDX-License-Identifier: Apache-2.0
"""Looks at a data folder itself, past the server: the database, and blobs beside their rows."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Dict, List

from tests.fault.verdict import Finding


def integrity(data: Path) -> List[Finding]:
    """SQLite's own check of the whole file. Read-only: it may run beside the server."""
    with closing(sqlite3.connect(f"file:{data}/runestone.db?mode=ro", uri=True)) as db:
        said = [row[0] for row in db.execute("PRAGMA integrity_check")]
    return [] if said == ["ok"] else [Finding("damaged", line) for line in said[:10]]


def blobs(data: Path) -> List[Finding]:
    """Of a server at rest: every row has its file, with its bytes; every file in blobs/ has a row."""
    with closing(sqlite3.connect(f"file:{data}/runestone.db?mode=ro", uri=True)) as db:
        rows: Dict[str, tuple] = {row[0]: row[1:] for row in db.execute("SELECT blob_key, sha256, size FROM blob")}
        torn = list(db.execute("SELECT folder, name FROM artifact WHERE blob NOT IN (SELECT id FROM blob)"))
    files = {path.relative_to(data / "artifacts" / "blobs").as_posix(): path
             for path in (data / "artifacts" / "blobs").glob("*/*")}
    findings = [Finding("torn", f"{folder}/{name} names a blob without a row") for folder, name in torn]
    findings += [Finding("torn", f"blob {key} has a row, and no file") for key in sorted(rows.keys() - files.keys())]
    findings += [Finding("orphan", f"blob {key} has no row") for key in sorted(files.keys() - rows.keys())]
    for key in sorted(rows.keys() & files.keys()):
        body = files[key].read_bytes()
        if (hashlib.sha256(body).hexdigest(), len(body)) != rows[key]:
            findings.append(Finding("bytes", f"blob {key} is not what its row says"))
    return findings


def leftovers(data: Path) -> List[Finding]:
    """Temporary files, and parts of multipart uploads that no row knows."""
    with closing(sqlite3.connect(f"file:{data}/runestone.db?mode=ro", uri=True)) as db:
        known = {row[0] for row in db.execute("SELECT upload_id FROM multipart")}
    temps = [path.name for path in (data / "artifacts" / "temps").glob("*")]
    parts = [path.name for path in (data / "artifacts" / "parts").glob("*") if path.name not in known]
    return [Finding("left over", f"the temporary file {name}") for name in temps] + \
           [Finding("left over", f"parts of the upload {name}") for name in parts]
