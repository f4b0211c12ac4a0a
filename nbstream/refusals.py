"""What a refusal means: the status as a kind of error with advice, and the sentence in its body."""

from __future__ import annotations

import json
import re

from .errors import AuthError, BadRequest, ProviderError, RateLimited, ServerError


def meaning(status: int) -> tuple[type[ProviderError], str]:
    """The kind of error that a status is, and what to do about it."""
    match status:
        case 401 | 403:
            return AuthError, "Check the key, and that it may use this model."
        case 402:
            return RateLimited, "The account has no credit left."
        case 404:
            return BadRequest, "Check the model's name and base_url."
        case 407:
            return AuthError, "The proxy wants a name and a password: HTTP_PROXY=http://user:password@host:port."
        case 408 | 409 | 425:
            return ServerError, "Try again."
        case 429:
            return RateLimited, "Wait a little, then retry, or look at the account's limits."
        case _ if status >= 500:
            return ServerError, "The server failed; retry in a moment."
    return BadRequest, "Change the request and retry."


def said_by(body: str) -> str:
    """The sentence in an error body: `error` (an object or text), `message` or `detail`, else its beginning."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        text = re.sub(r"<[^>]*>", " ", body)
        return sentence(" ".join(text.split())[:300])
    if isinstance(data, list) and data:
        data = data[0]
    for _ in range(3):
        if not isinstance(data, dict):
            break
        data = next((data[key] for key in ("error", "message", "detail") if data.get(key)), None)
    return sentence(data if isinstance(data, str) else body[:500])


def sentence(text: str) -> str:
    """The text with a full stop."""
    text = text.strip()
    return text if not text or text[-1] in ".!?" else text + "."
