"""OpenAI chat completions, as OpenAI, vLLM, llama.cpp, LM Studio, Ollama's `/v1` and many others speak it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ..events import Event, Finished, ReasoningDelta, Started, TextDelta, ToolDelta, Usage
from ..wire import Ask
from .address import belongs
from .base import Format, merged, same
from .reading import arguments_in, as_dict, charged, dicts_in, finish, text_in, total, whole_number

SHARED = same(
    "temperature top_p max_tokens stop seed frequency_penalty presence_penalty logit_bias logprobs user "
    "stream_options top_k min_p repetition_penalty ignore_eos"
)

ASKED: dict[str, dict[str, Any]] = {
    "ask": {"stream_options": {"include_usage": True}},
    "ask each": {"stream_options": {"include_usage": True, "continuous_usage_stats": True}},
    "ask timings": {"stream_options": {"include_usage": True}, "timings_per_token": True},
    "unasked": {},
}
"""What asks for usage, where the service takes that."""

RENAMED = {
    "mistral": ("", "seed", "random_seed"),
    "openai": (r"o\d|gpt-5", "max_tokens", "max_completion_tokens"),
    "azure": (r"o\d|gpt-5", "max_tokens", "max_completion_tokens"),
}
"""Services that call an option otherwise, for the models whose name begins so: OpenAI's that reason refuse
`max_tokens`."""


class OpenAIChat(Format):
    """`POST {base_url}/chat/completions`, https://platform.openai.com/docs/api-reference/chat."""

    route = "chat"
    path = "/chat/completions"
    options = SHARED | same(
        "max_completion_tokens top_logprobs response_format tools tool_choice parallel_tool_calls functions "
        "function_call reasoning_effort verbosity service_tier store metadata modalities prediction prompt_cache_key "
        "safety_identifier web_search_options chat_template_kwargs continue_final_message add_generation_prompt "
        "provider models transforms plugins reasoning include_reasoning reasoning_format think random_seed safe_prompt "
        "return_progress"
    )

    def body(self, ask: Ask) -> dict[str, Any]:
        """The messages as they are, `stream`, and what asks for usage."""
        return self.filled({"model": ask.model, "messages": list(ask.messages), "stream": True}, ask)

    def url(self, ask: Ask) -> str:
        """The whole address; a message marked as a prefix may have one of its own."""
        other = self.service.prefill_base_url
        if other and ask.messages[-1].get("prefix") and belongs(self.service, self.base_url):
            return other + self.path
        return super().url(ask)

    def filled(self, body: dict[str, Any], ask: Ask) -> dict[str, Any]:
        """The body with what asks for usage, and the options, which win."""
        options = ask.options
        pattern, old, new = RENAMED.get(self.service.name, ("", "", ""))
        if old in options and new not in options and re.match(pattern, self.model):
            options = {new if name == old else name: value for name, value in options.items()}
        asked = ASKED[self.service.usage] if ask.usage else {}
        return merged(body | asked, self.placed(options))

    def events(self, data: dict[str, Any]) -> Iterable[Event]:
        """What a chunk says; a usage object may come with any of them, also an all-zero one."""
        if id := text_in(data.get("id")):
            yield Started(id)
        for choice in dicts_in(data.get("choices")):
            if choice.get("index"):
                continue  # a second answer that nobody asked for
            yield from self.content(choice)
            if raw := text_in(choice.get("finish_reason")):
                yield Finished(finish(raw), raw)
        if usage := read_usage(data.get("usage")) or read_usage(as_dict(data.get("x_groq")).get("usage")):
            yield usage
        elif ("timings" in data or "prompt_progress" in data) and (usage := read_timings(data)):
            yield usage

    def content(self, choice: dict[str, Any]) -> Iterable[Event]:
        """The pieces of text, reasoning and tool calls in one choice."""
        delta = as_dict(choice.get("delta")) or as_dict(choice.get("message"))
        if reasoning := reasoning_in(delta):
            yield ReasoningDelta(reasoning)
        content = delta.get("content")
        if isinstance(content, list):
            yield from parts(content)
        elif text := text_in(content):
            yield TextDelta(text)
        if refusal := text_in(delta.get("refusal")):
            yield TextDelta(refusal, refusal=True)
        if called := as_dict(delta.get("function_call")):
            yield call_in({"function": called}, 0)
        for place, call in enumerate(dicts_in(delta.get("tool_calls"))):
            yield call_in(call, place)


def pieces(text: object, refusal: bool = False) -> Iterable[Event]:
    """A piece of text, if there is one."""
    if piece := text_in(text):
        yield TextDelta(piece, refusal)


def parts(content: list[Any]) -> Iterable[Event]:
    """Content that is a list, as Mistral's: texts, and thinking that holds texts itself."""
    for part in content:
        if isinstance(part, str):
            yield from pieces(part)
        elif as_dict(part).get("type") == "thinking":
            inner = part.get("thinking")
            text = text_in(inner) or "".join(text_in(item.get("text")) for item in dicts_in(inner))
            if text:
                yield ReasoningDelta(text)
        else:
            yield from pieces(as_dict(part).get("text"))
            yield from pieces(as_dict(part).get("refusal"), refusal=True)


REASONING = ("reasoning_content", "reasoning", "thinking")


def reasoning_in(delta: dict[str, Any]) -> str:
    """Reasoning under the first of its names that has text: some servers send the same under two of them."""
    for name in REASONING:
        if name in delta and (piece := text_in(delta[name])):
            return piece
    if "reasoning_details" not in delta:
        return ""
    # OpenRouter, where an upstream gives structured reasoning alone
    details = dicts_in(delta.get("reasoning_details"))
    return "".join(text_in(part.get("text")) or text_in(part.get("summary")) for part in details)


def call_in(call: dict[str, Any], place: int) -> ToolDelta:
    """A piece of a tool call, or a whole one; `place` is its number where none is told."""
    function = as_dict(call.get("function")) or as_dict(call.get("custom"))
    index = whole_number(call.get("index"))
    return ToolDelta(
        index=place if index is None else index,
        arguments=arguments_in(function.get("arguments", function.get("input"))),
        id=text_in(call.get("id")) or None,
        name=text_in(function.get("name")) or None,
    )


def read_usage(value: object) -> Usage | None:
    """A usage object, with the parts that some servers put elsewhere; an all-zero one counts nothing."""
    if not value or not isinstance(value, dict):
        return None
    usage: dict[str, Any] = value
    prompt, completion = as_dict(usage.get("prompt_tokens_details")), as_dict(usage.get("completion_tokens_details"))
    input_tokens, output_tokens = whole_number(usage.get("prompt_tokens")), whole_number(usage.get("completion_tokens"))
    if not (input_tokens or output_tokens):
        return None
    return Usage(
        input_tokens,
        output_tokens,
        whole_number(prompt.get("cached_tokens", usage.get("prompt_cache_hit_tokens"))),
        whole_number(completion.get("reasoning_tokens", usage.get("reasoning_tokens"))),
        charged(usage),
    )


def read_timings(data: dict[str, Any]) -> Usage | None:
    """llama.cpp's counts on a chunk, if it was asked for them; while it reads the prompt, the prompt's size alone.

    https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
    """
    timings, progress = as_dict(data.get("timings")), as_dict(data.get("prompt_progress"))
    cached = whole_number(timings.get("cache_n", progress.get("cache")))
    input_tokens = total(timings.get("cache_n"), timings.get("prompt_n")) or whole_number(progress.get("total"))
    output_tokens = whole_number(timings.get("predicted_n"))
    return Usage(input_tokens, output_tokens, cached) if input_tokens or output_tokens else None
