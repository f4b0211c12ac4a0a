"""Whether to send a request again before its first byte was shown, and how long to wait: decisions, no waiting.

As the SDKs of OpenAI and Anthropic do it (`_should_retry`, `_calculate_retry_timeout`): two retries; the server's own
word comes first, then 408, 409, 429 and 5xx; 0.5 s, doubled each time up to 8 s, less up to a quarter of it by chance.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from .errors import ProviderError

RETRIES = 2
FIRST_S = 0.5
LONGEST_S = 8.0
ASKING = re.compile(
    r"stream_options|include_usage|continuous_usage_stats|timings_per_token|(unknown|unrecogni[sz]ed|unexpected|extra"
    r"|unsupported|not supported|additional|invalid)\W+(\w+\W+){0,3}?(field|param|argument|input|key|propert|option)"
    r"|extra_forbidden|not permitted",
    re.IGNORECASE,
)
PATIENCE_S = 120.0
"""A server that asks for a longer wait is not waited for: the error says so instead."""


def wait_before(error: ProviderError, tries: int) -> float | None:
    """Seconds to wait before the request is sent again, after it failed `tries` times; `None`: do not."""
    if not error.retryable or tries > RETRIES:
        return None
    if error.retry_after_s is not None:
        return error.retry_after_s if error.retry_after_s <= PATIENCE_S else None
    return float(min(FIRST_S * 2 ** (tries - 1), LONGEST_S)) * (1 - random.random() / 4)


def refuses_asking(error: ProviderError) -> bool:
    """Whether a server may have refused the request for the fields that ask for token counts.

    Servers that take no field they do not know answer 400 or 422, and mostly name it.
    """
    return error.status in (400, 422) and bool(ASKING.search(str(error)))


def should_retry(status: int, headers: Mapping[str, str]) -> bool:
    """What the server says of itself, else what its status means."""
    word = headers.get("x-should-retry", "").lower()
    if word in ("true", "false"):
        return word == "true"
    return status in (408, 409, 429) or status >= 500


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that the server asks to wait: `retry-after-ms`, or `retry-after` in seconds or as an HTTP date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        return seconds if 0 < seconds < float("inf") else None
    try:
        date = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    seconds = (date - (now or datetime.now(UTC))).total_seconds()
    return seconds if seconds > 0 else None
