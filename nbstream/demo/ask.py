"""Reads the body of a completion request and refuses what this server cannot do, with a clear sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .refusals import Refused
from .vocabulary import encoding

MODEL = "demo"
CONTEXT = 8192
ROLES = ("system", "developer", "user", "assistant", "tool")
LONGEST_TOKEN = 64  # bytes; no token of the vocabulary is longer


@dataclass(frozen=True, slots=True)
class Ask:
    """One completion to make. `prefix` is the part of the answer that exists already; rates are per second."""

    prompt: str
    prefix: str
    prompt_tokens: int
    max_tokens: int
    temperature: float
    top_p: float
    frequency_penalty: float
    seed: int | None
    stop: tuple[str, ...]
    stream: bool
    include_usage: bool
    continuous_usage: bool
    tokens_per_s: float
    first_token_s: float


def read_chat(body: object) -> Ask:
    """The completion that the body of `POST /v1/chat/completions` asks for."""
    fields = object_of(body, "The body")
    messages = fields.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Refused("`messages` must be a list with at least one message.", param="messages")
    read = [message_of(message, number) for number, message in enumerate(messages)]
    count = 3 + sum(3 + count_tokens(role) + count_tokens(content) for role, content in read)
    prefix = read[-1][1] if read[-1][0] == "assistant" else ""
    prompt = "\n".join(content for _, content in (read[:-1] if prefix else read))
    return ask_of(fields, prompt, prefix, count)


def read_legacy(body: object) -> Ask:
    """The completion that the body of `POST /v1/completions` asks for: it goes on from the prompt."""
    fields = object_of(body, "The body")
    prompt = fields.get("prompt")
    if isinstance(prompt, list) and len(prompt) == 1:
        prompt = prompt[0]
    if not isinstance(prompt, str):
        raise Refused("`prompt` must be one string.", param="prompt")
    return ask_of(fields, prompt, prompt, count_tokens(prompt))


def count_tokens(text: str) -> int:
    """Tokens of a text. A text that cannot fit the context is refused before it is encoded."""
    if len(text) > CONTEXT * LONGEST_TOKEN:
        raise too_long(f"more than {CONTEXT}")
    return len(encoding().encode_ordinary(text))


def ask_of(fields: Mapping[str, Any], prompt: str, prefix: str, prompt_tokens: int) -> Ask:
    """What both routes have in common. Raises `Refused`."""
    if fields.get("model") != MODEL:
        raise Refused(
            f"The model {fields.get('model')!r} does not exist here; the only one is {MODEL!r}.",
            param="model",
            code="model_not_found",
        )
    if fields.get("n") not in (None, 1):
        raise Refused("`n` must be 1: this server makes one answer per request.", param="n")
    if prompt_tokens >= CONTEXT:
        raise too_long(str(prompt_tokens))
    room = CONTEXT - prompt_tokens
    limit = whole_of(fields, "max_completion_tokens", whole_of(fields, "max_tokens", None, 1), 1)
    if limit is not None and limit > room:
        raise too_long(f"{prompt_tokens} in the prompt and {limit} in the answer")
    options = object_of(fields.get("stream_options") or {}, "`stream_options`")
    pace = object_of(fields.get("nbstream") or {}, "`nbstream`")
    return Ask(
        prompt,
        prefix,
        prompt_tokens,
        max_tokens=room if limit is None else limit,
        temperature=number_of(fields, "temperature", 0.8, 0, 2),
        top_p=number_of(fields, "top_p", 1.0, 0, 1),
        frequency_penalty=number_of(fields, "frequency_penalty", 0.0, -2, 2),
        seed=whole_of(fields, "seed", None, None),
        stop=stop_of(fields.get("stop")),
        stream=flag_of(fields, "stream"),
        include_usage=flag_of(options, "include_usage"),
        continuous_usage=flag_of(options, "continuous_usage_stats"),
        tokens_per_s=number_of(pace, "tokens_per_s", 40.0, 0, 100_000),
        first_token_s=number_of(pace, "first_token_s", 0.3, 0, 600),
    )


def too_long(count: str) -> Refused:
    """The refusal of a prompt that has no room."""
    return Refused(
        f"This model's maximum context length is {CONTEXT} tokens, but the request has {count}.",
        param="messages",
        code="context_length_exceeded",
    )


def object_of(value: object, name: str) -> Mapping[str, Any]:
    """A JSON object. Raises `Refused`."""
    if not isinstance(value, dict):
        raise Refused(f"{name} must be a JSON object.")
    return value


def message_of(message: object, number: int) -> tuple[str, str]:
    """Role and text of one message. Raises `Refused`."""
    param = f"messages[{number}]"
    fields = object_of(message, f"`{param}`")
    role, content = fields.get("role"), fields.get("content")
    if role not in ROLES:
        raise Refused(f"`{param}.role` must be one of {', '.join(ROLES)}.", param=f"{param}.role")
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
        if len(texts) == len(content) and all(isinstance(text, str) for text in texts):
            content = "".join(str(text) for text in texts)
    if not isinstance(content, str):
        raise Refused(f"`{param}.content` must be text: a string, or a list of text parts.", param=f"{param}.content")
    return role, content


def flag_of(fields: Mapping[str, Any], name: str) -> bool:
    """A field that is true or false; false where it is missing. Raises `Refused`."""
    value = fields.get(name)
    if value is not None and not isinstance(value, bool):
        raise Refused(f"`{name}` must be true or false.", param=name)
    return bool(value)


def whole_of(fields: Mapping[str, Any], name: str, default: int | None, least: int | None) -> int | None:
    """A field that is a whole number. Raises `Refused`."""
    value = fields.get(name)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or (least is not None and value < least):
        raise Refused(f"`{name}` must be a whole number{'' if least is None else f', {least} or more'}.", param=name)
    return value


def number_of(fields: Mapping[str, Any], name: str, default: float, least: float, most: float) -> float:
    """A field that is a number within bounds. Raises `Refused`."""
    value = fields.get(name)
    if value is None:
        return default
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Refused(f"`{name}` must be a number.", param=name)
    if not least <= value <= most:
        raise Refused(f"`{name}` must be between {least:g} and {most:g}.", param=name)
    return float(value)


def stop_of(value: object) -> tuple[str, ...]:
    """The texts that end an answer. Raises `Refused`."""
    if value is None:
        return ()
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) and text for text in texts):
        raise Refused("`stop` must be a string or a list of strings, none of them empty.", param="stop")
    return tuple(texts)
