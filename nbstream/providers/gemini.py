"""Gemini: chunks of a growing response with cumulative counts; no names, no end mark."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from ..errors import BadPrompt
from ..events import Event, Finished, ReasoningDelta, Started, TextDelta, ToolDelta, Usage
from ..wire import Ask
from .base import Format, same
from .conversation import callee, calls_of, convert, data_of, image_of, system_of, text_of, turns
from .reading import as_dict, dicts_in, finish, text_in, total, whole_number

CONFIG = (
    "temperature topP topK maxOutputTokens stopSequences seed presencePenalty frequencyPenalty candidateCount "
    "responseMimeType responseSchema responseJsonSchema responseModalities thinkingConfig responseLogprobs logprobs "
    "mediaResolution speechConfig imageConfig"
).split()
BESIDE = "tools toolConfig safetySettings cachedContent generationConfig labels".split()
NATIVE = "text inlineData fileData functionCall functionResponse executableCode codeExecutionResult".split()


def snake(name: str) -> str:
    """`topP` -> `top_p`."""
    return re.sub(r"([A-Z])", r"_\1", name).lower()


class Gemini(Format):
    """`POST {base_url}/models/{model}:streamGenerateContent?alt=sse`, https://ai.google.dev/api/generate-content."""

    route = "generateContent"
    home = "gemini"
    root = "/v1beta"
    routes = "/models(/.*)?|/openai(/.*)?"
    options = (
        same(" ".join(CONFIG), "generationConfig.")
        | {snake(name): f"generationConfig.{name}" for name in CONFIG}
        | dict.fromkeys(("max_tokens", "max_completion_tokens"), "generationConfig.maxOutputTokens")
        | {"stop": "generationConfig.stopSequences"}
        | same(" ".join(BESIDE))
        | {snake(name): name for name in BESIDE}
    )
    lists = frozenset({"generationConfig.stopSequences"})

    def url(self, ask: Ask) -> str:
        """The model is part of the address; without `alt=sse` the stream would be one growing JSON list."""
        model = quote(ask.model.removeprefix("models/"), safe="/")
        folder = "" if model.startswith("tunedModels/") else "models/"
        return self.address_of(f"/{folder}{model}:streamGenerateContent", alt="sse")

    def body(self, ask: Ask) -> dict[str, Any]:
        """The turns as `contents`, with system text beside them."""
        contents = [
            {"role": "model" if message["role"] == "assistant" else "user", "parts": parts_of(ask, message, place)}
            for place, message in turns(ask.messages)
        ]
        body: dict[str, Any] = {"contents": contents}
        if system := system_of(ask.messages):
            body["systemInstruction"] = {"parts": [{"text": system}]}
        options = self.placed(ask.options)
        if "tools" in options:
            options["tools"] = tools_of(options["tools"])
        return body | options

    def events(self, data: dict[str, Any]) -> Iterable[Event]:
        """What one chunk says; a prompt that was refused brings no candidate at all."""
        if id := text_in(data.get("responseId")):
            yield Started(id)
        for candidate in dicts_in(data.get("candidates")):
            if candidate.get("index"):
                continue  # a second answer that nobody asked for
            yield from pieces(as_dict(candidate.get("content")))
            if raw := text_in(candidate.get("finishReason")):
                why = text_in(candidate.get("finishMessage"))
                yield Finished(finish(raw), f"{raw}: {why}" if why else raw)
        feedback = as_dict(data.get("promptFeedback"))
        if blocked := text_in(feedback.get("blockReason")):
            why = text_in(feedback.get("blockReasonMessage"))
            yield Finished("content_filter", f"{blocked}: {why}" if why else blocked)
        if usage := read_usage(data.get("usageMetadata")):
            yield usage


def pieces(content: dict[str, Any]) -> Iterable[Event]:
    """Text, thoughts and calls; a call comes whole, and without a number."""
    for part in dicts_in(content.get("parts")):
        if text := text_in(part.get("text")):
            yield ReasoningDelta(text) if part.get("thought") is True else TextDelta(text)
        if call := as_dict(part.get("functionCall")):
            arguments = json.dumps(as_dict(call.get("args")), ensure_ascii=False)
            id, name = text_in(call.get("id")), text_in(call.get("name"))
            yield ToolDelta(None, arguments, id or None, name or None)


def read_usage(value: object) -> Usage | None:
    """The counts so far. Thoughts are billed as output and not among the candidates' tokens, so they are added."""
    usage = as_dict(value)
    input_tokens = total(usage.get("promptTokenCount"), usage.get("toolUsePromptTokenCount"))
    thoughts = whole_number(usage.get("thoughtsTokenCount"))
    output_tokens = total(usage.get("candidatesTokenCount"), thoughts)
    if not (input_tokens or output_tokens):
        return None
    return Usage(input_tokens, output_tokens, whole_number(usage.get("cachedContentTokenCount")), thoughts)


def parts_of(ask: Ask, message: Mapping[str, Any], place: int) -> list[dict[str, Any]]:
    """The parts of a turn. Raises `BadPrompt`."""
    if message["role"] in ("tool", "function"):
        answer = {"name": callee(ask.messages, message, place), "response": {"result": text_of(message, place)}}
        return [{"functionResponse": answer}]
    parts: list[dict[str, Any]] = list(convert(message, place, part_of, text="text"))
    for _, name, arguments in calls_of(message, place):
        parts.append({"functionCall": {"name": name, "args": arguments}})
    if not parts:
        raise BadPrompt(f"Message {place} is empty, which this provider does not take. Leave it out, or give it text.")
    return parts


def part_of(part: Mapping[str, Any]) -> dict[str, Any] | None:
    """A part that is no plain text: an image, or one that is in the format's own shape already."""
    if (url := image_of(part)) is None:
        return dict(part) if "type" not in part and any(name in part for name in NATIVE) else None
    if data := data_of(url):
        return {"inlineData": {"mimeType": data[0], "data": data[1]}}
    return {"fileData": {"fileUri": url}}


def tools_of(tools: list[Any]) -> list[Any]:
    """Tools in the format's shape; those in OpenAI's shape become its declarations."""
    functions = [function for tool in tools if (function := as_dict(as_dict(tool).get("function")))]
    others = [tool for tool in tools if not as_dict(as_dict(tool).get("function"))]
    keys = ("name", "description", "parameters")
    declared = [{key: function[key] for key in keys if key in function} for function in functions]
    return [*others, {"functionDeclarations": declared}] if declared else others
