#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Calls and habits that the style does not allow (docs/style.md)."""

import re
import sys
from pathlib import Path
from typing import Iterator

sys.path.insert(0, str(Path(__file__).parent))
from source import Finding, Source, files, read, report  # noqa: E402

# pattern in the code, what to do instead
C_RULES = [
    (r"\b(strcpy|strcat|strncpy|strncat|v?sprintf|gets)\s*\(", "use rs_str and rs_buf: they know their length"),
    (r"\bstrtok(_r)?\s*\(", "it writes into its input and keeps state"),
    (r"\b(atoi|atol|atoll|atof|v?f?scanf|sscanf)\s*\(", "parse whole strings strictly (base/num.h)"),
    (r"\balloca\s*\(", "allocate in the arena"),
    (r"(?m)^\s*#\s*if(def|\s+defined).*\bTEST\b", "the seams are the ops structs and base/clock"),
    (r"\bRS_ARG\([^()]*\(", "the macro makes the call three times: give its result a name"),
    (r"(?m)^typedef\s+(struct|union|enum)\s+\w*\s*(\{|\w+\s*;)", "structs are not typedef'd"),
]
NO_GOTO = ("src/api/", "src/service/")
# A variable of a file that can change: no `const`, no parameter list before its `=` or `;`.
STATE = r"(?m)^static\s+(?!const\b|inline\b|_Noreturn\b)[^(){};=]*[;=]"
STATE_OK = ("src/base/", "src/api/json_in.c")  # the latter: jansson's allocator functions have no argument for it
EMPTY_NAMES = ("utils", "util", "helpers", "helper", "common", "misc", "manager")
# Split, so that this file does not find itself.
LATER = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def check_c(source: Source, name: str) -> Iterator[Finding]:
    for pattern, instead in C_RULES:
        for line, found in source.find(pattern):
            yield Finding(source.path, line, f'"{found.strip()}" is banned: {instead}')
    if name.startswith(NO_GOTO):
        for line, _ in source.find(r"\bgoto\b"):
            yield Finding(source.path, line, "no goto in handlers and services: use the arena or RS_AUTO")
    if name.startswith("src/") and not name.startswith(STATE_OK):
        for line, found in source.find(STATE):
            if "const" not in found.split("*")[-1]:
                yield Finding(source.path, line, f'state of a file that can change ("{found.strip(" ;=")}")')


def check(root: Path) -> Iterator[Finding]:
    for path in files(root, ".c", ".h", ".def", ".py", ".sh", ".sql", ".mk"):
        name = path.relative_to(root).as_posix()
        if path.suffix in (".c", ".h", ".def"):
            yield from check_c(read(path), name)
        if path.stem in EMPTY_NAMES:
            yield Finding(path, 1, f'"{path.stem}" names nothing: name the noun')
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if found := LATER.search(line):
                yield Finding(path, number, f"{found[0]}: do it now or open an issue")


if __name__ == "__main__":
    here = Path.cwd()
    sys.exit(report(here, "banned", check(here)))
