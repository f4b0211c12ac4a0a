"""Ollama's own routes, `/api/chat` and `/api/generate`: one JSON object a line, the counts in the last one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..events import Closing, Event, Finished, ReasoningDelta, TextDelta, Usage
from ..wire import Ask
from .address import ollama_host
from .base import Format, same
from .conversation import callee, calls_of, convert, data_of, image_of, prompt_of, system_of, turns
from .openai_chat import call_in
from .reading import as_dict, dicts_in, finish, text_in, whole_number

OPTIONS = same(
    "temperature top_p top_k min_p typical_p seed num_predict num_ctx num_keep num_batch num_gpu main_gpu num_thread "
    "use_mmap stop repeat_penalty repeat_last_n presence_penalty frequency_penalty penalize_newline tfs_z mirostat "
    "mirostat_eta mirostat_tau",
    "options.",
    max_tokens="num_predict",
    max_completion_tokens="num_predict",
    max_output_tokens="num_predict",
    repetition_penalty="repeat_penalty",
) | same("think format keep_alive logprobs top_logprobs options")


class Ollama(Format):
    """`POST {base_url}/api/chat`, https://docs.ollama.com/api/chat. Streams unless told not to."""

    route = "ollama"
    path = "/api/chat"
    framing = "jsonl"
    home = "ollama"
    root = ""
    routes = "/api/chat|/api/generate|/api|/v1(/.*)?"
    options = OPTIONS | same("tools")
    lists = frozenset({"options.stop"})

    def spell(self, address: str) -> str:
        """By the rule of `OLLAMA_HOST`."""
        return ollama_host(address)

    def body(self, ask: Ask) -> dict[str, Any]:
        """The messages, with images beside their text."""
        turns(ask.messages)  # at least one
        messages = [message_of(ask, message, place) for place, message in enumerate(ask.messages)]
        return {"model": ask.model, "messages": messages, "stream": True} | self.placed(ask.options)

    def events(self, data: dict[str, Any]) -> Iterable[Event]:
        """What one line says."""
        yield from self.content(data)
        if data.get("done") is True:
            raw = text_in(data.get("done_reason"))
            yield Finished(finish(raw or "stop"), raw)
            # A prompt that was all in the cache is left out, so a missing count of input is not a zero.
            usage = Usage(whole_number(data.get("prompt_eval_count")), whole_number(data.get("eval_count")))
            if usage.input_tokens or usage.output_tokens:
                yield usage
            yield Closing()

    def content(self, data: dict[str, Any]) -> Iterable[Event]:
        """The pieces of text, thinking and calls; a call comes whole, its arguments as an object."""
        message = as_dict(data.get("message"))
        if thinking := text_in(message.get("thinking")):
            yield ReasoningDelta(thinking)
        if text := text_in(message.get("content")):
            yield TextDelta(text)
        for place, call in enumerate(dicts_in(message.get("tool_calls"))):
            index = as_dict(call.get("function")).get("index")
            delta = call_in({**call, "index": index}, place)
            yield replace(delta, index=None) if index is None else delta


class OllamaGenerate(Ollama):
    """`POST {base_url}/api/generate`, https://docs.ollama.com/api/generate. The prompt is one text."""

    route = "generate"
    path = "/api/generate"
    options = OPTIONS | same("suffix template raw context images system")
    has_roles = False
    one_text = True  # unless it is `raw`

    def body(self, ask: Ask) -> dict[str, Any]:
        """The one user message as the prompt, with system text beside it."""
        body = {"model": ask.model, "prompt": prompt_of(ask.messages, system=True), "stream": True}
        if system := system_of(ask.messages):
            body["system"] = system
        return body | self.placed(ask.options)

    def content(self, data: dict[str, Any]) -> Iterable[Event]:
        """The pieces of text and thinking."""
        if thinking := text_in(data.get("thinking")):
            yield ReasoningDelta(thinking)
        if text := text_in(data.get("response")):
            yield TextDelta(text)


def message_of(ask: Ask, message: Mapping[str, Any], place: int) -> dict[str, Any]:
    """A message in the format's shape. Raises `BadPrompt`."""
    role = message["role"]
    parts = list(convert(message, place, image_data))
    turn: dict[str, Any] = {
        "role": {"developer": "system", "function": "tool"}.get(role, role),
        "content": "".join(part for part in parts if isinstance(part, str)),
    }
    if images := [part[0] for part in parts if not isinstance(part, str)]:
        turn["images"] = images
    calls = [{"function": {"name": name, "arguments": arguments}} for _, name, arguments in calls_of(message, place)]
    if calls:
        turn["tool_calls"] = calls
    if turn["role"] == "tool":
        turn["tool_name"] = callee(ask.messages, message, place)
    return turn


def image_data(part: Mapping[str, Any]) -> tuple[str] | None:
    """The data of an image; Ollama fetches no address."""
    data = data_of(image_of(part) or "")
    return (data[1],) if data else None
