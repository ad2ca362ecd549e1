# SPDX-License-Identifier: Apache-2.0
"""The checker of the cases itself: a reply that differs must not pass."""

import pytest

from api.pattern import Mismatch, fill, match_json, match_text


@pytest.mark.parametrize("expected, actual", [
    ({"a": 1}, {"a": 1, "b": 2}),
    ({"a": 1, "b": 2}, {"a": 1}),
    ({"a": 1}, {"a": 1.0}),
    ({"a": 1}, {"a": True}),
    ({"a": 0.0}, {"a": -0.0}),
    ({"a": None}, {}),
    ([1, 2], [2, 1]),
    ([1, 2], [1, 2, 3]),
    (["${any order}", 1, 2], [1, 1]),
    (["${any order}", 1], [1, 2]),
    ("${:int}", "1"),
    ("${:time}", 5),
    ("${:hex32}", "0" * 31),
    ("a${*}c", "ab"),
    ("1", 1),
    ({"...": 1, "a": 1}, {"b": 1}),
])
def test_a_reply_that_differs_is_a_mismatch(expected, actual):
    with pytest.raises(Mismatch):
        match_json(expected, actual, {})


@pytest.mark.parametrize("expected, actual", [
    ({"a": [1.0, "x"], "b": None}, {"b": None, "a": [1.0, "x"]}),
    (["${any order}", 1, {"k": "${:int}"}], [{"k": 7}, 1]),
    ({"...": 1, "a": 1}, {"a": 1, "b": 2}),
    ("a${*}c", "abbc"),
    ("${*}", [1, 2]),
])
def test_a_reply_as_written_matches(expected, actual):
    match_json(expected, actual, {})


def test_a_name_is_captured_once_and_compared_afterwards():
    variables = {}
    match_json(["${id:hex32}", "${step:int}"], ["0f" * 16, 4], variables)
    assert variables == {"id": "0f" * 16, "step": "4"}
    match_text("runs:/${id}/x", f"runs:/{'0f' * 16}/x", variables, "body")
    with pytest.raises(Mismatch):
        match_text("${id}", "00" * 16, variables, "body")
    assert fill("${id}-${repeat 3 é}", variables) == "0f" * 16 + "-ééé"


def test_many_makes_a_list_of_numbered_items():
    assert fill('[${many 3 {"key": "k#"}}many}]', {}) == '[{"key": "k0"}, {"key": "k1"}, {"key": "k2"}]'
