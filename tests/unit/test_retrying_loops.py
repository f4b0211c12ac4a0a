"""Tries that follow by themselves when the embedded model really loops, and the real `Repetition` ends that."""

from __future__ import annotations

import json
from typing import Any

import pytest
from faults.server import PATIENCE

import nbstream
from nbstream import Attempt, Generation
from nbstream.guards import MaxTokens, Repetition
from nbstream.providers import Demo

PROMPT = "Introduce the GPT model structure in as much detail as possible."


def looping(**rules: Any) -> Generation:
    """A cold answer, which loops, watched by `Repetition`."""
    fast = Demo(tokens_per_s=0, first_token_s=0)
    generation = nbstream.generate(
        PROMPT, fast, temperature=0.05, seed=1, max_tokens=2000, guards=[Repetition()], **rules
    )
    generation.wait(PATIENCE)
    return generation


def options(attempt: Attempt) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(attempt.options)
    return found


def test_a_real_loop_is_tried_again_warmer_and_with_another_seed() -> None:
    first, *tries = looping(retries=2).attempts
    assert (first.ended_by, first.reason.startswith("The same line came") if first.reason else None) == ("guard", True)
    assert [(options(a)["temperature"], options(a)["seed"]) for a in tries] == [(0.45, 2), (0.85, 3)]
    assert [a.parent_id for a in tries] == [first.attempt_id, tries[0].attempt_id]


def test_changes_of_the_users_own_come_instead() -> None:
    def warmer(attempt: Attempt) -> dict[str, object]:
        assert "came" in (attempt.reason or "")
        return {"temperature": 1.0, "max_tokens": 20}

    first, second = looping(retries=3, changes=warmer).attempts
    assert options(second) == {**options(first), "temperature": 1.0, "max_tokens": 20}
    assert (second.ended_by, second.finish_reason) == ("model", "length")


def test_no_try_follows_when_the_budget_is_used_up_by_the_loop() -> None:
    (only,) = looping(retries=3, budget=MaxTokens(300)).attempts
    assert only.reason == "The budget of 300 tokens for all attempts is used up."


@pytest.mark.parametrize("retries", [1, 2])
def test_tries_are_bounded_though_it_still_loops(retries: int) -> None:
    generation = looping(retries=retries, changes={})
    assert [attempt.ended_by for attempt in generation.attempts] == ["guard"] * (retries + 1)
