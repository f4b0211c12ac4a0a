"""Guards as rules, fed by hand: what each stops, what it lets pass, what it refuses, and what it costs."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
from feeding import BEGAN, an_attempt, come, received, steps, tripped

from nbstream import SetupError, guards
from nbstream.events import ReasoningDelta, ToolDelta
from nbstream.guards import JsonPrefix, MaxCost, MaxSeconds, MaxTokens, Pattern, Repetition, Stall
from nbstream.guards.base import arm, guard_list, spelled

# ---- settings

BAD: dict[str, Callable[[], Any]] = {
    "no tokens": lambda: MaxTokens(0),
    "half a token": lambda: MaxTokens(1.5),  # type: ignore[arg-type]
    "true tokens": lambda: MaxTokens(True),
    "tokens in words": lambda: MaxTokens("100"),  # type: ignore[arg-type]
    "endless tokens": lambda: MaxTokens(float("inf")),  # type: ignore[arg-type]
    "no time": lambda: MaxSeconds(0),
    "time that is none": lambda: MaxSeconds(float("nan")),
    "time before": lambda: MaxSeconds(-1),
    "no dollars": lambda: MaxCost(0),
    "dollars in words": lambda: MaxCost("$1"),  # type: ignore[arg-type]
    "a stall of nothing": lambda: Stall(0),
    "no stall at all": lambda: Stall(None),
    "a first token before the request": lambda: Stall(first_token=-1),
    "no pattern": lambda: Pattern(),
    "an empty pattern": lambda: Pattern(""),
    "two patterns": lambda: Pattern("a", text="b"),
    "a pattern of bytes": lambda: Pattern(b"a"),  # type: ignore[arg-type]
    "an open bracket": lambda: Pattern("(a"),
    "a look-ahead": lambda: Pattern("a(?=b)"),
    "a back-reference": lambda: Pattern(r"(a+)\1"),
    "a verbose pattern": lambda: Pattern(re.compile("a b", re.VERBOSE)),
    "no span": lambda: Pattern("a+", span=0),
    "a schema in words": lambda: JsonPrefix("object"),  # type: ignore[arg-type]
    "an unknown type": lambda: JsonPrefix({"type": "thing"}),
    "a schema from elsewhere": lambda: JsonPrefix({"$ref": "https://example.com/schema"}),
    "a schema that is not there": lambda: JsonPrefix({"$ref": "#/$defs/gone"}),
    "a schema with a pattern": lambda: JsonPrefix({"type": "string", "pattern": "(a+)+$"}),
}


@pytest.mark.parametrize("name", BAD)
def test_a_setting_that_cannot_work_is_refused(name: str) -> None:
    with pytest.raises(SetupError):
        BAD[name]()


def test_without_re2_a_regular_expression_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)
    with pytest.raises(SetupError, match=r"nbstream\[regex\]"):
        Pattern("a+")


def test_without_re2_a_text_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)
    assert tripped(Pattern("an AI").arm(), ["As an", " AI"])


def test_without_jsonschema_a_schema_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    with pytest.raises(SetupError, match=r"nbstream\[json\]"):
        JsonPrefix({})


ALL = [
    MaxTokens(1_000_000),
    MaxSeconds(9e9),
    Stall(9e9, first_token=9e9),
    Pattern("needle"),
    Pattern(r"need\w+le.*hay"),
    JsonPrefix(),
]
named = pytest.mark.parametrize("guard", ALL, ids=lambda guard: f"{type(guard).__name__} {guard.limit}")


@named
def test_a_guard_is_a_value(guard: Any) -> None:
    with pytest.raises(AttributeError):
        guard.limit = 3
    assert hash(guard) == hash(guard)


@named
def test_a_guard_says_its_name_and_what_it_does(guard: Any) -> None:
    armed = arm(guard)
    assert (armed.name, armed.state) == (type(guard).__name__, "on")
    assert armed.about.startswith("Stops the attempt ")


@named
def test_a_delta_costs_the_same_however_long_the_answer_is(guard: Any) -> None:
    attempt, check = an_attempt(), guard.arm()
    come(attempt, '["')
    costs = []
    for number in range(6000):
        come(attempt, "word")
        received(attempt, number)
        if number in (50, 5999):
            costs.append(steps(lambda: check(attempt, BEGAN + 1)))
        else:
            check(attempt, BEGAN + 1)
    assert 0 < costs[1] <= costs[0]


# ---- limits


def test_max_tokens_stops_at_its_limit_and_not_before() -> None:
    check = MaxTokens(100).arm()
    assert check(an_attempt(), BEGAN) is None
    assert check(received(an_attempt(), 99), BEGAN) is None
    assert check(received(an_attempt(), 100), BEGAN) == "The limit of 100 tokens is reached."


def test_max_seconds_counts_from_the_request() -> None:
    check = MaxSeconds(2.5).arm()
    assert check(an_attempt(), BEGAN + 2.49) is None
    assert check(an_attempt(), BEGAN + 2.5) == "The limit of 2.5 s is reached."


@pytest.mark.parametrize(("guard", "at", "near"), [(MaxTokens(80), 20, 0.25), (MaxSeconds(8), 20, 0.5)])
def test_a_limit_tells_how_near_it_is(guard: Any, at: int, near: float) -> None:
    assert arm(guard).near(received(an_attempt(), at), BEGAN + 4) == near


# ---- stall


def test_stall_stops_a_stream_that_has_gone_silent() -> None:
    check, attempt = Stall(10).arm(), come(an_attempt(), "word", at=3.0)
    assert check(attempt, BEGAN + 12.9) is None
    assert check(attempt, BEGAN + 13.0) == "Nothing has come for 10 s."


def test_stall_takes_its_own_limit_for_the_first_token() -> None:
    check = Stall(10, first_token=60).arm()
    assert check(an_attempt(), BEGAN + 59) is None
    assert check(an_attempt(), BEGAN + 60) == "No first token within 60 s."


def test_stall_without_a_limit_for_the_first_token_waits_for_it() -> None:
    assert Stall(10).arm()(an_attempt(), BEGAN + 9e5) is None


def test_stall_may_watch_the_first_token_alone() -> None:
    assert Stall(None, first_token=5).arm()(come(an_attempt(), "word"), BEGAN + 9e5) is None


@pytest.mark.parametrize("event", [ReasoningDelta("hm"), ToolDelta(0, '{"a"', "id", "name")])
def test_reasoning_and_tool_calls_are_signs_of_life(event: Any) -> None:
    attempt = come(come(an_attempt(), "word"), event, at=9.0)
    assert Stall(10).arm()(attempt, BEGAN + 12) is None


# ---- how any guard is shown


def by_function(attempt: object, now: float) -> str | None:
    """Never stops anything.

    And says so at length.
    """


class Odd:
    """A guard of the user's own."""

    name = "odd\none " * 30
    limit = 3

    def arm(self) -> Odd:
        return self

    def __call__(self, attempt: object, now: float) -> None: ...

    def near(self, attempt: object, now: float) -> float:
        return float("nan")


def test_a_function_is_shown_by_its_name_and_its_first_words() -> None:
    armed = arm(by_function)
    assert (armed.name, armed.limit, armed.about) == ("by_function", "", "Never stops anything.")


def test_a_function_without_a_name_is_called_one() -> None:
    assert arm(lambda attempt, now: None).name == "function"


def test_what_a_guard_says_of_itself_is_one_short_line() -> None:
    armed = arm(Odd())
    assert (len(armed.name), armed.name[:7], armed.limit) == (60, "odd one", "3")


@pytest.mark.parametrize("near", [float("nan"), None, "much", 10**400])
def test_a_nearness_that_is_none_is_not_shown(near: object) -> None:
    odd = Odd()
    odd.near = lambda attempt, now: near  # type: ignore[assignment, method-assign, return-value]
    assert arm(odd).near(an_attempt(), BEGAN) is None


def test_a_nearness_that_raises_ends_nothing() -> None:
    odd = Odd()
    odd.near = lambda attempt, now: 1 / 0  # type: ignore[method-assign]
    assert arm(odd).near(an_attempt(), BEGAN) is None


def test_a_nearness_stays_between_zero_and_one() -> None:
    assert arm(MaxTokens(10)).near(received(an_attempt(), 12), BEGAN) == 1.0


def test_a_guard_that_judges_no_more_is_near_nothing() -> None:
    armed = arm(MaxTokens(10))
    armed.state = "off"
    assert armed.near(received(an_attempt(), 5), BEGAN) is None


@pytest.mark.parametrize(
    ("guard", "name"),
    [
        (Repetition(), "Repetition()"),
        (Repetition(patience=100), "Repetition(patience=100)"),
        (MaxTokens(400), "MaxTokens(400)"),
        (Stall(None, first_token=60), "Stall(None, first_token=60)"),
        (Pattern("As an AI"), "Pattern('As an AI')"),
        (Pattern(text="f(x)", ignore_case=True), "Pattern(text='f(x)', ignore_case=True)"),
        (JsonPrefix({"type": "object"}), "JsonPrefix({'type': 'object'})"),
        (MaxTokens, "MaxTokens"),
        (an_attempt, "an_attempt"),
        (object(), "object"),
    ],
)
def test_a_guard_is_spelled_by_what_it_was_given(guard: Any, name: str) -> None:
    assert spelled(guard) == name


def test_a_class_is_told_to_be_called() -> None:
    with pytest.raises(
        SetupError, match=r"Repetition in guards is a class; a guard is one of it: Repetition\(\.\.\.\)"
    ):
        guard_list([Repetition])


def test_a_function_that_takes_something_else_is_refused_before_it_fails() -> None:
    with pytest.raises(SetupError, match=r"called with \(attempt, now\); an_answer in guards does not take these"):
        guard_list([an_answer])


def an_answer(text: str) -> None:
    """No guard: it takes one thing."""


@pytest.mark.parametrize("guard", [lambda attempt, now: None, lambda *both: None, Stall().arm(), max])
def test_a_function_that_can_be_called_so_is_taken(guard: Any) -> None:
    assert guard_list(guard) == [guard]


def test_a_budget_of_little_money_is_written_out() -> None:
    assert MaxCost(0.000008).limit == "$0.000008"


def test_the_names_are_all_there() -> None:
    assert all(hasattr(guards, name) for name in guards.__all__)
