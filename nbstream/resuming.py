"""Going on from a partial answer: which way a provider takes, what it is then asked, and when that cannot be.

Prefill hands the text over as the beginning of the answer, a raw completion as the end of its prompt; where there is
neither, the model is asked to go on, and what it repeats is taken away (`seam`). Who takes what stands in the table of
services.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from .attempt import Attempt
from .errors import SetupError
from .messages import LONGEST_TEXT
from .providers import AnthropicMessages
from .providers.reading import as_dict
from .providers.services import Prefill
from .seam import Seam
from .surrogates import mended
from .wire import Message, Provider

Way = Prefill | Literal["text"]
"""As `Prefill`; `text` is to ask in a single text, where there are no turns."""

BY: Mapping[Way, str] = {
    "assistant": "prefill",
    "prefix": "prefill",
    "continue_final_message": "prefill",
    "prompt": "raw completion",
    "ask": "asking to go on",
    "text": "asking to go on",
}

QUOTED = 200
"""Characters of the end that a model is reminded of."""

RETRY = "Retry asks again from the start."


def way_of(provider: Provider, options: Mapping[str, object]) -> Way | None:
    """How this provider is handed a partial answer; `None` where nothing can be handed to it."""
    way: Way | None = getattr(provider, "prefill", "ask")
    if isinstance(provider, AnthropicMessages):
        thinks = as_dict(options.get("thinking")).get("type") not in (None, "disabled")
        way = "ask" if thinks else way  # it refuses both together
    if getattr(provider, "one_text", False) and not options.get("raw"):
        return "text"
    return way


def refusal(attempt: Attempt, text: str | None, way: Way | None) -> str | None:
    """Why an attempt cannot be resumed, from its own text or from another; `None` if it can."""
    if way is None:
        return "A recording cannot go on: it answers every request with the same. Retry plays it again."
    if attempt.tools:
        return f"The model was calling a tool, and half a call cannot be gone on from. {RETRY}"
    if text is not None and text != attempt.text:
        return None if text.strip() else f"There is no text to go on from. {RETRY}"
    if not attempt.text.strip():
        if attempt.reasoning:
            return f"There is only reasoning yet, which no service goes on from. {RETRY}"
        return f"Nothing has been received that could be gone on from. {RETRY}"
    if attempt.ended_by == "model" and attempt.finish_reason not in ("length", "other"):
        return "The model ended this answer itself. Edit the text first, and go on from what is left; or retry."
    return None


def kept_of(attempt: Attempt, text: object, provider: Provider, options: Mapping[str, object]) -> str:
    """The text to go on from, as this provider takes it. Raises `SetupError`, and nothing was sent."""
    if text is not None and not isinstance(text, str):
        raise SetupError(f"resume takes the text to go on from, or nothing; not {type(text).__name__}.")
    way = way_of(provider, options)
    if why := refusal(attempt, text, way):
        raise SetupError(why)
    if len(text or "") > LONGEST_TEXT:
        raise SetupError(f"The text to go on from has more than {LONGEST_TEXT:,} characters, which no model reads.")
    if way == "prompt" and options.get("echo"):
        raise SetupError("With echo=True the text begins with the prompt. Retry with echo=None, and resume that.")
    return trimmed(attempt.text if text is None else text, provider, way)


def trimmed(text: str, provider: Provider, way: Way | None) -> str:
    """The text without half a character at its end; Anthropic refuses blanks there too."""
    whole = text[:-1] if "\ud800" <= text[-1:] <= "\udbff" else text
    whole = mended(whole).rstrip("\u200d")
    return whole.rstrip() if isinstance(provider, AnthropicMessages) and way == "assistant" else whole


def continued(messages: Sequence[Message], kept: str, way: Way | None) -> tuple[Message, ...]:
    """What is asked instead of `messages`, so that the model goes on from `kept`."""
    if way in ("prompt", "text"):
        *before, last = messages
        prompt = last["content"]
        if not isinstance(prompt, str):  # the provider refuses it in its own words
            return tuple(messages)
        asked = prompt + kept if way == "prompt" else f"{prompt}\n\nYour answer so far:\n\n{kept}\n\n{go_on(kept)}"
        return (*before, {**last, "content": asked})
    answer = answered(messages, kept)
    if way == "prefix":
        return (*answer[:-1], {**answer[-1], "prefix": True})  # type: ignore[typeddict-unknown-key]  # their own
    return (*answer, {"role": "user", "content": go_on(kept)}) if way == "ask" else answer


def answered(messages: Sequence[Message], kept: str) -> tuple[Message, ...]:
    """The conversation with `kept` as what the assistant said last: two such messages in a row would be refused."""
    last = messages[-1]
    if last["role"] != "assistant":
        return (*messages, {"role": "assistant", "content": kept})
    content = last["content"] or ""
    part: dict[str, object] = {"type": "text", "text": kept}
    both = content + kept if isinstance(content, str) else [*content, part]
    return (*messages[:-1], {**last, "content": both})


def go_on(kept: str) -> str:
    """The request to a model that is not given the beginning of its answer, but told of it."""
    return (
        "Your answer broke off. Go on exactly where it ended, from the very next character, with a blank or a line "
        "break first if one is due. Do not repeat any of it and say nothing about going on. "
        f"It ended with:\n\n{kept[-QUOTED:]}"
    )


def added(provider: Provider, way: Way | None) -> dict[str, Any]:
    """The options that go with a way."""
    if way != "continue_final_message":
        return {}
    # vLLM begins a new turn unless told not to, and refuses both; SGLang knows the one alone
    more = {} if provider.name == "sglang" else {"add_generation_prompt": False}
    return {"continue_final_message": True} | more


def seam_for(kept: str, way: Way | None) -> Seam | None:
    """What takes repetitions away: none may come where the answer itself is gone on with, and true ones must stay."""
    if way in ("ask", "text"):
        return Seam(kept)
    return Seam(kept, whole=True) if way == "prefix" else None  # Mistral may answer with its prefix


def note(attempt: Attempt, way: Way | None) -> str:
    """How an attempt would be gone on from, and what that costs again, for the button that does it."""
    how = f"Go on from this text by {BY[way]}" if way else ""
    prompt, received = attempt.input.tokens, attempt.received.tokens
    if not prompt or received is None:
        return how
    tokens = prompt + max(0, received - (attempt.received_reasoning.tokens or 0))
    usd = attempt.priced(0).usd
    price = "" if usd is None else f", about ${Decimal(f'{usd * tokens / prompt:.2g}'):f}"
    return f"{how}; costs about {tokens:,} prompt tokens again{price}"
