"""Reading what servers send, which may have any shape: values of the expected kind, errors, and why an answer ended."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from ..events import FinishReason
from ..refusals import message_in

FINISH: dict[str, FinishReason] = {
    **dict.fromkeys(
        ("stop", "end_turn", "stop_sequence", "eos", "eos_token", "word", "pause_turn", "completed"), "stop"
    ),
    **dict.fromkeys(
        ("length", "max_tokens", "max_output_tokens", "limit", "model_length", "model_context_window_exceeded"),
        "length",
    ),
    **dict.fromkeys(("tool_calls", "tool_use", "function_call"), "tool_calls"),
    **dict.fromkeys(
        ("content_filter", "refusal", "safety", "recitation", "blocklist", "prohibited_content"), "content_filter"
    ),
    **dict.fromkeys(("spii", "image_safety", "image_prohibited_content", "image_recitation"), "content_filter"),
}
"""The providers' words, in lower case, and ours; any other is `other`."""

LARGEST = 10**12
"""Tokens. A larger number is no count, and would not fit the log."""

FINAL = re.compile(
    r"invalid|authentication|permission|not_found|notfound|billing|insufficient_quota|too_large|exceed_context"
    r"|context_length|badrequest|unauthorized|forbidden|content_filter|failed_precondition",
    re.IGNORECASE,
)
"""Kinds of error that come again with the same request."""

RETRYABLE_4XX = (408, 409, 425, 429)

# A server that does not escape its message still begins and ends the object properly.
UNESCAPED = re.compile(
    r'^\s*\{.{0,200}?"(?:error|message|detail)"\s*:\s*"(.*?)(?:"\s*(?:,\s*"[^"]{1,40}"\s*:.*)?\}\s*)?$', re.DOTALL
)


def finish(raw: str) -> FinishReason:
    """Our word for a provider's."""
    return FINISH.get(raw.lower(), "other")


def as_dict(value: object) -> dict[str, Any]:
    """A mapping as a dict, to be read and not changed; anything else is an empty one."""
    if isinstance(value, dict):  # nearly always, and a copy would be made several times for each chunk
        return value
    return dict(value) if isinstance(value, Mapping) else {}


def dicts_in(value: object) -> list[dict[str, Any]]:
    """The objects of a list; nothing, for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text_in(value: object) -> str:
    """A piece of text, or none."""
    return value if isinstance(value, str) else ""


def arguments_in(value: object) -> str:
    """A tool's arguments as JSON text; some servers send the object itself."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def whole_number(value: object) -> int | None:
    """A count, if it is one."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST else None


def total(*values: object) -> int | None:
    """The sum of the counts that are told; `None` where none is."""
    known = [number for value in values if (number := whole_number(value)) is not None]
    return sum(known) if known else None


def dollars(value: object) -> float | None:
    """An amount of money, if it is one."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LARGEST:
        return None
    return float(value) if math.isfinite(value) else None


def charged(usage: Mapping[str, Any]) -> float | None:
    """What OpenRouter says an answer cost. With the customer's own key upstream, the upstream's bill comes on top.

    https://openrouter.ai/docs/use-cases/usage-accounting
    """
    fee = dollars(usage.get("cost", usage.get("total_cost")))
    if fee is None or not usage.get("is_byok"):
        return fee
    details = as_dict(usage.get("cost_details"))
    upstream = dollars(details.get("upstream_inference_cost", usage.get("upstream_inference_cost")))
    return None if upstream is None else fee + upstream


def error_in(data: Mapping[str, Any]) -> object:
    """The error that an object in mid-stream carries, in any of the shapes seen, or something false."""
    if error := data.get("error"):
        return error
    if data.get("object") == "error" or data.get("type") == "error":
        return data
    return None if "choices" in data else data.get("detail")


def sentence_of(error: object) -> str:
    """The sentence for an error object: what it says, wherever it says that."""
    return f"The server reported an error: {message_in(error) or shown(error)[:500]}"


def shown(value: object) -> str:
    """A value as JSON, or as nearly as it goes."""
    try:
        return json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return type(value).__name__


def may_pass(error: object) -> bool:
    """Whether trying again may help: yes, unless the error blames the request, the key or the account."""
    inner = as_dict(error)
    if isinstance(inner.get("error"), dict):
        inner = inner["error"]
    for key in ("type", "code", "status", "error_type"):
        value = inner.get(key)
        if isinstance(value, str) and FINAL.search(value):
            return False
        if isinstance(value, int) and 400 <= value < 500 and value not in RETRYABLE_4XX:
            return False
    return True


def unescaped(data: str) -> str | None:
    """The message in an error object that is no JSON because its text was not escaped."""
    match = UNESCAPED.match(data[:2000])
    return match[1] if match else None


def broken(data: str) -> str:
    """The sentence for a record that makes no sense."""
    return (
        f"The server sent something that is no {'JSON' if data else 'event'}: {data[:120]!r}. "
        "What came before it is kept; retry, or check that base_url is a model server's."
    )
