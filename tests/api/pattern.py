# SPDX-License-Identifier: Apache-2.0
"""Placeholders of .case files: filled in on the way out, matched and captured on the way back."""

import json
import re
import urllib.parse

PLACE = re.compile(r"\$\{([^{}]*)\}")
REPEAT = re.compile(r"\$\{repeat (\d+) (.|[^{}]+)\}")
MANY = re.compile(r"\$\{many (\d+) (.*?)\}many\}")
KINDS = {"*": r"[\s\S]*", "text": r"[\s\S]+", "hex32": r"[0-9a-f]{32}", "digits": r"[0-9]+"}
NUMBERS = ("int", "time", "number", "bool")
TIME_RANGE_MS = (1_600_000_000_000, 4_000_000_000_000)  # from 2020 to 2096


class Mismatch(AssertionError):
    """A reply is not what the case says; the text says where."""


def fill(text: str, variables: dict) -> str:
    """The text with its placeholders and generators replaced; README.md lists them."""
    def value(match: re.Match) -> str:
        name = match.group(1)
        if name.startswith("byte "):
            code = int(name[5:], 16)
            return chr(code if code < 0x80 else 0xDC00 + code)  # becomes that byte by the error handler surrogateescape
        if name.startswith("json "):
            return json.dumps(variables[name[5:]])
        if name.startswith("url "):
            return urllib.parse.quote(variables[name[4:]], safe="")
        if name not in variables:
            raise KeyError(f"nothing is called {name}")
        return variables[name]

    return PLACE.sub(value, generate(text))


def generate(text: str) -> str:
    """The text with the generators repeat and many played out."""
    text = REPEAT.sub(lambda match: match.group(2) * int(match.group(1)), text)
    return MANY.sub(lambda match: ", ".join(match.group(2).replace("#", str(number))
                                            for number in range(int(match.group(1)))), text)


def match_text(expected: str, actual: str, variables: dict, where: str) -> None:
    """Matches a text with placeholders and captures those that are new. Raises Mismatch."""
    parts, names, position = [], [], 0
    for place in PLACE.finditer(expected):
        parts.append(re.escape(expected[position:place.start()]))
        position = place.end()
        name, _, kind = place.group(1).partition(":")
        if name in variables and not kind:
            parts.append(re.escape(variables[name]))
        elif name == "*":
            parts.append(KINDS["*"])
        else:
            names.append(name)
            parts.append(f"({KINDS[kind or 'text']})")
    found = re.fullmatch("".join(parts) + re.escape(expected[position:]), actual)
    if not found:
        raise Mismatch(f"{where}: expected {expected!r}, got {actual!r}")
    for name, text in zip(names, found.groups()):
        if name:
            variables[name] = text


def match_json(expected, actual, variables: dict, where: str = "$") -> None:
    """Matches JSON with placeholders in its strings: same keys, same order, same types. Raises Mismatch."""
    if isinstance(expected, str):
        match_string(expected, actual, variables, where)
    elif isinstance(expected, dict):
        match_object(expected, actual, variables, where)
    elif isinstance(expected, list):
        match_list(expected, actual, variables, where)
    elif type(expected) is not type(actual) or repr(expected) != repr(actual):  # repr tells -0.0 from 0.0
        raise Mismatch(f"{where}: expected {expected!r}, got {actual!r}")


def match_string(expected: str, actual, variables: dict, where: str) -> None:
    whole = PLACE.fullmatch(expected)
    name, _, kind = whole.group(1).partition(":") if whole else ("", "", "")
    if whole and name == "*":
        return
    if kind in NUMBERS:
        if not is_number(kind, actual):
            raise Mismatch(f"{where}: expected a {kind}, got {actual!r}")
        if name:
            variables[name] = json.dumps(actual)
    elif not isinstance(actual, str):
        if not whole or variables.get(name) != json.dumps(actual):
            raise Mismatch(f"{where}: expected the text {expected!r}, got {actual!r}")
    else:
        match_text(expected, actual, variables, where)


def is_number(kind: str, value) -> bool:
    if kind == "bool":
        return isinstance(value, bool)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    if kind == "number":
        return True
    return isinstance(value, int) and (kind == "int" or TIME_RANGE_MS[0] <= value <= TIME_RANGE_MS[1])


def match_object(expected: dict, actual, variables: dict, where: str) -> None:
    """Exactly the keys of `expected`; more are allowed only where it has the key "..."."""
    if not isinstance(actual, dict):
        raise Mismatch(f"{where}: expected an object, got {actual!r}")
    keys = set(expected) - {"..."}
    missing, extra = keys - set(actual), set(actual) - keys
    if missing or (extra and "..." not in expected):
        raise Mismatch(f"{where}: missing {sorted(missing)}, not expected {sorted(extra)}, in {actual!r}")
    for key in expected:
        if key != "...":
            match_json(expected[key], actual[key], variables, f"{where}.{key}")


def match_list(expected: list, actual, variables: dict, where: str) -> None:
    """The same items in the same order, or in any order where the first item is "${any order}"."""
    if not isinstance(actual, list):
        raise Mismatch(f"{where}: expected a list, got {actual!r}")
    if expected[:1] == ["${any order}"]:
        match_in_any_order(expected[1:], actual, variables, where)
        return
    if len(expected) != len(actual):
        raise Mismatch(f"{where}: expected {len(expected)} items, got {len(actual)}: {actual!r}")
    for number, pair in enumerate(zip(expected, actual)):
        match_json(*pair, variables, f"{where}[{number}]")


def match_in_any_order(expected: list, actual: list, variables: dict, where: str) -> None:
    left = list(actual)
    for number, item in enumerate(expected):
        for candidate in left:
            attempt = dict(variables)
            try:
                match_json(item, candidate, attempt, where)
            except Mismatch:
                continue
            variables.update(attempt)
            left.remove(candidate)
            break
        else:
            raise Mismatch(f"{where}: nothing matches item {number} {item!r} in {left!r}")
    if left:
        raise Mismatch(f"{where}: not expected: {left!r}")
