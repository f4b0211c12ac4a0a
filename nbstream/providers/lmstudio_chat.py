"""LM Studio's own `/api/v1/chat`: named events from the loading of the model to the end, counts with the last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..events import Closing, Event, Finished, ReasoningDelta, Started, TextDelta, ToolDelta, Usage
from ..wire import Ask
from .base import Format, same
from .conversation import prompt_of, system_of
from .reading import arguments_in, as_dict, dicts_in, text_in, whole_number


class LMStudioChat(Format):
    """`POST {base_url}/api/v1/chat`. LM Studio keeps conversations itself, so the prompt is one text.

    https://lmstudio.ai/docs/developer/rest/streaming-events
    """

    route = "lmstudio"
    path = "/api/v1/chat"
    home = "lmstudio"
    root = ""
    one_text = True
    routes = "/api/v1/chat|/api/v1|/v1/chat/completions|/v1"
    options = same(
        "temperature top_p top_k min_p repeat_penalty max_output_tokens reasoning context_length store "
        "previous_response_id integrations",
        max_tokens="max_output_tokens",
        max_completion_tokens="max_output_tokens",
        repetition_penalty="repeat_penalty",
    )

    def body(self, ask: Ask) -> dict[str, Any]:
        """The one user message as `input`, with system text beside it."""
        body: dict[str, Any] = {"model": ask.model, "input": prompt_of(ask.messages, system=True), "stream": True}
        if system := system_of(ask.messages):
            body["system_prompt"] = system
        return body | self.placed(ask.options)

    def events(self, data: dict[str, Any]) -> Iterable[Event]:
        """What one event says; starts, ends and progress say nothing new."""
        match data.get("type"):
            case "message.delta" if text := text_in(data.get("content")):
                yield TextDelta(text)
            case "reasoning.delta" if text := text_in(data.get("content")):
                yield ReasoningDelta(text)
            case "tool_call.arguments":
                yield call_in(data)
            case "chat.end":
                yield from ended(as_dict(data.get("result")))

    def whole(self, data: dict[str, Any]) -> Iterable[Event]:
        """The finished answer in one piece."""
        for item in dicts_in(data.get("output")):
            text = text_in(item.get("content"))
            if item.get("type") == "tool_call":
                yield call_in(item)
            elif text:
                yield ReasoningDelta(text) if item.get("type") == "reasoning" else TextDelta(text)
        yield from ended(data)


def call_in(data: dict[str, Any]) -> ToolDelta:
    """A tool call, which comes whole and without a number; LM Studio runs the tool itself."""
    return ToolDelta(None, arguments_in(data.get("arguments")), name=text_in(data.get("tool")) or None)


def ended(result: dict[str, Any]) -> Iterable[Event]:
    """The end, which gives no reason."""
    stats = as_dict(result.get("stats"))
    if id := text_in(result.get("response_id")):
        yield Started(id)
    yield Finished("stop", "chat.end")
    yield Usage(
        whole_number(stats.get("input_tokens")),
        whole_number(stats.get("total_output_tokens")),
        reasoning_tokens=whole_number(stats.get("reasoning_output_tokens")),
    )
    yield Closing()
