#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long, how deep, how wide: functions and files stay small enough to be read in one go."""

import ast
import re
import sys
from pathlib import Path
from typing import Iterator

sys.path.insert(0, str(Path(__file__).parent))
from source import Finding, Function, files, functions, read, report  # noqa: E402

FUNCTION_MOST = 60
FUNCTION_P90 = 40
DEPTH_MOST = 3
PARAMETERS_MOST = 5
FILE_MOST = 800

# A callback looks as its library wants it, and what is preloaded as the C library.
_CALLBACK = re.compile(r"\b(?:MHD_|sqlite3_|SSL_|CURL)")
# A block of control flow, as against an initialiser.
_BLOCK = re.compile(r"(?:^\s*(?:\}\s*)?(?:if|else|for|while|switch|do)\b.*|\))\s*\{$")


def n_parameters(signature: str) -> int:
    """The parameters of a definition. `...` is none."""
    inside = signature[signature.find("(") + 1:]
    depth = 0
    count = 1
    for char in inside:
        depth += (char == "(") - (char == ")")
        if depth < 0:
            break
        count += char == "," and depth == 0
    if inside.strip() in ("void)", ")"):
        return 0
    return count - ("..." in inside)


def depth_of(body: list[str]) -> int:
    """How many blocks of control flow are open at most."""
    stack: list[bool] = []
    deepest = 0
    for line in body:
        code = line.rstrip()
        # Braces that close on their line (initialisers) cancel out; a leading "}" closes before the rest opens.
        flat = code
        while (shorter := re.sub(r"\{[^{}]*\}", "", flat)) != flat:
            flat = shorter
        for char in flat:
            if char == "}" and stack:
                stack.pop()
            elif char == "{":
                stack.append(bool(_BLOCK.search(code)))
        deepest = max(deepest, sum(stack))
    return deepest


def check_function(path: Path, f: Function) -> Iterator[Finding]:
    if f.n_lines > FUNCTION_MOST:
        yield Finding(path, f.line, f"{f.name} has {f.n_lines} lines, at most {FUNCTION_MOST}")
    if (n := n_parameters(f.signature)) > PARAMETERS_MOST and not (
            _CALLBACK.search(f.signature) or "shim" in path.parts):
        yield Finding(path, f.line, f"{f.name} takes {n} parameters, at most {PARAMETERS_MOST}")
    if (depth := depth_of(f.body)) > DEPTH_MOST:
        yield Finding(path, f.line, f"{f.name} is {depth} blocks deep, at most {DEPTH_MOST}")


def check_python(path: Path) -> Iterator[Finding]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            n_lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if n_lines > FUNCTION_MOST:
                yield Finding(path, node.lineno, f"{node.name} has {n_lines} lines, at most {FUNCTION_MOST}")


def p90(lengths: list[int]) -> int:
    return sorted(lengths)[int(len(lengths) * 0.9)] if lengths else 0


def check(root: Path) -> tuple[list[Finding], str]:
    found: list[Finding] = []
    lengths: list[int] = []
    for path in files(root, ".c", ".h", ".def", ".py", ".sh", ".sql"):
        n_lines = path.read_text(encoding="utf-8").count("\n")
        if n_lines > FILE_MOST:
            found.append(Finding(path, 1, f"{n_lines} lines, at most {FILE_MOST}"))
        if path.suffix == ".py":
            found.extend(check_python(path))
        elif path.suffix in (".c", ".h"):
            for function in functions(read(path)):
                found.extend(check_function(path, function))
                if path.is_relative_to(root / "src"):
                    lengths.append(function.n_lines)
    nine_of_ten = p90(lengths)
    if nine_of_ten > FUNCTION_P90:
        found.append(Finding(root / "src", 1, f"nine of ten functions have up to {nine_of_ten} lines, "
                                              f"at most {FUNCTION_P90}"))
    return found, f" ({len(lengths)} functions in src, nine of ten have up to {nine_of_ten} lines)"


if __name__ == "__main__":
    here = Path.cwd()
    sys.exit(report(here, "sizes", *check(here)))
