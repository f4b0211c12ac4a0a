"""OpenAI chat completions, as OpenAI, vLLM, llama.cpp, LM Studio, Ollama's `/v1` and many others speak it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..events import (
    Closing,
    Event,
    Finished,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolDelta,
    Usage,
)
from ..framing import Record
from ..wire import Ask
from .base import FINISH, Format, plain, whole_number

SHARED = frozenset(
    "temperature top_p max_tokens stop seed n frequency_penalty presence_penalty logit_bias logprobs user "
    "stream_options top_k min_p repetition_penalty ignore_eos".split()
)


class OpenAIChat(Format):
    """`POST {base_url}/chat/completions`, https://platform.openai.com/docs/api-reference/chat."""

    path = "/chat/completions"
    options = SHARED | frozenset(
        "max_completion_tokens top_logprobs response_format tools tool_choice parallel_tool_calls functions "
        "function_call reasoning_effort verbosity service_tier store metadata modalities prediction prompt_cache_key "
        "safety_identifier web_search_options chat_template_kwargs continue_final_message add_generation_prompt "
        "provider reasoning include_reasoning think".split()
    )

    def body(self, ask: Ask) -> dict[str, Any]:
        """The messages as they are, `stream`, and what asks for usage."""
        return {
            "model": ask.model,
            "messages": list(ask.messages),
            "stream": True,
        } | self.usage_options(ask)

    def usage_options(self, ask: Ask) -> dict[str, Any]:
        """The plain options, with usage asked for where the service takes that."""
        options = plain(ask.options)
        wanted: dict[str, Any] = {}
        if self.service.usage != "unasked":
            wanted["include_usage"] = True
        if self.service.usage == "ask each":
            wanted["continuous_usage_stats"] = True
        if wanted or "stream_options" in options:
            options["stream_options"] = wanted | dict(options.get("stream_options") or {})
        return options

    def decode(self, record: Record) -> Iterable[Event]:
        """One chunk, `[DONE]`, or a whole answer from a server that does not stream."""
        if record.data.startswith("[DONE]"):
            return [Closing()]
        if record.whole:
            return [*super().decode(record), Closing()]
        return super().decode(record)

    def events(self, data: dict[str, Any]) -> Iterable[Event]:
        """What a chunk says; a usage object may come with any of them, also an all-zero one."""
        if isinstance(data.get("id"), str) and data["id"]:
            yield Started(data["id"])
        for choice in data.get("choices") or ():
            yield from self.content(choice)
            if isinstance(raw := choice.get("finish_reason"), str) and raw:
                yield Finished(FINISH.get(raw, "other"), raw)
        if usage := data.get("usage") or (data.get("x_groq") or {}).get("usage"):
            yield read_usage(usage)

    def content(self, choice: dict[str, Any]) -> Iterable[Event]:
        """The pieces of text, reasoning and tool calls in one choice."""
        delta = choice.get("delta") or choice.get("message") or {}
        for name in ("reasoning_content", "reasoning"):
            if isinstance(piece := delta.get(name), str) and piece:
                yield ReasoningDelta(piece)
                break
        for name in ("content", "refusal"):
            if isinstance(piece := delta.get(name), str) and piece:
                yield TextDelta(piece)
        for place, call in enumerate(delta.get("tool_calls") or ()):
            function = call.get("function") or {}
            yield ToolDelta(
                index=whole_number(call.get("index")) or place,
                arguments=function.get("arguments") or "",
                id=call.get("id"),
                name=function.get("name"),
            )


def read_usage(usage: dict[str, Any]) -> Usage:
    """A usage object, with the parts that some servers put elsewhere."""
    prompt = usage.get("prompt_tokens_details") or {}
    completion = usage.get("completion_tokens_details") or {}
    cost = usage.get("cost")
    return Usage(
        input_tokens=whole_number(usage.get("prompt_tokens")),
        output_tokens=whole_number(usage.get("completion_tokens")),
        cached_tokens=whole_number(prompt.get("cached_tokens", usage.get("prompt_cache_hit_tokens"))),
        reasoning_tokens=whole_number(completion.get("reasoning_tokens", usage.get("reasoning_tokens"))),
        cost_usd=float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) else None,
    )
