"""Pattern sees a text or a regular expression across deltas, in linear time, and nothing that is no match."""

from __future__ import annotations

import re
from typing import Any

import pytest
from feeding import BEGAN, an_attempt, come, tripped

from nbstream.events import ReasoningDelta
from nbstream.guards import Pattern


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_text_is_seen_across_deltas(cut: int) -> None:
    text = "Well. As an AI I cannot."
    pieces = [text[at : at + cut] for at in range(0, len(text), cut)]
    seen = tripped(Pattern("As an AI").arm(), pieces)
    assert seen is not None
    assert seen[0].startswith("Well. As an AI")
    assert len(seen[0]) < len("Well. As an AI") + cut


FOUND = [
    (Pattern("stop."), "we stopx", "we stopx"),
    (Pattern(text="stop."), "we stopx, stop.", "we stopx, stop."),
    (Pattern("ÄRGER", ignore_case=True), "viel Ärger", "viel Ärger"),
    (Pattern(re.compile("error", re.IGNORECASE)), "an Error", "an Error"),
    (Pattern(re.compile("a.b", re.DOTALL)), "a\nb", "a\nb"),
    (Pattern(r"(?i)error:\s+fatal"), "Error: \n fatal", "Error: \n fatal"),
    (Pattern(r"^Sources:"), "See.\nSources:", "See.\nSources:"),
    (Pattern(r"\berr\b"), "error err ", "error err "),
    (Pattern(r"end$"), "the ending\nthe end\n", "the ending\nthe end\n"),
    (Pattern(r"🦜+!"), "a 🦜🦜!", "a 🦜🦜!"),
    (Pattern("([a-z]+)+!"), "a" * 900 + "!", "a" * 900 + "!"),
]


@pytest.mark.parametrize(("guard", "text", "seen"), FOUND, ids=lambda value: str(value)[:40])
def test_a_pattern_is_seen_letter_by_letter(guard: Pattern, text: str, seen: str) -> None:
    found = tripped(guard.arm(), text)
    assert found is not None
    assert found[0] == seen


PASSED = [
    (Pattern(r"^Sources:"), "My Sources: none"),
    (Pattern(r"^Sources:", span=6), "My Sources: none"),
    (Pattern(r"\berr\b"), "error errs, ferr. "),
    (Pattern(r"\Bend\b"), "end ending "),
    (Pattern(r"end$"), "ending the endless"),
    (Pattern("STOP"), "stop Stop STOp"),
    (Pattern("a{3}"), "aa aa aab aa"),
]


@pytest.mark.parametrize(("guard", "text"), PASSED, ids=lambda value: str(value)[:40])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_what_is_no_match_passes_however_it_is_cut(guard: Pattern, text: str, size: int) -> None:
    assert tripped(guard.arm(), [text[at : at + size] for at in range(0, len(text), size)]) is None


def test_a_pattern_holds_no_more_than_its_span() -> None:
    check: Any = Pattern(r"a+b", span=50).arm()
    tripped(check, ["x" * 7] * 1000)
    assert len(check.window) == 51


def test_a_match_may_be_as_long_as_the_span() -> None:
    assert tripped(Pattern(r"<.*>", span=500).arm(), ["<", *"y" * 498, ">"]) is not None


def test_a_pattern_reads_the_answer_and_not_the_reasoning() -> None:
    check, attempt = Pattern("secret").arm(), an_attempt()
    assert check(come(attempt, ReasoningDelta("the secret")), BEGAN) is None


def test_a_reason_shows_no_control_character_of_the_model() -> None:
    found = tripped(Pattern(r"bad.*").arm(), ["bad\x1b[31m \u202e"])
    assert found is not None
    assert found[1].isprintable()
