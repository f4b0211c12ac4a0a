"""Prompts: text or a list of messages, checked before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from .errors import BadPrompt
from .wire import Message

ROLES = ("system", "developer", "user", "assistant", "tool", "function")


def messages_of(prompt: object, system: object = None) -> tuple[Message, ...]:
    """The messages of a prompt, with the system text first. Raises `BadPrompt`, saying which message and why."""
    if system is not None and not isinstance(system, str):
        raise BadPrompt(f"system must be text, not {type(system).__name__}.")
    before: tuple[Message, ...] = ({"role": "system", "content": system},) if system else ()
    if isinstance(prompt, str):
        if not prompt.strip():
            raise BadPrompt("The prompt is empty. Give it some text.")
        return sendable((*before, {"role": "user", "content": prompt}))
    if not isinstance(prompt, Sequence) or isinstance(prompt, bytes | bytearray):
        raise BadPrompt(
            "The prompt must be text, or a list of messages like {'role': 'user', 'content': '...'}; "
            f"this is {type(prompt).__name__}."
        )
    if not prompt:
        raise BadPrompt("The list of messages is empty. Give it at least one: {'role': 'user', 'content': '...'}.")
    return sendable((*before, *(message_of(message, place) for place, message in enumerate(prompt))))


def sendable(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The messages, if they can be sent as JSON in UTF-8. Raises `BadPrompt`."""
    try:
        json.dumps(messages, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BadPrompt(
            "The prompt holds half a character (a lone surrogate), which cannot be sent. "
            "Clean it with text.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')."
        ) from None
    except (TypeError, ValueError, RecursionError) as error:
        raise BadPrompt(f"Prompts are sent as JSON, and this one cannot be: {error}.") from None
    return messages


def message_of(message: object, place: int) -> Message:
    """One message, checked."""
    if not isinstance(message, Mapping):
        raise BadPrompt(f"Message {place} must be a dict with role and content, not {type(message).__name__}.")
    role, content = message.get("role"), message.get("content")
    if role not in ROLES:
        raise BadPrompt(f"Message {place} has the role {role!r}; it must be one of {', '.join(ROLES)}.")
    if not isinstance(content, str | list) and not (content is None and message.get("tool_calls")):
        raise BadPrompt(f"The content of message {place} must be text, or a list of parts, not {content!r}.")
    return dict(message)  # type: ignore[return-value]  # other keys (name, tool_calls) are the provider's
