"""What a refusal means: the status as a kind of error with advice, and the sentence in its body."""

from __future__ import annotations

import json
import re

from .errors import AuthError, BadRequest, ProviderError, RateLimited, ServerError

SAYING = ("message", "error", "detail", "msg", "code", "type")
"""Where the services put their words, the telling ones first."""


def meaning(status: int) -> tuple[type[ProviderError], str]:
    """The kind of error that a status is, and what to do about it."""
    match status:
        case 401 | 403:
            return AuthError, "Check the key, and that it may use this model."
        case 402:
            return RateLimited, "The account has no credit left: add some at the service, or use another key."
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
    """The sentence in an error body: what its JSON says, else its beginning."""
    try:
        said = message_in(json.loads(body))
    except (ValueError, RecursionError):
        text = re.sub(r"<[^>]*>", " ", body)
        return sentence(" ".join(text.split())[:300])
    return sentence(said or body[:500])


def message_in(error: object) -> str | None:
    """What an error object says, wherever it says that; with OpenRouter's, also what its upstream said."""
    said, raw = error, None
    for _ in range(4):
        if isinstance(said, list) and said:
            said = said[0]
        if not isinstance(said, dict):
            break
        raw = raw or upstream(said.get("metadata"))
        said = next((said[key] for key in SAYING if said.get(key)), None)
    if not isinstance(said, str) or not said.strip():
        return None
    return f"{said.strip()[:200]} ({raw})" if raw else said.strip()[:500]


def upstream(metadata: object) -> str | None:
    """The answer of a router's upstream and its name: "Provider returned error" alone helps nobody."""
    if not isinstance(metadata, dict) or not isinstance(raw := metadata.get("raw"), str):
        return None
    try:
        said = message_in(json.loads(raw))
    except (ValueError, RecursionError):
        said = raw.strip()
    name = metadata.get("provider_name")
    return f"{name if isinstance(name, str) else 'upstream'}: {said[:300]}" if said else None


def sentence(text: str) -> str:
    """The text with a full stop."""
    text = text.strip()
    return text if not text or text[-1] in ".!?" else text + "."
