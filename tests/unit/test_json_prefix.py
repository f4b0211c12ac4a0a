"""JsonPrefix stops at the first character that no valid JSON can have there, and at no other."""

from __future__ import annotations

import json
import string
from typing import Any

import pytest
from feeding import BEGAN, an_attempt, come, steps, tripped
from hypothesis import given, settings
from hypothesis import strategies as st

from nbstream.guards import JsonPrefix
from nbstream.guards.json_scanner import BrokenJson, Scanner, Unread

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
CUTS = st.lists(st.integers(1, 9), min_size=1, max_size=20)


def pieces(text: str, cuts: list[int]) -> list[str]:
    found, at, turn = [], 0, 0
    while at < len(text):
        size = cuts[turn % len(cuts)]
        found.append(text[at : at + size])
        at, turn = at + size, turn + 1
    return found


@settings(max_examples=300, deadline=None)
@given(value=JSON, cuts=CUTS, ascii_only=st.booleans(), indent=st.sampled_from([None, 2]))
def test_valid_json_is_never_stopped_however_it_is_cut(
    value: object, cuts: list[int], ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    for whole in (text, f" \n{text}\n ", f"```json\n{text}\n```\n", f"```\n{text}```"):
        assert tripped(JsonPrefix().arm(), pieces(whole, cuts)) is None


def strict(text: str) -> bool:
    """Whether a text is valid by the standard library's reader, without what that takes beyond the standard."""
    try:
        json.loads(text, parse_constant=lambda word: 1 / 0)
    except (ValueError, ZeroDivisionError):
        return False
    return True


@settings(max_examples=1000, deadline=None)
@given(value=JSON, at=st.integers(0, 200), new=st.text(string.printable, max_size=2), gone=st.integers(0, 2))
def test_a_changed_text_passes_whole_only_if_it_is_valid(value: object, at: int, new: str, gone: int) -> None:
    text = json.dumps(value)
    at = at % (len(text) + 1)
    text = (text[:at] + new + text[at + gone :]).strip(" \t\r\n\x0b\x0c")
    scanner = Scanner(Unread())
    try:
        end = scanner.feed(text + "\n")  # a number ends with what follows it
        passes = scanner.done and not text[end:].strip()
    except BrokenJson:
        passes = False
    assert passes == strict(text)


STOPPED = {
    "prose": "H",
    "prose before": " S",
    "a comma too many": "[1,]",
    "a comma in front": "[,",
    "no comma": "[1 2",
    "a zero in front": "01",
    "a plus": "+",
    "no digit": "-.",
    "no fraction": "1.e",
    "no exponent": "1ex",
    "a word": "nul\\",
    "Python's None": "N",
    "not a number": "[NaN"[:2],
    "a single quote": "{'",
    "no name": "{1",
    "no colon": '{"a" "',
    "a comma and an end": '{"a":1,}',
    "the wrong bracket": '{"a":[1}',
    "an end too many": "[]]",
    "a new line in a text": '"a\n',
    "an unknown escape": '"\\q',
    "a broken escape": '"\\u12g',
    "a comment": "[/",
    "a second value": "{} {",
    "words after": '{"a":1} T',
    "a fence inside": "[`",
    "a fence after none": "[] `",
    "a fence of two": "``\n",
    "words in the fence's line": "```json a",
    "words after the fence": "```json\n[]\n``` T",
    "a fence of four": "```json\n[]\n````",
    "a fence that is not closed": "```json\n[]\n``\n",
}


@pytest.mark.parametrize("name", STOPPED)
def test_it_stops_at_the_first_wrong_character(name: str) -> None:
    text = STOPPED[name]
    found = tripped(JsonPrefix().arm(), text + "   more")
    assert found is not None
    assert found[0] == text
    assert found[1].startswith("The text cannot become valid JSON: ")


def test_a_sentence_of_the_model_is_shown_as_text() -> None:
    found = tripped(JsonPrefix().arm(), ['["\x1b'])
    assert found is not None
    assert found[1].isprintable()


def test_a_retry_starts_clean() -> None:
    rule = JsonPrefix()
    assert tripped(rule.arm(), ["{x"])
    assert tripped(rule.arm(), ["[1]"]) is None


def test_without_a_schema_nothing_of_the_values_is_kept() -> None:
    scanner = Scanner(Unread())
    scanner.feed('["' + "a" * 100_000)
    assert sum(map(len, scanner.parts)) <= 1


@pytest.mark.parametrize("schema", [None, {"type": "array", "items": {"type": "object"}}])
@pytest.mark.parametrize("piece", ['{"k": [1, "two"]},', " "])
def test_a_piece_costs_the_same_however_deep_and_long_the_text(schema: Any, piece: str) -> None:
    attempt, check = come(an_attempt(), "["), JsonPrefix(schema).arm()
    costs = []
    for number in range(3000):
        come(attempt, piece)
        if number in (20, 2999):
            costs.append(steps(lambda: check(attempt, BEGAN)))
        else:
            assert check(attempt, BEGAN) is None
    assert 0 < costs[1] <= costs[0]


# ---- schema

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 5},
        "tags": {"type": "array", "items": {"enum": ["x", "y"]}, "maxItems": 2, "uniqueItems": True},
        "size": {"anyOf": [{"type": "integer"}, {"type": "object", "required": ["cm"]}]},
        "part": {"$ref": "#/$defs/part"},
        "both": {"allOf": [{"type": "integer"}, {"minimum": 3}]},
    },
    "required": ["name"],
    "additionalProperties": False,
    "$defs": {
        "part": {
            "type": "object",
            "properties": {"n": {"type": "integer"}, "part": {"$ref": "#/$defs/part"}},
        }
    },
}

BREAKS = {
    "the wrong kind of whole": "[",
    "a field nobody knows": '{"nam"',
    "a text that is too long": '{"name": "abcdef"',
    "a list for a text": '{"name": [',
    "an item that is none": '{"tags": ["x", "z"',
    "an item too many": '{"tags": ["x", "y", "x"',
    "a list that repeats": '{"tags": ["x", "x"]',
    "none of several": '{"size": "big"',
    "none of several, inside": '{"size": {"m": 1}',
    "deep inside": '{"part": {"part": {"part": {"n": "1"',
    "one of both": '{"both": 2 ',
    "a field that is missing": '{"tags": []}',
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_schema_is_broken_as_soon_as_a_field_has_closed(name: str) -> None:
    text = BREAKS[name]
    found = tripped(JsonPrefix(SCHEMA).arm(), text + " " * 3)
    assert found is not None
    assert found[0] == text
    assert found[1].startswith("The JSON breaks its schema: $")


GOOD = [
    {"name": "abc", "tags": ["y", "x"], "size": {"cm": 3}, "part": {"n": 1, "part": {"part": {"other": []}}}},
    {"name": "é", "both": 3, "size": 4},
    {"tags": [], "name": ""},
]


@pytest.mark.parametrize("value", GOOD, ids=str)
def test_what_keeps_to_the_schema_is_not_stopped(value: object) -> None:
    assert tripped(JsonPrefix(SCHEMA).arm(), json.dumps(value) + "\n") is None


@settings(max_examples=200, deadline=None)
@given(value=JSON)
def test_at_the_end_it_agrees_with_a_whole_validation(value: object) -> None:
    import jsonschema

    schema: dict[str, Any] = {
        "type": ["array", "object", "string"],
        "items": {"type": ["integer", "string", "array"], "items": {"type": "null"}},
        "additionalProperties": {"$ref": "#/$defs/leaf"},
        "maxItems": 3,
        "minProperties": 1,
        "$defs": {"leaf": {"not": {"type": "null"}}},
    }
    valid = jsonschema.Draft202012Validator(schema).is_valid(json.loads(json.dumps(value)))
    assert (tripped(JsonPrefix(schema).arm(), [json.dumps(value) + "\n"]) is None) == valid


def test_a_number_that_python_cannot_read_switches_nothing_off() -> None:
    assert tripped(JsonPrefix({"type": "array"}).arm(), ["[", "9" * 5000, "]"]) is None


def test_a_text_with_half_a_character_is_read() -> None:
    assert tripped(JsonPrefix({"type": "string"}).arm(), ['"\\ud83d', '"']) is None


def test_a_resumed_answer_is_read_on_from_what_was_kept() -> None:
    attempt = an_attempt()
    attempt.kept = '{"a": 1, '
    check = JsonPrefix().arm()
    come(attempt, '"b": 2}')
    assert check(attempt, BEGAN) is None
    come(attempt, "}")
    assert check(attempt, BEGAN)
