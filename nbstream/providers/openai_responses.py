"""OpenAI Responses: named events around one growing response, which ends without `[DONE]`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..events import Closing, Event, Failed, Finished, ReasoningDelta, Started, TextDelta, ToolDelta, Usage
from ..wire import Ask
from .base import Format, same
from .conversation import SYSTEM, calls_of, convert, image_of, text_of, turns
from .reading import as_dict, dicts_in, finish, may_pass, sentence_of, text_in, whole_number

TEXT = ("response.output_text.delta", "response.refusal.delta")
REASONING = ("response.reasoning_summary_text.delta", "response.reasoning_text.delta")
ARGUMENTS = ("response.function_call_arguments.delta", "response.custom_tool_call_input.delta")
CALLS = ("function_call", "custom_tool_call")
TERMINAL = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")


class OpenAIResponses(Format):
    """`POST {base_url}/responses`, https://platform.openai.com/docs/api-reference/responses-streaming."""

    route = "responses"
    path = "/responses"
    options = same(
        "temperature top_p top_logprobs instructions tools tool_choice parallel_tool_calls reasoning text truncation "
        "store metadata service_tier user safety_identifier prompt_cache_key previous_response_id conversation include "
        "background prompt max_tool_calls max_output_tokens stream_options",
        max_tokens="max_output_tokens",
        max_completion_tokens="max_output_tokens",
        reasoning_effort="reasoning.effort",
        verbosity="text.verbosity",
    )

    def body(self, ask: Ask) -> dict[str, Any]:
        """One user text as `input`, else a list of items; system text stays where it is."""
        items: list[dict[str, Any]] = []
        turns(ask.messages)  # at least one
        for place, message in enumerate(ask.messages):
            items += items_of(message, place)
        alone = len(ask.messages) == 1 and isinstance(ask.messages[0]["content"], str)
        content = ask.messages[0]["content"] if alone else items
        return {"model": ask.model, "input": content, "stream": True} | self.placed(ask.options)

    def events(self, data: dict[str, Any]) -> Iterable[Event]:
        """What one event says; most of the many kinds repeat what others said."""
        kind = text_in(data.get("type"))
        piece = text_in(data.get("delta"))
        if kind in TEXT and piece:
            yield TextDelta(piece, refusal=kind == "response.refusal.delta")
        elif kind in REASONING and piece:
            yield ReasoningDelta(piece)
        elif kind in ARGUMENTS and piece:
            yield ToolDelta(whole_number(data.get("output_index")) or 0, piece)
        elif kind == "response.output_item.added":
            item = as_dict(data.get("item"))
            if item.get("type") in CALLS:
                yield call_in(item, whole_number(data.get("output_index")) or 0)
        elif kind == "response.created" and (id := text_in(as_dict(data.get("response")).get("id"))):
            yield Started(id)
        elif kind in TERMINAL:
            yield from ending(as_dict(data.get("response")), kind.removeprefix("response."))

    def whole(self, data: dict[str, Any]) -> Iterable[Event]:
        """The finished response in one piece."""
        if id := text_in(data.get("id")):
            yield Started(id)
        for place, item in enumerate(dicts_in(data.get("output"))):
            if item.get("type") == "reasoning":
                parts = [*dicts_in(item.get("summary")), *dicts_in(item.get("content"))]
                if text := "".join(text_in(part.get("text")) for part in parts):
                    yield ReasoningDelta(text)
            elif item.get("type") in CALLS:
                yield call_in(item, place)
            for part in dicts_in(item.get("content")) if item.get("type") == "message" else ():
                if text := text_in(part.get("text")):
                    yield TextDelta(text)
                if refusal := text_in(part.get("refusal")):
                    yield TextDelta(refusal, refusal=True)
        if status := text_in(data.get("status")):
            yield from ending({**data, "error": None}, status)  # the error itself is read with those of all formats


def ending(response: dict[str, Any], kind: str) -> Iterable[Event]:
    """How it ended, and what it cost, which is told here alone."""
    status = text_in(response.get("status")) or kind
    reason = text_in(as_dict(response.get("incomplete_details")).get("reason"))
    if kind != "failed":
        raw = reason or status
        called = status == "completed" and any(item.get("type") in CALLS for item in dicts_in(response.get("output")))
        yield Finished("tool_calls" if called else finish(raw), raw)
    if usage := read_usage(response.get("usage")):
        yield usage
    if kind == "failed":
        error = response.get("error") or "the response failed"
        yield Failed(sentence_of(error), retryable=may_pass(error))
    yield Closing()


def call_in(item: dict[str, Any], index: int) -> ToolDelta:
    """A tool call, or the beginning of one: its arguments follow in pieces, or stand in it where none will."""
    return ToolDelta(
        index,
        text_in(item.get("arguments")) or text_in(item.get("input")),
        text_in(item.get("call_id")) or text_in(item.get("id")) or None,
        text_in(item.get("name")) or None,
    )


def read_usage(value: object) -> Usage | None:
    """A usage object; absent until the terminal event."""
    usage = as_dict(value)
    input_tokens, output_tokens = whole_number(usage.get("input_tokens")), whole_number(usage.get("output_tokens"))
    if not (input_tokens or output_tokens):
        return None
    return Usage(
        input_tokens,
        output_tokens,
        whole_number(as_dict(usage.get("input_tokens_details")).get("cached_tokens")),
        whole_number(as_dict(usage.get("output_tokens_details")).get("reasoning_tokens")),
    )


def items_of(message: Mapping[str, Any], place: int) -> list[dict[str, Any]]:
    """A message as items of `input`. Raises `BadPrompt`."""
    role = message["role"]
    if role in ("tool", "function"):
        return [
            {"type": "function_call_output", "call_id": message.get("tool_call_id"), "output": text_of(message, place)}
        ]
    items: list[dict[str, Any]] = []
    if role in SYSTEM or isinstance(message["content"], str):
        items.append({"role": role, "content": text_of(message, place)})
    elif message["content"]:
        kind = "output_text" if role == "assistant" else "input_text"
        parts = convert(message, place, part_of)
        items.append({"role": role, "content": [{"type": kind, "text": p} if isinstance(p, str) else p for p in parts]})
    for id, name, arguments in calls_of(message, place):
        items.append({"type": "function_call", "call_id": id, "name": name, "arguments": json.dumps(arguments)})
    return items


def part_of(part: Mapping[str, Any]) -> dict[str, Any] | None:
    """A part that is no text: an image, or one that is in the format's own shape already."""
    if url := image_of(part):
        return {"type": "input_image", "image_url": url}
    native = part.get("type") in ("input_text", "output_text", "refusal", "input_image", "input_file", "input_audio")
    return dict(part) if native else None
