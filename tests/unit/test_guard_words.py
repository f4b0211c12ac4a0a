"""Guards by their words, as the command line and `%%generate` take them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from nbstream import SetupError, guards
from nbstream.guards.base import Check
from nbstream.guards.words import classes, guard_of


@dataclass(frozen=True)
class LongAnswer:
    """A guard that takes a number."""

    limit: float

    def arm(self) -> Check:
        return lambda attempt, now: None


@dataclass(frozen=True)
class BadWord:
    """A guard that takes a text."""

    word: str | None = None

    def arm(self) -> Check:
        return lambda attempt, now: None


class OnlyOne:
    """A guard that takes nothing."""

    def arm(self) -> Check:
        return lambda attempt, now: None


@pytest.fixture(autouse=True)
def _guards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three guards among those of the package."""
    known = [*getattr(guards, "__all__", ()), "LongAnswer", "BadWord", "OnlyOne"]
    for guard in (LongAnswer, BadWord, OnlyOne):
        monkeypatch.setattr(guards, guard.__name__, guard, raising=False)
    monkeypatch.setattr(guards, "__all__", known, raising=False)


@pytest.mark.parametrize("word", ["long_answer=500", "long-answer=500", "LongAnswer=500", " long_answer = 500 "])
def test_a_word_names_the_class_and_what_it_is_given(word: str) -> None:
    assert guard_of(word) == LongAnswer(500)


def test_a_number_may_have_a_point_and_underscores() -> None:
    assert guard_of("long_answer=1.5") == LongAnswer(1.5)
    assert guard_of("long_answer=10_000") == LongAnswer(10_000)


def test_a_guard_that_takes_text_gets_all_that_stands_after_the_sign() -> None:
    assert guard_of("bad_word=500") == BadWord("500")
    assert guard_of("bad_word=a=b (as|an) ") == BadWord("a=b (as|an) ")


def test_a_guard_needs_no_value_where_its_class_needs_none() -> None:
    assert guard_of("bad_word") == BadWord()
    assert isinstance(guard_of("only_one"), OnlyOne)


@pytest.mark.parametrize(
    ("word", "guard"),
    [
        ("repetition", guards.Repetition()),
        ("repetition=4", guards.Repetition(4)),
        ("max_tokens=500", guards.MaxTokens(500)),
        ("max_seconds=2.5", guards.MaxSeconds(2.5)),
        ("max_cost=0.05", guards.MaxCost(0.05)),
        ("stall", guards.Stall()),
        ("stall=10", guards.Stall(10)),
        ("pattern=as an AI", guards.Pattern("as an AI")),
        (r"pattern=\bBEGIN\b", guards.Pattern(r"\bBEGIN\b")),
        ("json_prefix", guards.JsonPrefix()),
        ('json_prefix={"type": "object"}', guards.JsonPrefix({"type": "object"})),
    ],
)
def test_each_guard_of_the_package_has_its_word(word: str, guard: object) -> None:
    assert guard_of(word) == guard


def test_no_guard_of_the_package_is_without_a_word() -> None:
    named = {"json_prefix", "max_cost", "max_seconds", "max_tokens", "pattern", "repetition", "stall"}
    assert set(classes()) - {"long_answer", "bad_word", "only_one"} == named


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("long_anser=5", "Did you mean 'long_answer'"),
        ("", "There is no guard ''"),
        ("=5", "There is no guard '=5'"),
        ("base", "There is no guard 'base'"),
        ("long_answer", "needs a value, such as long_answer=10"),
        ("long_answer=", "takes a number"),
        ("long_answer=many", "takes a number, such as long_answer=10; not 'many'"),
        ("only_one=5", "takes no value"),
        ("max_tokens", "needs a value, such as max_tokens=10"),
        ("pattern", "takes a regular expression"),
        ("max_tokens=1.5", "whole number of tokens"),
        ("json_prefix=x", "json_prefix takes JSON, such as json_prefix={...}; not 'x'"),
        ("json_prefix=5", "a JSON schema as a dict, not int"),
    ],
)
def test_a_word_that_makes_no_guard_is_refused(word: str, said: str) -> None:
    with pytest.raises(SetupError, match=said):
        guard_of(word)
