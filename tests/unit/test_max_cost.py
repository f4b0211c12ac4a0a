"""MaxCost by known prices only, at a price looked up once; and a budget over several attempts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from feeding import BEGAN, an_attempt, calls, come, received

from nbstream import prices
from nbstream.counts import Count
from nbstream.events import Usage
from nbstream.guards import MaxCost, MaxTokens
from nbstream.guards.base import arm
from nbstream.guards.budget import Budget


@pytest.fixture
def _priced() -> Iterator[None]:
    """A dollar for a thousand tokens in, two for a thousand out."""
    prices.override("test:model", input=1000, output=2000)
    yield
    prices.clear()


# ---- cost


@pytest.mark.usefixtures("_priced")
def test_max_cost_stops_at_its_limit() -> None:
    check, attempt = MaxCost(0.5).arm(), come(an_attempt(input=Count(100, "tokenizer")), "word")
    assert check(received(attempt, 199), BEGAN) is None
    assert check(received(attempt, 200), BEGAN) == "The limit of $0.5 is reached."


@pytest.mark.usefixtures("_priced")
def test_max_cost_is_what_the_attempt_says_it_costs() -> None:
    attempt = come(an_attempt(input=Count(7, "tokenizer")), "word")
    measure = MaxCost(9).measure()
    for tokens in (1, 50, 3000):
        assert measure(received(attempt, tokens)) == pytest.approx(attempt.cost_usd)
    come(attempt, Usage(input_tokens=500, output_tokens=4000, source="final", cached_tokens=100, reasoning_tokens=30))
    assert measure(attempt) == pytest.approx(attempt.cost_usd)


@pytest.mark.usefixtures("_priced")
def test_a_price_is_looked_up_once_and_not_for_each_delta() -> None:
    attempt, check = come(an_attempt(input=Count(7, "tokenizer")), "word"), MaxCost(900).arm()
    check(received(attempt, 1), BEGAN)
    assert calls(lambda: [check(received(attempt, n), BEGAN) for n in range(1000)])["cost"] == 0


def test_max_cost_takes_the_providers_own_word() -> None:
    attempt = come(an_attempt(told_usd=0.6), "word")
    assert MaxCost(0.5).arm()(attempt, BEGAN) is not None


def test_max_cost_is_not_ready_where_the_price_is_not_known() -> None:
    why = MaxCost(1).ready(an_attempt(input=Count(7, "tokenizer")))
    assert why is not None
    assert "prices.override('test:model'" in why


@pytest.mark.usefixtures("_priced")
def test_max_cost_is_not_ready_where_the_prompt_cannot_be_counted() -> None:
    assert "cannot be counted" in (MaxCost(1).ready(an_attempt()) or "")


@pytest.mark.usefixtures("_priced")
def test_max_cost_is_not_ready_where_the_prompt_alone_costs_too_much() -> None:
    assert "the prompt alone costs $0.5" in (MaxCost(0.5).ready(an_attempt(input=Count(500, "tokenizer"))) or "")


@pytest.mark.usefixtures("_priced")
def test_max_cost_is_ready_where_it_can_hold() -> None:
    assert MaxCost(0.5).ready(an_attempt(input=Count(499, "tokenizer"))) is None


def test_max_cost_knows_the_table_of_prices() -> None:
    known = an_attempt("openai", "gpt-4.1-mini", base_url="https://api.openai.com/v1", input=Count(7, "tokenizer"))
    assert MaxCost(1).ready(known) is None


# ---- budget


def test_a_budget_counts_the_other_attempts_too() -> None:
    before = received(an_attempt(), 60)
    before.attempt_id = "att_0"
    live = received(an_attempt(), 39)
    armed = arm(Budget(MaxTokens(100), lambda: [before, live]))
    assert (armed.name, armed.limit, armed.near(live, BEGAN)) == ("budget", "100 tokens", 0.99)
    assert armed.check(live, BEGAN) is None
    assert armed.check(received(live, 40), BEGAN) == "The budget of 100 tokens for all attempts is used up."


def test_a_budget_hears_late_of_what_was_generated() -> None:
    before, live = received(an_attempt(), 60), received(an_attempt(), 10)
    before.attempt_id = "att_0"
    check = Budget(MaxTokens(100), lambda: [before, live]).arm()
    assert check(live, BEGAN) is None
    before.output = Count(95, "reconciled")
    assert check(live, BEGAN + 1) is not None


def test_a_budget_that_is_used_up_is_not_ready() -> None:
    before = received(an_attempt(), 100)
    before.attempt_id = "att_0"
    why = Budget(MaxTokens(100), lambda: [before]).ready(an_attempt())
    assert "is used up: 100 tokens" in (why or "")
