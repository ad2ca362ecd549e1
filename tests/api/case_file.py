# SPDX-License-Identifier: Apache-2.0
"""Reads .case files: calls of the API and the replies that they must get. README.md describes the format."""

import re
from dataclasses import dataclass
from pathlib import Path

REQUEST = re.compile(r"^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) ((?:\$\{[^{}]*\}|\S)+)$")
REPLY = re.compile(r"^--> ([0-9|]+)(?: (\S+))?$")
STRAY = re.compile(r"^(-->|(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) )")
HEADER = re.compile(r"^([A-Za-z][A-Za-z0-9-]*): (.*)$")
PREFIX = "/api/2.0/mlflow/"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts/"


class CaseError(ValueError):
    """A .case file is not well-formed."""


@dataclass(frozen=True)
class Step:
    """One call and its reply. `headers` and `expected_headers` are lists of pairs; a body of "" is no body."""

    line: int
    method: str
    path: str
    headers: tuple
    body: str
    statuses: tuple
    error_code: str
    expected_headers: tuple
    expected_body: str


@dataclass(frozen=True)
class Case:
    """A sentence and the steps that show it. `ours` says why upstream differs, or is ""."""

    file: str
    title: str
    steps: tuple
    ours: str = ""
    row: str = ""

    @property
    def name(self) -> str:
        return f"{self.file}: {self.title}" + (f" [{self.row[:60]}]" if self.row else "")


def read_cases(path: Path) -> list:
    """All cases of a file, one for each row where a case has a table."""
    cases, given = [], ()
    for title, lines in sections(path):
        ours = take_ours(lines)
        rows = take_rows(lines, path)
        if title == "given":
            given = tuple(take_steps(lines, path))
            continue
        for row in rows:
            steps = tuple(take_steps([(number, insert(text, row)) for number, text in lines], path))
            cases.append(Case(path.stem, title, given + steps, ours, ", ".join(row.values())))
    return cases


def insert(text: str, row: dict) -> str:
    """The text with the cells of a row in the places of their names."""
    for name, cell in row.items():
        text = text.replace("${" + name + "}", cell)
    return text


def sections(path: Path):
    """(title, numbered lines) of every `=== title`. Lines that start with # are comments."""
    title, lines = None, []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if text.startswith("=== "):
            if title is not None:
                yield title, lines
            title, lines = text[4:].strip(), []
        elif text.startswith("#"):
            continue
        elif title is not None:
            lines.append((number, text))
        elif text.strip():
            raise CaseError(f"{path}:{number}: text before the first ===")
    if title is not None:
        yield title, lines


def take_ours(lines: list) -> str:
    """The reason of a leading `ours: reason` line, which is removed."""
    if lines and lines[0][1].startswith("ours: "):
        return lines.pop(0)[1][len("ours: "):]
    return ""


def take_rows(lines: list, path: Path) -> list:
    """The rows of a leading `with a | b` table as dicts; one empty row where there is none."""
    if not lines or not lines[0][1].startswith("with "):
        return [{}]
    names = [name.strip() for name in lines.pop(0)[1][len("with "):].split(" | ")]
    rows = []
    while lines and lines[0][1].startswith("  "):
        number, text = lines.pop(0)
        cells = [cell.strip() for cell in text.split(" | ")]
        if len(cells) != len(names):
            raise CaseError(f"{path}:{number}: {len(names)} cells expected, {len(cells)} found")
        rows.append(dict(zip(names, cells)))
    if not rows:
        raise CaseError(f"{path}: a table without rows")
    return rows


def take_steps(lines: list, path: Path):
    """The steps of a section."""
    position = 0
    while position < len(lines):
        number, text = lines[position]
        if not text.strip():
            position += 1
            continue
        request = REQUEST.match(text)
        if not request:
            raise CaseError(f"{path}:{number}: a request line expected, found {text!r}")
        headers, body, position = take_message(lines, position + 1, REPLY, path)
        if position == len(lines):
            raise CaseError(f"{path}:{number}: no reply")
        reply = REPLY.match(lines[position][1])
        expected_headers, expected_body, position = take_message(lines, position + 1, REQUEST, path)
        method, target = request.groups()
        yield Step(number, method, full_path(target), headers, body,
                   tuple(int(status) for status in reply.group(1).split("|")), reply.group(2) or "",
                   expected_headers, expected_body)


def full_path(target: str) -> str:
    if target.startswith("/"):
        return target
    return ARTIFACTS + target[2:] if target.startswith("A/") else PREFIX + target


def take_message(lines: list, position: int, end: re.Pattern, path: Path):
    """Headers and body up to the line that matches `end`; returns them and the position of that line."""
    headers = []
    while position < len(lines) and (header := HEADER.match(lines[position][1])):
        headers.append(header.groups())
        position += 1
    body = []
    while position < len(lines) and not end.match(lines[position][1]):
        if STRAY.match(lines[position][1]):
            raise CaseError(f"{path}:{lines[position][0]}: not expected here: {lines[position][1]!r}")
        body.append(lines[position][1])
        position += 1
    return tuple(headers), "\n".join(body).strip("\n"), position
