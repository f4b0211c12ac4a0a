"""A prompt counts by OpenAI's formula; what the formula leaves out makes the count an estimate."""

from __future__ import annotations

from typing import Any

import pytest
from ranks import real

from nbstream.counts import Count
from nbstream.prompt_size import prompt_count
from nbstream.providers import OpenAIChat, OpenAICompletions
from nbstream.wire import Ask

WORDS = real("o200k_base")
URL = "http://localhost"
HELLO = [{"role": "user", "content": "Hello"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a place",
        "parameters": {
            "type": "object",
            "properties": {
                "place": {"type": "string", "description": "A city"},
                "unit": {"type": "string", "description": "The unit", "enum": ["celsius", "fahrenheit"]},
            },
        },
    },
}


def size(text: str) -> int:
    return len(WORDS.encode_ordinary(text))


def counted(messages: list[Any], model: str = "gpt-4o", **options: object) -> Count:
    provider = OpenAIChat(model, base_url=URL)
    return prompt_count(Ask("", model, messages, options), provider, WORDS)


def test_a_chat_is_three_and_three_for_each_message_its_role_and_its_text() -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": "In rhyme."},
        {"role": "user", "content": [{"type": "text", "text": "Hello "}, {"type": "text", "text": "there"}]},
        {"role": "assistant", "content": "Yes?"},
    ]
    texts = ["system", "Be brief.", "developer", "In rhyme.", "user", "Hello ", "there", "assistant", "Yes?"]
    assert counted(messages) == Count(3 + 4 * 3 + sum(map(size, texts)), "tokenizer")


def test_the_cookbooks_example_counts_as_openai_counts_it() -> None:
    # https://github.com/openai/openai-cookbook, How to count tokens with tiktoken: 124 by the API's own word
    roles = [
        ("system", None, "You are a helpful, pattern-following assistant that translates corporate jargon into plain "
         "English."),
        ("system", "example_user", "New synergies will help drive top-line growth."),
        ("system", "example_assistant", "Things working well together will increase revenue."),
        ("system", "example_user", "Let's circle back when we have more bandwidth to touch base on opportunities for "
         "increased leverage."),
        ("system", "example_assistant", "Let's talk later when we're less busy about how to do better."),
        ("user", None, "This late pivot means we don't have time to boil the ocean for the client deliverable."),
    ]  # fmt: skip
    messages = [{"role": role, "content": text} | ({"name": name} if name else {}) for role, name, text in roles]
    assert counted(messages) == Count(124, "tokenizer")
    provider = OpenAIChat("gpt-4", base_url=URL)
    words = real("cl100k_base")
    assert prompt_count(Ask("", "gpt-4", messages, {}), provider, words) == Count(129, "tokenizer")  # type: ignore[arg-type]


def test_a_name_is_one_more_than_its_text() -> None:
    plain, named = counted(HELLO), counted([HELLO[0] | {"name": "Ada"}])
    assert plain.tokens is not None
    assert named == Count(plain.tokens + size("Ada") + 1, "tokenizer")


@pytest.mark.parametrize(("model", "less"), [("o3-mini", 1), ("gpt-5.2", 1), ("gpt-5-chat-latest", 0), ("gpt-4.1", 0)])
def test_a_reasoning_models_prompt_is_one_less(model: str, less: int) -> None:
    assert counted(HELLO, model) == Count(3 + 3 + size("user") + size("Hello") - less, "tokenizer")


def test_the_oldest_gpt_35_counts_its_own_way() -> None:
    messages = [HELLO[0] | {"name": "Ada"}]
    assert counted(messages, "gpt-3.5-turbo-0301").tokens == 3 + 4 + size("user") + size("Hello") + size("Ada") - 1


def test_a_prompt_without_roles_is_its_text_alone() -> None:
    provider = OpenAICompletions("davinci-002", base_url=URL)
    asked = Ask("", "davinci-002", HELLO, {})  # type: ignore[arg-type]
    assert prompt_count(asked, provider, WORDS) == Count(size("Hello"), "tokenizer")


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "https://a.b/c.png"}},
        {"type": "input_audio", "input_audio": {}},
        "half a part",
        None,
        7,
    ],
)
def test_parts_that_are_no_text_make_an_estimate(part: object) -> None:
    count = counted([{"role": "user", "content": [{"type": "text", "text": "What is this?"}, part]}])
    assert count.source == ("tokenizer" if part in ("half a part", None) else "estimate")


@pytest.mark.parametrize(
    "options",
    [
        {"tools": [WEATHER]},
        {"functions": [WEATHER["function"]]},
        {"extra_body": {"tools": [WEATHER]}},
        {"response_format": {"type": "json_schema", "json_schema": {}}},
        {"previous_response_id": "resp_1"},
        {"instructions": "Be brief."},
    ],
    ids=lambda options: next(iter(options)),
)
def test_what_a_service_writes_out_of_sight_makes_an_estimate(options: dict[str, object]) -> None:
    assert counted(HELLO, **options).source == "estimate"


def test_plain_options_leave_the_count_exact() -> None:
    assert counted(HELLO, temperature=0.5, max_tokens=9, tools=[], extra_body={"x": 1}).source == "tokenizer"


def test_definitions_of_tools_count_as_the_cookbook_has_found() -> None:
    texts = ["weather:The weather of a place", "place:string:A city", "unit:string:The unit", "celsius", "fahrenheit"]
    expected = 12 + 7 + 3 + 2 * 3 + (-3 + 2 * 3) + sum(map(size, texts))
    assert (counted(HELLO, tools=[WEATHER]).tokens or 0) - (counted(HELLO).tokens or 0) == expected


@pytest.mark.parametrize(
    "tools", ["weather", [None], [{"function": 3}], [{"parameters": {"properties": [1]}}], {"a": 1}]
)
def test_tools_of_an_odd_shape_break_nothing(tools: object) -> None:
    assert (counted(HELLO, tools=tools).tokens or 0) > 0


def test_calls_of_tools_and_their_results_make_an_estimate_that_counts_them() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"place": "Oslo"}'}}
    asked = {"role": "assistant", "content": None, "tool_calls": [call]}
    count = counted([*HELLO, asked])
    assert count.source == "estimate"
    assert (count.tokens or 0) - (counted(HELLO).tokens or 0) >= size('weather{"place": "Oslo"}')
    assert counted([*HELLO, {"role": "tool", "tool_call_id": "c1", "content": "4 degrees"}]).source == "estimate"


def test_an_open_model_gets_a_page_before_the_prompt_so_it_is_an_estimate() -> None:
    assert counted(HELLO, "gpt-oss-20b").source == "estimate"


def test_without_a_vocabulary_it_is_an_estimate_by_bytes() -> None:
    provider = OpenAIChat("llama", base_url=URL)
    assert prompt_count(Ask("", "llama", HELLO, {}), provider, None) == Count(3 + 3 + 1 + 2, "estimate")  # type: ignore[arg-type]


def test_a_prompt_that_tiktoken_would_fail_at_is_an_estimate() -> None:
    assert counted([{"role": "user", "content": " " * 1_000_000 + "a"}]).source == "estimate"
