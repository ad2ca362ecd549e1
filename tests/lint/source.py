# SPDX-License-Identifier: Apache-2.0
"""What the lint scripts share: which files there are, and C text as code, strings and functions."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Iterator, NamedTuple

PLACES = ("src", "include", "clients", "cli", "tests", "scripts", "mk", "schema", "deploy")

_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/"                       # comments
    r"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'",  # literals
    re.DOTALL,
)


class Finding(NamedTuple):
    path: Path
    line: int
    message: str


def files(root: Path, *suffixes: str) -> Iterator[Path]:
    """Every file of ours with one of the suffixes, in the order of their names."""
    for place in PLACES:
        for path in sorted((root / place).rglob("*")):
            if path.suffix in suffixes and path.is_file():
                yield path


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


@dataclass
class Source:
    """A C file: the same lines three times, so that line numbers always agree."""

    path: Path
    text: str

    def __post_init__(self) -> None:
        self.strings: list[tuple[int, str]] = []
        self.uncommented = _TOKEN.sub(self._uncomment, self.text)
        self.code = _TOKEN.sub(lambda m: m[0][0] + _blank(m[0])[2:] + m[0][-1], self.uncommented)
        self.code = re.sub(r"(?m)^[ \t]*#[ \t]*include.*$", lambda m: _blank(m[0]), self.code)

    def _uncomment(self, match: re.Match[str]) -> str:
        token = match[0]
        if token.startswith("/"):
            return _blank(token)
        if token.startswith('"'):
            self.strings.append((self.line_of(match.start()), token[1:-1]))
        return token

    def line_of(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1

    def includes(self) -> Iterator[tuple[int, str, bool]]:
        """(line, name, whether it is one of ours) of each #include."""
        for match in re.finditer(r'(?m)^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)', self.uncommented):
            yield self.line_of(match.start(1)), match[2], match[1] == '"'

    def find(self, pattern: str) -> Iterator[tuple[int, str]]:
        """(line, match) of each place in the code, where comments and literals are blank."""
        for match in re.finditer(pattern, self.code):
            yield self.line_of(match.start()), match[0]


def read(path: Path) -> Source:
    return Source(path, path.read_text(encoding="utf-8"))


@dataclass
class Function:
    name: str
    line: int
    n_lines: int
    signature: str
    body: list[str]


def functions(source: Source) -> Iterator[Function]:
    """The functions of a C file in our format: their braces stand alone in column 0."""
    lines = source.code.split("\n")
    opened = None
    for number, line in enumerate(lines):
        if line.rstrip() == "{":
            opened = number
        elif opened is not None and line.startswith("}"):
            first = opened - 1
            while first > 0 and re.match(r"[ \t]|[\w*].*,$", lines[first]) and lines[first - 1].strip():
                first -= 1
            signature = " ".join(part.strip() for part in lines[first:opened])
            name = re.search(r"(\w+)\s*\(", signature)
            yield Function(name[1] if name else "?", first + 1, number - first + 1, signature,
                           lines[opened + 1:number])
            opened = None


def report(root: Path, name: str, findings: Iterable[Finding], note: str = "") -> int:
    """Prints the findings as an editor can follow them; the exit code of the script."""
    found = sorted(findings)
    for path, line, message in found:
        print(f"{path.relative_to(root)}:{line}: {message}")
    print(f"lint {name}: {f'{len(found)} findings' if found else 'ok'}{note}",
          file=sys.stderr if found else sys.stdout)
    return 1 if found else 0
