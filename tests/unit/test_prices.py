"""Prices: the provider's word, the user's own, the table of genai-prices, or not known; never zero for unknown."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import genai_prices
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nbstream
from nbstream import SetupError, prices
from nbstream.prices import NO_COST, Cost, Offer, Tokens
from nbstream.providers import resolve

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OPENAI = "https://api.openai.com/v1"
ANTHROPIC = "https://api.anthropic.com"


@pytest.fixture(autouse=True)
def _own_prices() -> Iterator[None]:
    prices.load()
    yield
    prices.clear()


def offer(model: str = "gpt-4.1-mini", base_url: str = OPENAI, provider: str = "openai", tier: str = "") -> Offer:
    return Offer(provider, model, base_url, NOW, tier)


def of_the_table(usage: genai_prices.Usage, model: str, url: str, **more: object) -> float:
    found = genai_prices.calc_price(usage, model, provider_api_url=url, genai_request_timestamp=NOW, **more)  # type: ignore[call-overload]
    return float(found.total_price)


# ---- the user's own


def test_an_own_price_is_in_dollars_for_a_million_tokens() -> None:
    prices.override("mine", input=2, output=8)
    assert prices.cost(offer("mine"), Tokens(1_000_000, 500_000)) == Cost(6.0, "override")


def test_cached_tokens_cost_as_input_unless_they_have_a_price() -> None:
    prices.override("mine", input=2, output=8)
    assert prices.cost(offer("mine"), Tokens(1_000_000, 0, cached=500_000)).usd == 2.0
    prices.override("mine", input=2, output=8, cached=0.5)
    assert prices.cost(offer("mine"), Tokens(1_000_000, 0, cached=500_000)).usd == 1.25


def test_a_price_of_nothing_is_a_price() -> None:
    prices.override("llama3.2", input=0, output=0)
    assert prices.cost(offer("llama3.2", "http://127.0.0.1:11434", "ollama"), Tokens(9, 9)) == Cost(0.0, "override")


def test_an_own_price_goes_before_the_table() -> None:
    prices.override("gpt-4.1-mini", input=1, output=1)
    assert prices.cost(offer(), Tokens(1_000_000, 0)) == Cost(1.0, "override")


def test_a_price_for_one_provider_is_not_for_another_and_goes_before_the_one_for_all() -> None:
    prices.override("mine", input=1, output=1)
    prices.override("vllm:mine", input=3, output=3)
    million = Tokens(1_000_000, 0)
    assert prices.cost(offer("mine", provider="vllm"), million).usd == 3.0
    assert prices.cost(offer("mine", provider="sglang"), million).usd == 1.0


def test_a_cleared_price_is_the_tables_again() -> None:
    prices.override("gpt-4.1-mini", input=1, output=1)
    prices.override("mine", input=1, output=1)
    prices.clear("gpt-4.1-mini")
    assert prices.cost(offer(), Tokens(9, 9)).source == "price table"
    assert prices.cost(offer("mine"), Tokens(9, 9)).source == "override"


def test_all_own_prices_are_cleared_at_once() -> None:
    prices.override("mine", input=1, output=1)
    prices.clear()
    assert prices.cost(offer("mine"), Tokens(9, 9)) == NO_COST


def test_clearing_a_price_that_is_not_there_says_which_are() -> None:
    prices.override("mine", input=1, output=1)
    with pytest.raises(SetupError, match=r"no own price of 'yours'.*mine"):
        prices.clear("yours")


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "0.4", True, None, [1]])
@pytest.mark.parametrize("name", ["input", "output", "cached"])
def test_what_is_no_price_is_refused_and_changes_nothing(name: str, bad: object) -> None:
    if name == "cached" and bad is None:
        return
    with pytest.raises(SetupError, match=f"{name} is a price in US dollars"):
        prices.override("mine", **{"input": 1.0, "output": 1.0, name: bad})  # type: ignore[arg-type]
    assert prices.cost(offer("mine"), Tokens(9, 9)) == NO_COST


@pytest.mark.parametrize("bad", ["", "  ", None, 4])
def test_a_price_needs_a_model(bad: object) -> None:
    with pytest.raises(SetupError, match="model must be named"):
        prices.override(bad, input=1, output=1)  # type: ignore[arg-type]


def test_the_module_is_reached_by_the_package() -> None:
    nbstream.prices.override("mine", input=1, output=1)
    assert prices.cost(offer("mine"), Tokens(1_000_000, 0)).usd == 1.0


# ---- the table


@pytest.mark.parametrize(
    "name",
    [
        "openai:gpt-4.1-mini",
        "openai:gpt-4.1-mini-2025-04-14",
        "openai/responses:gpt-5",
        "anthropic:claude-sonnet-4-5",
        "gemini:gemini-2.5-flash",
        "gemini:models/gemini-2.5-flash",
        "groq:llama-3.3-70b-versatile",
        "groq:openai/gpt-oss-20b",
        "mistral:mistral-large-latest",
        "deepseek:deepseek-chat",
        "openrouter:openai/gpt-4.1-mini",
        "openrouter:anthropic/claude-sonnet-4.5",
    ],
)
def test_the_models_of_a_service_have_the_price_of_that_service(name: str) -> None:
    provider = resolve(name, api_key="sk-0123456789")
    found = prices.cost(offer(provider.model, provider.base_url, provider.name), Tokens(1000, 1000))
    assert found.source == "price table"
    assert found.usd


def test_a_deployment_at_azure_that_bears_its_models_name_has_a_price() -> None:
    provider = resolve("azure:gpt-4o", base_url="https://me.openai.azure.com", api_key="sk-0123456789")
    assert prices.cost(offer("gpt-4o", provider.base_url, "azure"), Tokens(1_000_000, 0)).usd == 2.5


@pytest.mark.parametrize(
    ("name", "base_url"),
    [
        ("openai:gpt-4.1-mini", "https://llm.my-company.example/v1"),
        ("gpt-4.1-mini", "https://llm.my-company.example/v1"),
        ("gpt-4.1-mini", "http://127.0.0.1:8000/v1"),
        ("vllm:gpt-4.1-mini", None),
        ("ollama:llama3.2", None),
        ("litellm:openai/gpt-4.1-mini", None),
        ("demo", None),
    ],
)
def test_another_server_is_not_priced_as_the_service_whose_model_it_names(name: str, base_url: str | None) -> None:
    provider = resolve(name, base_url=base_url)
    assert prices.cost(offer(provider.model, provider.base_url, provider.name), Tokens(1000, 1000)) == NO_COST


@pytest.mark.parametrize(
    ("model", "base_url"),
    [
        ("no-such-model", OPENAI),
        ("ft:gpt-4o-mini:me::1", OPENAI),
        ("text-embedding-3-small", OPENAI),  # has no price for output
        ("gemma-3", "https://generativelanguage.googleapis.com/v1beta"),  # is listed without any price
    ],
)
def test_a_price_that_is_not_known_is_none_and_never_zero(model: str, base_url: str) -> None:
    assert prices.cost(offer(model, base_url), Tokens(1000, 1000)) == NO_COST


def test_cached_tokens_cost_what_the_table_says() -> None:
    usage = genai_prices.Usage(input_tokens=10_000, cache_read_tokens=6_000, output_tokens=100)
    found = prices.cost(offer(), Tokens(10_000, 100, cached=6_000))
    assert found.usd == pytest.approx(of_the_table(usage, "gpt-4.1-mini", OPENAI))
    assert found.usd < prices.cost(offer(), Tokens(10_000, 100)).usd  # type: ignore[operator]


def test_tokens_written_to_a_cache_cost_what_the_table_says() -> None:
    usage = genai_prices.Usage(input_tokens=10_000, cache_write_tokens=6_000, output_tokens=100)
    found = prices.cost(offer("claude-sonnet-4-5", ANTHROPIC), Tokens(10_000, 100, written=6_000))
    assert found.usd == pytest.approx(of_the_table(usage, "claude-sonnet-4-5", ANTHROPIC))
    assert found.usd > prices.cost(offer("claude-sonnet-4-5", ANTHROPIC), Tokens(10_000, 100)).usd  # type: ignore[operator]


def test_reasoning_costs_what_the_table_says() -> None:
    url, model = "https://api.perplexity.ai", "sonar-deep-research"  # reasoning has a price of its own there
    usage = genai_prices.Usage(input_tokens=100, output_tokens=5_000, output_reasoning_tokens=4_000)
    found = prices.cost(offer(model, url), Tokens(100, 5_000, reasoning=4_000))
    assert found.usd == pytest.approx(of_the_table(usage, model, url))
    assert found.usd != prices.cost(offer(model, url), Tokens(100, 5_000)).usd


def test_the_tier_that_was_asked_for_has_its_own_price() -> None:
    flex = prices.cost(offer("gpt-5", tier="flex"), Tokens(1000, 1000)).usd
    assert flex == pytest.approx(prices.cost(offer("gpt-5"), Tokens(1000, 1000)).usd / 2)  # type: ignore[operator]


COUNT = st.integers(0, 2_000_000)


@given(input=COUNT, output=COUNT, cached=COUNT, written=COUNT, reasoning=COUNT)
@settings(max_examples=150, deadline=None)
def test_the_line_through_two_points_is_the_tables_own_calculation(
    input: int, output: int, cached: int, written: int, reasoning: int
) -> None:
    cached = min(cached, input)
    written, reasoning = min(written, input - cached), min(reasoning, output)
    usage = genai_prices.Usage(
        input_tokens=input,
        output_tokens=output,
        cache_read_tokens=cached,
        cache_write_tokens=written,
        output_reasoning_tokens=reasoning,
    )
    found = prices.cost(offer("claude-sonnet-4-5", ANTHROPIC), Tokens(input, output, cached, written, reasoning))
    assert found.usd == pytest.approx(of_the_table(usage, "claude-sonnet-4-5", ANTHROPIC))


def test_parts_that_are_larger_than_the_whole_are_cut_to_it() -> None:
    assert prices.cost(offer(), Tokens(10, 10, cached=99, written=99, reasoning=99)) == prices.cost(
        offer(), Tokens(10, 10, cached=10, reasoning=10)
    )


def test_a_table_that_fails_leaves_the_price_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise AttributeError("a later release")

    monkeypatch.setattr(prices, "table", broken)
    assert prices.cost(offer("a-model-not-asked-before"), Tokens(9, 9)) == NO_COST


# ---- loading it

LAZY = """
import sys, nbstream
nbstream.prices.override("mine", input=1, output=1)
gen = nbstream.generate("Hello", nbstream.providers.Demo(tokens_per_s=0, first_token_s=0), max_tokens=5)
gen.wait(); gen.history
print("genai_prices" in sys.modules)
"""

MISSING = """
import sys
sys.modules["genai_prices"] = None
from nbstream import prices
from nbstream.prices import Offer, Tokens
from datetime import datetime, UTC
offer = Offer("openai", "gpt-4.1-mini", "https://api.openai.com/v1", datetime.now(UTC))
print(prices.wanted(offer.base_url), prices.load(), prices.cost(offer, Tokens(9, 9)).usd)
"""


def said(script: str) -> str:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()


def test_the_table_is_never_loaded_for_a_model_of_this_machine() -> None:
    assert said(LAZY) == "False"


def test_without_genai_prices_a_price_is_not_known() -> None:
    assert said(MISSING) == "False None None"
