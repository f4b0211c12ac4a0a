"""generate: checks what it is given, then starts a generation and returns it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from . import guards as guards_home
from .guards.base import guard_list
from .plan import make_plan
from .retrying import Changes, rules_of
from .widget import Generation
from .wire import Provider

Guard = Any
"""An object whose `arm()` gives a check for one attempt, or such a check itself."""


def generate(
    prompt: str | Sequence[dict[str, Any]],
    model: str | Provider | None = None,
    *,
    system: str | None = None,
    guards: Sequence[Guard] | Guard | None = (),
    retries: int = 0,
    changes: Changes = None,
    budget: Any = None,
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
        guards: Rules that may end an attempt, such as `nbstream.guards.MaxTokens(500)`: an object whose `arm()` gives
            a function `check(attempt, now) -> reason or None`, or such a function. They come after those of
            `nbstream.guards.default`, which `None` leaves out.
        retries: How often to try again by itself after a guard has ended an attempt (0 to 20): each try is an attempt
            of its own. A person's Stop ends that, and so does any other end.
        changes: What is different in a try: a dict of options, or a function of the attempt that was ended which gives
            one (`{}` is the same again, `None` no further try). As `Generation.retry` takes them. Without it, after
            a `Repetition` a low temperature is raised, or a frequency penalty where the provider has one; a `seed` is
            raised by one.
        budget: `MaxCost(...)`, `MaxTokens(...)` (generated tokens) or a list of them, over all attempts of this
            generation, those that a person starts included: the live one is stopped there and no further one starts.
        base_url: Any OpenAI-compatible server, with or without `/v1`.
        api_key: The key; else the service's environment variable, such as `OPENAI_API_KEY`.
        options: What the provider takes (`temperature`, `max_tokens`, `stop`, `seed`, ...), `extra_body={...}` for what
            only this server knows, and `timeout`, the longest silence in seconds (600; `None` for no limit).

    Raises:
        SetupError: Something is wrong with the call; nothing was sent.
    """
    plan = make_plan(prompt, model, system=system, base_url=base_url, api_key=api_key, options=options)
    everywhere = [] if guards is None else guard_list(guards_home.default, "nbstream.guards.default")
    rules = rules_of([*everywhere, *guard_list(() if guards is None else guards)], retries, changes, budget)
    if plan.provider.name == "demo":
        from .demo import server as server  # here, for the same reason as in `log_writer.log_writer`
    hint = None
    if model is None and not os.environ.get("NBSTREAM_MODEL") and plan.provider.name == "demo":
        hint = "embedded model, no key needed"
    return Generation(plan, hint, rules)
