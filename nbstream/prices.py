"""Tokens to US dollars, or not known: the user's own prices first, then the table of genai-prices.

    nbstream.prices.override("ollama:llama3.2", input=0, output=0)       # US dollars for a million tokens
    nbstream.prices.override("gpt-4.1-mini", input=0.4, output=1.6, cached=0.1)
    nbstream.prices.clear("gpt-4.1-mini")                                # back to the table; without a name, all

genai-prices is optional (`pip install "nbstream[prices]"`). Its table ships inside of it: nothing is fetched.
A price that is not known is no price, never zero.
"""

from __future__ import annotations

import importlib.util
import logging
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from .errors import SetupError

__all__ = ["clear", "override"]

CostSource = Literal["provider", "price table", "override"]
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars and whose word that is; `None` is not known, never zero. `exact`: the server counted all of it."""

    usd: float | None = None
    source: CostSource | None = None
    exact: bool = False


NO_COST = Cost()


@dataclass(frozen=True, slots=True)
class Offer:
    """Whose price is asked for: a model of a provider at an address, since when prices change, and the tier."""

    provider: str
    model: str
    base_url: str
    at: datetime
    tier: str = ""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What is paid for. Cached and written ones are parts of the input, reasoning is part of the output."""

    input: int
    output: int
    cached: int = 0
    written: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class Price:
    """A user's own price, in US dollars for a million tokens."""

    input: float
    output: float
    cached: float

    def usd(self, tokens: Tokens) -> float:
        """What these tokens cost."""
        fresh = (tokens.input - tokens.cached) * self.input + tokens.cached * self.cached
        return (fresh + tokens.output * self.output) / MILLION


own: Mapping[str, Price] = {}  # replaced as a whole: other threads read it


def override(model: str, *, input: float, output: float, cached: float | None = None) -> None:
    """Set your own price of a model, in US dollars for a million tokens; 0 is a price too, for a model of your own.

    Args:
        model: `"provider:model"`, such as `"openai:gpt-4.1-mini"`, or the model's own name for any provider.
        input: For the tokens of the prompt.
        output: For generated tokens, reasoning included.
        cached: For tokens of the prompt that the service read from its cache; as `input` unless given.

    Holds for this process, before the price table and after what a provider itself says an attempt cost; attempts
    that were made before get it too. Raises `SetupError`.
    """
    global own
    if not isinstance(model, str) or not model.strip():
        raise SetupError(f"The model must be named, such as 'openai:gpt-4.1-mini', not {model!r}.")
    for name, price in (("input", input), ("output", output), ("cached", cached)):
        known = price is not None or name == "cached"
        if not known or isinstance(price, bool) or not isinstance(price, int | float | None) or not sound(price):
            raise SetupError(
                f"{name} is a price in US dollars for a million tokens, a number of 0 or more; not {price!r}."
            )
    own = {**own, model.strip(): Price(float(input), float(output), float(input if cached is None else cached))}


def sound(price: float | None) -> bool:
    """Whether a number can be a price."""
    return price is None or (math.isfinite(price) and price >= 0)


def clear(model: str | None = None) -> None:
    """Take your own price of a model away, or without a name all of them. Raises `SetupError`."""
    global own
    if model is not None and model not in own:
        raise SetupError(f"There is no own price of {model!r}. There is one of: {', '.join(own) or 'no model'}.")
    own = {} if model is None else {name: price for name, price in own.items() if name != model}


def cost(offer: Offer, tokens: Tokens) -> Cost:
    """What these tokens cost by the best price that is known; never loads anything, so a stream may ask."""
    tokens = Tokens(
        tokens.input,
        tokens.output,
        min(tokens.cached, tokens.input),
        min(tokens.written, max(0, tokens.input - tokens.cached)),
        min(tokens.reasoning, tokens.output),
    )
    mine = own.get(f"{offer.provider}:{offer.model}") or own.get(offer.model)
    if mine is not None:
        return Cost(mine.usd(tokens), "override")
    if table is None or (line := line_of(offer, tokens.input, tokens.cached, tokens.written, tokens.reasoning)) is None:
        return NO_COST
    start, slope = line
    return Cost(start + slope * (tokens.output - tokens.reasoning), "price table")


# ---- genai-prices

log = logging.getLogger("nbstream")
lock = threading.Lock()
table: Callable[..., Any] | None = None
"""`genai_prices.calc_price`, once it is loaded."""


def wanted(base_url: str) -> bool:
    """Whether loading the table may tell a price for this address. One of this machine or a plain one has none."""
    return table is None and base_url.startswith("https://") and importlib.util.find_spec("genai_prices") is not None


def load() -> None:
    """Load the table, if it is installed.

    Takes some 0.3 s, and other threads wait for parts of that: only call it while nothing streams.
    """
    global table
    with lock:
        if table is None:
            try:
                from genai_prices import calc_price
            except Exception:
                log.exception("genai-prices cannot be loaded")
            else:
                table = calc_price


@lru_cache(maxsize=1024)
def line_of(offer: Offer, input: int, cached: int, written: int, reasoning: int) -> tuple[float, float] | None:
    """Dollars for all but the plain output, and for each token of that.

    The table's own calculation takes 90 µs, too much for each batch of deltas. The output is a straight line in it:
    steps hang on the input alone.
    """
    start = calculated(offer, input, reasoning, cached, written, reasoning)
    end = calculated(offer, input, reasoning + MILLION, cached, written, reasoning)
    return None if start is None or end is None else (start, (end - start) / MILLION)


def calculated(offer: Offer, input: int, output: int, cached: int, written: int, reasoning: int) -> float | None:
    """What the table says, or `None`. The address decides whose price it is: a proxy may ask what it likes."""
    from genai_prices import Usage

    assert table is not None
    usage = Usage(
        input_tokens=input,
        cache_read_tokens=cached,
        cache_write_tokens=written,
        output_tokens=output,
        output_reasoning_tokens=reasoning,
    )
    try:
        found = table(
            usage,
            offer.model.removeprefix("models/"),
            provider_api_url=offer.base_url,
            genai_request_timestamp=offer.at,
            price_context={"service_tier": offer.tier} if offer.tier else None,
        )
        # the table lists models without a price as well, and would say 0
        if found.model_price.input_mtok is None or found.model_price.output_mtok is None:
            return None
        return float(found.total_price)
    except LookupError:
        return None
    except Exception:  # a table of a later shape must not end a stream that is paid for
        log.exception("genai-prices cannot tell the price of %s", offer.model)
        return None
