"""generate: checks what it is given, then starts a generation and returns it."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Sequence
from typing import Any

from .errors import SetupError
from .guards.base import Check
from .plan import make_plan
from .widget import Generation
from .wire import Provider

Guard = Any
"""An object whose `arm()` gives a check for one attempt, or such a check itself."""


def generate(
    prompt: str | Sequence[dict[str, Any]],
    model: str | Provider | None = None,
    *,
    system: str | None = None,
    guards: Sequence[Guard] = (),
    base_url: str | None = None,
    api_key: str | None = None,
    **options: Any,
) -> Generation:
    """Start a completion and return its widget at once; the cell never blocks.

    Args:
        prompt: Text, or a list of `{"role", "content"}` messages.
        model: `"provider:model"`, such as `"openai:gpt-4.1-mini"` or `"ollama:llama3.2"`; the model's own name with
            `base_url`; a provider object; or nothing, which means `NBSTREAM_MODEL` and without that the embedded model.
        system: Instructions that go before the prompt.
        guards: Rules that may end an attempt: a function `check(attempt, now) -> reason or None`, or an object whose
            `arm()` gives one.
        base_url: Any OpenAI-compatible server, with or without `/v1`.
        api_key: The key; else the service's environment variable, such as `OPENAI_API_KEY`.
        options: What the provider takes (`temperature`, `max_tokens`, `stop`, `seed`, ...), `extra_body={...}` for what
            only this server knows, and `timeout`, the longest silence in seconds (600; `None` for no limit).

    Raises:
        SetupError: Something is wrong with the call; nothing was sent.
    """
    plan = make_plan(prompt, model, system=system, base_url=base_url, api_key=api_key, options=options)
    armed = list(guards) if isinstance(guards, list | tuple) else [guards]
    for guard in armed:
        if not callable(getattr(guard, "arm", guard)) or inspect.isclass(guard):
            raise SetupError(f"A guard is a function of (attempt, now), or an object with arm(); not {guard!r}.")
    hint = None
    if model is None and not os.environ.get("NBSTREAM_MODEL") and plan.provider.name == "demo":
        hint = "embedded, needs no key; set NBSTREAM_MODEL or give model= for another"
    return Generation(plan, hint, lambda: [arm(guard) for guard in armed])


def arm(guard: Guard) -> Check:
    """A fresh check for one attempt: what state it needs lives in it, so a retry starts clean."""
    check: Callable[..., str | None] = guard.arm() if hasattr(guard, "arm") else guard
    return check
