"""Anthropic Messages: named events around blocks of content, with usage at the start and at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from ..errors import BadPrompt
from ..events import Closing, Event, Finished, ReasoningDelta, Started, TextDelta, ToolDelta, Usage
from ..wire import Ask
from .base import Format, same
from .conversation import calls_of, convert, data_of, image_of, system_of, text_of, turns
from .reading import arguments_in, as_dict, dicts_in, finish, text_in, total, whole_number

MAX_TOKENS = 4096
"""Sent where the user sets no limit: the format wants one."""

NATIVE = (
    "text image document search_result thinking redacted_thinking tool_use tool_result server_tool_use "
    "web_search_tool_result container_upload"
).split()


class AnthropicMessages(Format):
    """`POST {base_url}/v1/messages`, https://docs.claude.com/en/api/messages-streaming."""

    route = "messages"
    path = "/v1/messages"
    home = "anthropic"
    root = ""
    routes = "/v1/messages|/messages|/v1"
    fixed_headers: ClassVar = {"anthropic-version": "2023-06-01"}
    options = same(
        "max_tokens temperature top_p top_k stop_sequences tools tool_choice thinking metadata service_tier container "
        "context_management output_config mcp_servers cache_control inference_geo",
        max_completion_tokens="max_tokens",
        max_output_tokens="max_tokens",
        stop="stop_sequences",
        user="metadata.user_id",
    )
    lists = frozenset({"stop_sequences"})

    def body(self, ask: Ask) -> dict[str, Any]:
        """The turns, with system text beside them and a limit, which the format wants."""
        messages = [turn_of(message, place) for place, message in turns(ask.messages)]
        body = {"model": ask.model, "max_tokens": MAX_TOKENS, "messages": joined(messages), "stream": True}
        if system := system_of(ask.messages):
            body["system"] = system
        options = self.placed(ask.options)
        if "tools" in options:
            options["tools"] = [tool_of(tool) for tool in options["tools"]]
        return body | options

    def hides_reasoning(self, options: Mapping[str, object]) -> bool:
        """What is shown of thinking is a summary; all of it is billed."""
        return as_dict(options.get("thinking")).get("type") not in (None, "disabled")

    def events(self, data: dict[str, Any]) -> Iterable[Event]:
        """What one event says; pings, signatures, citations and unknown kinds say nothing new."""
        match data.get("type"):
            case "message_start":
                message = as_dict(data.get("message"))
                if id := text_in(message.get("id")):
                    yield Started(id)
                # The output count told here is a placeholder: 1, or whatever the first piece holds.
                if usage := read_usage(message.get("usage"), output=False):
                    yield usage
            case "content_block_start":
                yield from block(as_dict(data.get("content_block")), index_of(data))
            case "content_block_delta":
                yield from piece(as_dict(data.get("delta")), index_of(data))
            case "message_delta":
                delta = as_dict(data.get("delta"))
                yield from stopped(delta)
                # Input is repeated here in full or in part; a part of the sum would replace the whole.
                told = as_dict(data.get("usage"))
                caches = (told.get("cache_creation_input_tokens"), told.get("cache_read_input_tokens"))
                if usage := read_usage(told, input=total(*caches) is not None):
                    yield usage
            case "message_stop":
                yield Closing()

    def whole(self, data: dict[str, Any]) -> Iterable[Event]:
        """The finished message in one piece."""
        if id := text_in(data.get("id")):
            yield Started(id)
        for place, part in enumerate(dicts_in(data.get("content"))):
            yield from block(part, place, whole=True)
        yield from stopped(data)
        if usage := read_usage(data.get("usage")):
            yield usage


def index_of(data: dict[str, Any]) -> int:
    """The number of the block."""
    return whole_number(data.get("index")) or 0


def block(part: dict[str, Any], index: int, whole: bool = False) -> Iterable[Event]:
    """The beginning of a block, or all of it; at the beginning text is empty and `input` a placeholder."""
    if text := text_in(part.get("text")):
        yield TextDelta(text)
    if thinking := text_in(part.get("thinking")):
        yield ReasoningDelta(thinking)
    if part.get("type") in ("tool_use", "server_tool_use", "mcp_tool_use"):
        arguments = arguments_in(part.get("input")) if whole or part.get("input") else ""
        yield ToolDelta(index, arguments, text_in(part.get("id")) or None, text_in(part.get("name")) or None)


def piece(delta: dict[str, Any], index: int) -> Iterable[Event]:
    """A piece of a block."""
    kind = delta.get("type")
    if kind == "text_delta" and (text := text_in(delta.get("text"))):
        yield TextDelta(text)
    elif kind == "thinking_delta" and (thinking := text_in(delta.get("thinking"))):
        yield ReasoningDelta(thinking)
    elif kind == "input_json_delta" and (json := text_in(delta.get("partial_json"))):
        yield ToolDelta(index, json)


def stopped(delta: dict[str, Any]) -> Iterable[Event]:
    """Why the model stopped; a refusal brings its reason along."""
    if raw := text_in(delta.get("stop_reason")):
        details = as_dict(delta.get("stop_details"))
        why = text_in(details.get("explanation")) or text_in(details.get("category"))
        yield Finished(finish(raw), f"{raw}: {why}" if why else raw)


def read_usage(value: object, *, input: bool = True, output: bool = True) -> Usage | None:
    """A usage object. What was read from and written to the cache is input too, and counted apart by the server."""
    usage = as_dict(value)
    read = whole_number(usage.get("cache_read_input_tokens"))
    written = whole_number(usage.get("cache_creation_input_tokens"))
    input_tokens = total(usage.get("input_tokens"), written, read) if input else None
    output_tokens = whole_number(usage.get("output_tokens")) if output else None
    if not (input_tokens or output_tokens):
        return None
    thinking = whole_number(as_dict(usage.get("output_tokens_details")).get("thinking_tokens")) if output else None
    cached = (read, written) if input else (None, None)
    return Usage(input_tokens, output_tokens, cached[0], thinking, written_tokens=cached[1])


def turn_of(message: Mapping[str, Any], place: int) -> dict[str, Any]:
    """A message in the format's shape. Raises `BadPrompt`."""
    role = "assistant" if message["role"] == "assistant" else "user"
    if message["role"] in ("tool", "function"):
        result = {"type": "tool_result", "tool_use_id": message.get("tool_call_id"), "content": text_of(message, place)}
        return {"role": role, "content": [result]}
    if isinstance(message["content"], str) and not message.get("tool_calls"):
        return {"role": role, "content": message["content"]}
    parts = [{"type": "text", "text": p} if isinstance(p, str) else p for p in convert(message, place, part_of)]
    for id, name, arguments in calls_of(message, place):
        parts.append({"type": "tool_use", "id": id, "name": name, "input": arguments})
    if not parts:
        raise BadPrompt(f"Message {place} is empty, which this provider does not take. Leave it out, or give it text.")
    return {"role": role, "content": parts}


def joined(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The turns, with results of tools that follow each other in one, as the format wants them."""
    found: list[dict[str, Any]] = []
    for turn in turns:
        if found and results_alone(turn) and results_alone(found[-1]):
            found[-1] = {"role": "user", "content": [*found[-1]["content"], *turn["content"]]}
        else:
            found.append(turn)
    return found


def results_alone(turn: dict[str, Any]) -> bool:
    """Whether a turn holds nothing but results of tools."""
    return isinstance(turn["content"], list) and all(part.get("type") == "tool_result" for part in turn["content"])


def part_of(part: Mapping[str, Any]) -> dict[str, Any] | None:
    """A part that is no plain text: an image, or one that is in the format's own shape already."""
    if (url := image_of(part)) is None:
        return dict(part) if part.get("type") in NATIVE else None
    if data := data_of(url):
        return {"type": "image", "source": {"type": "base64", "media_type": data[0], "data": data[1]}}
    return {"type": "image", "source": {"type": "url", "url": url}}


def tool_of(tool: object) -> object:
    """A tool in the format's shape; one in OpenAI's shape is turned into it."""
    function = as_dict(as_dict(tool).get("function"))
    if not function:
        return tool
    named = {"name": function.get("name"), "input_schema": function.get("parameters") or {"type": "object"}}
    return named | ({"description": function["description"]} if function.get("description") else {})
