"""The messages between kernel and browser: the same on both sides, and nothing from the browser is trusted."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NotRequired, get_origin, get_type_hints

import pytest

from nbstream import messages
from nbstream.attempt import Attempt
from nbstream.events import TextDelta
from nbstream.folding import fold
from nbstream.rows import meter_of, row_of

FIXTURE: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "fixtures" / "messages.json").read_text(encoding="utf-8")
)
FROM_KERNEL: list[dict[str, Any]] = FIXTURE["from_kernel"]
TO_KERNEL: list[dict[str, Any]] = FIXTURE["to_kernel"]
SHAPES: dict[str, Any] = {
    "start": messages.Start,
    "delta": messages.Delta,
    "meter": messages.MeterMessage,
    "error": messages.Error,
    "end": messages.End,
    "update": messages.Update,
    "snapshot": messages.Snapshot,
    "compare": messages.Compare,
}
INNER = {"row": messages.Row, "meter": messages.Meter}


def check(value: dict[str, Any], shape: Any, extra: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    """The keys are exactly the shape's, all the way down."""
    hints = get_type_hints(shape, include_extras=True)
    optional = {name for name, hint in hints.items() if get_origin(hint) is NotRequired}
    assert set(value) - optional == (set(hints) | extra) - optional
    for guard in value.get("guards", ()):
        assert set(guard) == set(get_type_hints(messages.GuardRow))
    for name, inner in INNER.items():
        if name in value:
            check(value[name], inner)


def described(message: dict[str, Any]) -> str:
    return str(message["type"])


@pytest.mark.parametrize("message", FROM_KERNEL, ids=described)
def test_what_the_browser_is_tested_with_is_what_the_kernel_sends(message: dict[str, Any]) -> None:
    check(message, SHAPES[message["type"]], {"attempt", "seq"})


def test_the_browser_is_tested_with_every_kind_of_message() -> None:
    assert {message["type"] for message in FROM_KERNEL} == set(SHAPES)
    assert {message["type"] for message in TO_KERNEL} == set(messages.FIELDS)


def test_a_module_is_of_no_attempt() -> None:
    check(FIXTURE["module"], messages.Module)


@pytest.mark.parametrize("message", TO_KERNEL, ids=described)
def test_what_the_browser_sends_is_read(message: dict[str, Any]) -> None:
    assert messages.read(message) == message


HOSTILE: dict[str, object] = {
    "a text beyond all models": {
        "type": "resume",
        "generation": "g",
        "nonce": "n",
        "attempt": "a",
        "text": "x" * (messages.LONGEST_TEXT + 1),
    },
    "a text that is a list": {"type": "resume", "generation": "g", "nonce": "n", "attempt": "a", "text": ["x"]},
    "nothing": None,
    "text": "stop",
    "a list": ["stop"],
    "empty": {},
    "no type": {"generation": "g", "nonce": "n", "attempt": "a"},
    "unknown type": {"type": "eval", "generation": "g", "nonce": "n", "attempt": "a"},
    "type of the kernel's": {"type": "end", "generation": "g", "nonce": "n", "attempt": "a"},
    "no generation": {"type": "stop", "nonce": "n", "attempt": "a"},
    "no nonce": {"type": "stop", "generation": "g", "attempt": "a"},
    "nonce a number": {"type": "stop", "generation": "g", "nonce": 1, "attempt": "a"},
    "nonce a list": {"type": "stop", "generation": "g", "nonce": ["n"], "attempt": "a"},
    "nonce of a megabyte": {"type": "stop", "generation": "g", "nonce": "n" * 10**6, "attempt": "a"},
    "no attempt": {"type": "stop", "generation": "g", "nonce": "n"},
    "attempt a dict": {"type": "select", "generation": "g", "nonce": "n", "attempt": {}},
    "no have": {"type": "sync", "generation": "g", "nonce": "n"},
    "have a dict": {"type": "sync", "generation": "g", "nonce": "n", "have": {}},
    "have of texts": {"type": "sync", "generation": "g", "nonce": "n", "have": ["a"]},
    "length a text": {
        "type": "sync",
        "generation": "g",
        "nonce": "n",
        "have": [{"attempt": "a", "seq": 1, "length": "9"}],
    },
    "no seq": {"type": "sync", "generation": "g", "nonce": "n", "have": [{"attempt": "a", "length": 9}]},
    "the last of many is not one": {
        "type": "sync",
        "generation": "g",
        "nonce": "n",
        "have": [{"attempt": "a", "seq": 1, "length": 9}] * 100 + ["a"],
    },
    "no module": {"type": "module", "generation": "g", "nonce": "n"},
    "a module by its path": {"type": "module", "generation": "g", "nonce": "n", "name": "../messages"},
    "no other": {"type": "compare", "generation": "g", "nonce": "n", "attempt": "a"},
    "other a list": {"type": "compare", "generation": "g", "nonce": "n", "attempt": "a", "other": ["b"]},
    "no guard": {"type": "guard_off", "generation": "g", "nonce": "n", "attempt": "a"},
    "guard a text": {"type": "guard_off", "generation": "g", "nonce": "n", "attempt": "a", "guard": "0"},
    "guard a truth": {"type": "guard_off", "generation": "g", "nonce": "n", "attempt": "a", "guard": True},
    "guard below zero": {"type": "guard_off", "generation": "g", "nonce": "n", "attempt": "a", "guard": -1},
    "guard beyond all": {"type": "guard_off", "generation": "g", "nonce": "n", "attempt": "a", "guard": 10**9},
    "no attempt's name": {"type": "stop", "generation": "g", "nonce": "n", "attempt": ""},
    "other without a name": {"type": "compare", "generation": "g", "nonce": "n", "attempt": "a", "other": ""},
    "text a number": {"type": "resume", "generation": "g", "nonce": "n", "attempt": "a", "text": 5},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_message_is_dropped_without_a_word(name: str) -> None:
    assert messages.read(HOSTILE[name]) is None


# ---- builders


def an_attempt() -> Attempt:
    attempt = Attempt("att_1", "gen_1", 2, "test", "model", parent_id="att_0", relation="retry", began=100.0)
    fold(attempt, TextDelta("Hello"), 100.12345)
    return attempt


def test_a_row_has_the_keys_of_the_contract_and_is_json() -> None:
    row = row_of(an_attempt(), 101.0)
    check(dict(row), messages.Row)
    assert json.loads(json.dumps(row)) == row
    assert (row["attempt"], row["parent"], row["number"], row["relation"]) == ("att_1", "att_0", 2, "retry")


def test_a_meter_rounds_to_milliseconds_and_leaves_what_is_not_known_null() -> None:
    meter = meter_of(an_attempt(), 101.23456)
    assert (meter["elapsed_s"], meter["ttft_s"], meter["tokens_per_s"]) == (1.235, 0.123, None)
    unknown = ("input_tokens", "received_tokens", "output_tokens", "overrun_tokens", "reasoning_tokens", "cost_usd")
    assert {meter[name] for name in unknown} == {None}  # type: ignore[literal-required]


def test_the_start_is_an_iso_time_in_utc() -> None:
    started = datetime.fromisoformat(row_of(an_attempt(), 101.0)["started_at"])
    assert started.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("text", "length"), [("", 0), ("abc", 3), ("Füße", 4), ("鸚鵡", 2), ("a😀b", 4), ("😀" * 3, 6)]
)
def test_a_length_is_as_javascript_counts(text: str, length: int) -> None:
    assert messages.utf16_length(text) == length


@pytest.mark.parametrize("text", ["abc", "a😀b", "Füße", "😀鸚鵡😀"])
def test_the_rest_starts_where_javascript_would_say(text: str) -> None:
    offset = 0
    for place, character in enumerate(text):
        assert messages.rest_of(text, offset) == (offset, text[place:])
        offset += messages.utf16_length(character)
    assert messages.rest_of(text, offset) == (offset, "")


@pytest.mark.parametrize("offset", [-1, 2, 5, 10**9])
def test_an_offset_beside_the_text_or_inside_an_emoji_gives_the_whole(offset: int) -> None:
    assert messages.rest_of("a😀b", offset) == (0, "a😀b")


@pytest.mark.parametrize("more", [{"text": 5}, {"other": "b"}, {"guard": []}, {"name": {}}, {"have": 1}, {"x": None}])
def test_what_belongs_to_another_kind_is_left_out(more: dict[str, object]) -> None:
    """It would tell copies of one message apart, and an unhashable one would raise on the control thread."""
    stop = {"type": "stop", "generation": "g", "nonce": "n", "attempt": "a"}
    assert messages.read(stop | more) == stop


@pytest.mark.parametrize("name", [["x"], "x" * 100, {}, None])
def test_a_module_is_one_of_ours(name: object) -> None:
    assert messages.read({"type": "module", "name": name, "generation": "g", "nonce": "n"}) is None
