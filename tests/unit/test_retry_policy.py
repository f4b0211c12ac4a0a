"""Whether a try follows by itself and with what, decided without a network."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream import Attempt
from nbstream.guards.base import Armed
from nbstream.retrying import Rules, small_change


@pytest.mark.parametrize(
    ("options", "known", "change"),
    [
        ({"temperature": 0.1}, {"temperature", "frequency_penalty"}, {"temperature": 0.5}),
        ({"temperature": 0.9}, {"temperature"}, {"temperature": 1.0}),
        ({"temperature": 1.2}, {"temperature"}, {}),
        ({}, {"temperature"}, {"temperature": 1.0}),
        ({}, {"temperature", "frequency_penalty"}, {"frequency_penalty": 0.4}),
        ({"frequency_penalty": 1.8}, {"frequency_penalty"}, {"frequency_penalty": 2.0}),
        ({"seed": 3, "temperature": 0}, {"temperature"}, {"seed": 4, "temperature": 0.4}),
        ({"temperature": "hot"}, {"temperature"}, {}),
        ({}, set(), {}),
    ],
)
def test_the_small_change_after_a_loop(options: dict[str, object], known: set[str], change: object) -> None:
    assert small_change(Armed(lambda attempt, now: None, "Repetition"), options, known) == change


def test_after_any_other_guard_it_is_the_same_again_but_for_the_seed() -> None:
    stalled = Armed(lambda attempt, now: None, "Stall")
    assert small_change(stalled, {"seed": 3, "temperature": 0.1}, {"temperature"}) == {"seed": 4}


@pytest.mark.parametrize("by", ["model", "person", "error", "kernel", None])
def test_only_a_guards_stop_is_followed(by: Any) -> None:
    attempt = Attempt("a", "g", 1, "test", "model", ended_by=by)
    tripped = Armed(lambda attempt, now: None, "Stall", state="tripped")
    assert Rules(retries=3).next_try(attempt, [tripped], {}, (), 0) is None
