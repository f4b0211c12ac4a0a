"""Turning messages into what the wire formats want: system text apart, parts of content, calls of tools."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..errors import BadPrompt
from ..wire import Message

SYSTEM = ("system", "developer")
Place = int
"""The number of a message in the list that the user gave, for the error that names it."""


def system_of(messages: Sequence[Message]) -> str:
    """All system text, for a format that has one place for it."""
    return "\n\n".join(filter(None, (text_of(m, place) for place, m in enumerate(messages) if m["role"] in SYSTEM)))


def turns(messages: Sequence[Message]) -> list[tuple[Place, Mapping[str, Any]]]:
    """The messages that are no system text, numbered. Raises `BadPrompt` where there are none."""
    found: list[tuple[Place, Mapping[str, Any]]] = [
        (place, message) for place, message in enumerate(messages) if message["role"] not in SYSTEM
    ]
    if not found:
        raise BadPrompt("The prompt has system text alone. Add a message with the role 'user'.")
    return found


def parts_of(message: Mapping[str, Any], place: Place) -> list[Mapping[str, Any]]:
    """The content as a list of parts, text being `{"type": "text", "text": ...}`. Raises `BadPrompt`."""
    content = message.get("content")
    if content is None:
        return []
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    parts = [{"type": "text", "text": part} if isinstance(part, str) else part for part in content]
    for part in parts:
        if not isinstance(part, Mapping):
            raise BadPrompt(f"A part of message {place} must be text or a dict, not {type(part).__name__}.")
        if part.get("type") == "text" and not isinstance(part.get("text"), str):
            raise BadPrompt(f"A text part of message {place} has no text: {{'type': 'text', 'text': '...'}} is one.")
    return parts


def text_of(message: Mapping[str, Any], place: Place) -> str:
    """The content of a message that can hold text alone. Raises `BadPrompt`."""
    return "".join(convert(message, place, lambda part: None))


def convert(
    message: Mapping[str, Any], place: Place, other: Callable[[Mapping[str, Any]], Any | None], text: str = ""
) -> Iterator[Any]:
    """The parts of a message: text as it is, or under the key `text`, the rest by `other`, which may decline.

    Raises `BadPrompt` for what `other` cannot take, naming the message.
    """
    for part in parts_of(message, place):
        is_text = part.get("type") == "text"
        # A text part with more in it, such as `cache_control`, may be the format's own.
        converted = None if is_text and len(part) == 2 else other(part)
        if converted is None and is_text:
            converted = {text: part["text"]} if text else part["text"]
        if converted is None:
            kind = part.get("type") or ", ".join(map(str, part))
            raise BadPrompt(f"Message {place} has a part of the type {kind!r}, which this provider does not take.")
        yield converted


def image_of(part: Mapping[str, Any]) -> str | None:
    """The address in an OpenAI image part."""
    if part.get("type") != "image_url":
        return None
    image = part.get("image_url")
    url = image.get("url") if isinstance(image, Mapping) else image
    return url if isinstance(url, str) else None


def data_of(url: str) -> tuple[str, str] | None:
    """Media type and base64 data of a `data:` address."""
    match = re.fullmatch(r"data:([\w./+-]+);base64,(.*)", url, re.DOTALL)
    return (match[1], match[2]) if match else None


def calls_of(message: Mapping[str, Any], place: Place) -> list[tuple[str, str, Any]]:
    """Id, name and arguments (as JSON would have them) of an assistant's calls of tools. Raises `BadPrompt`."""
    found = []
    for call in message.get("tool_calls") or ():
        function = call.get("function") if isinstance(call, Mapping) else None
        if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
            raise BadPrompt(f"A tool call in message {place} has no function with a name.")
        arguments = function.get("arguments") or "{}"
        try:
            arguments = json.loads(arguments) if isinstance(arguments, str) else arguments
        except ValueError:
            raise BadPrompt(f"The arguments of a tool call in message {place} are no JSON.") from None
        found.append((str(call.get("id") or ""), function["name"], arguments))
    return found


def callee(messages: Sequence[Message], message: Mapping[str, Any], place: Place) -> str:
    """The name of the tool whose result a message is. Raises `BadPrompt`."""
    if isinstance(name := message.get("name"), str) and name:
        return name
    for at, other in enumerate(messages):
        for id, name, _ in calls_of(other, at):
            if id == message.get("tool_call_id"):
                return name
    raise BadPrompt(f"Message {place} is the result of a tool call that no message before it makes.")


def prompt_of(messages: Sequence[Message], *, system: bool = False) -> str:
    """The text of a prompt that has no roles; `system` text is let pass where it has a place of its own."""
    contents = [m["content"] for m in messages if not (system and m["role"] in SYSTEM)]
    if len(contents) != 1 or not isinstance(contents[0], str):
        without = "messages" if system else "system text or messages"
        raise BadPrompt(f"Here the prompt is one text, without {without}: this way of asking has no roles.")
    return contents[0]
