"""One vocabulary of options and messages, each wire format's own body."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream.errors import BadPrompt, SetupError, UnknownOption
from nbstream.prompts import messages_of
from nbstream.providers import Format, resolve
from nbstream.wire import Ask

SAID = {"role": "user", "content": "Hi"}
OPTIONS: dict[str, object] = {"temperature": 0.5, "top_p": 0.9, "max_tokens": 50, "stop": "END"}
PICTURE = "data:image/png;base64,AAAA"
CALL = {"id": "call_1", "type": "function", "function": {"name": "clock", "arguments": '{"tz": "UTC"}'}}
TALK: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {
        "role": "user",
        "content": [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": PICTURE}}],
    },
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "call_1", "content": "noon"},
]
TOOL = {"type": "function", "function": {"name": "clock", "description": "Tells.", "parameters": {"type": "object"}}}
EVERY = (
    "openai:m openai/completions:m openai/responses:m anthropic:m gemini:m ollama:m ollama/generate:m "
    "llamacpp/completion:m openrouter:m tgi/generate_stream:m lmstudio/lmstudio:m"
).split()


def found(model: str) -> Format:
    provider = resolve(model, api_key="k")
    assert isinstance(provider, Format)
    return provider


def body(model: str, prompt: object = "Hi", system: str | None = None, **options: object) -> dict[str, Any]:
    provider = found(model)
    provider.check(options)
    request = provider.request(Ask("att_1", provider.model, messages_of(prompt, system), options))
    return dict(request.body or {})


USAGE = {"stream_options": {"include_usage": True}}
EACH = {"stream_options": {"include_usage": True, "continuous_usage_stats": True}}
CHAT = {"model": "m", "messages": [SAID], "stream": True}
INNER = {"temperature": 0.5, "top_p": 0.9, "num_predict": 50, "stop": ["END"]}


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("openai:m", CHAT | USAGE | OPTIONS),
        ("vllm:m", CHAT | EACH | OPTIONS),
        ("sglang:m", CHAT | EACH | OPTIONS),
        ("llamacpp:m", CHAT | USAGE | OPTIONS | {"timings_per_token": True}),
        ("mistral:m", CHAT | OPTIONS),
        ("openrouter:m", CHAT | OPTIONS),
        ("openai/completions:m", {"model": "m", "prompt": "Hi", "stream": True} | USAGE | OPTIONS),
        (
            "anthropic:m",
            CHAT | {"temperature": 0.5, "top_p": 0.9, "max_tokens": 50, "stop_sequences": ["END"]},
        ),
        (
            "gemini:m",
            {
                "contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
                "generationConfig": {"temperature": 0.5, "topP": 0.9, "maxOutputTokens": 50, "stopSequences": ["END"]},
            },
        ),
        ("ollama:m", CHAT | {"options": INNER}),
        ("ollama/generate:m", {"model": "m", "prompt": "Hi", "stream": True, "options": INNER}),
        (
            "llamacpp/completion:m",
            {"prompt": "Hi", "stream": True, "temperature": 0.5, "top_p": 0.9, "n_predict": 50, "stop": ["END"]},
        ),
        (
            "tgi/generate_stream:m",
            {
                "inputs": "Hi",
                "parameters": {
                    "details": True,
                    "temperature": 0.5,
                    "top_p": 0.9,
                    "max_new_tokens": 50,
                    "stop": ["END"],
                },
            },
        ),
    ],
)
def test_options_go_where_the_format_has_them(model: str, expected: dict[str, Any]) -> None:
    assert body(model, **OPTIONS) == expected


def test_responses_has_its_own_names() -> None:
    assert body("openai/responses:m", max_tokens=50, reasoning_effort="low", verbosity="low", text={"format": 1}) == {
        "model": "m",
        "input": "Hi",
        "stream": True,
        "max_output_tokens": 50,
        "reasoning": {"effort": "low"},
        "text": {"verbosity": "low", "format": 1},
    }


def test_lm_studios_own_route_takes_one_text_and_system_text_beside_it() -> None:
    asked = body("lmstudio/lmstudio:m", system="Be brief.", max_tokens=50, repetition_penalty=1.1)
    limits = {"max_output_tokens": 50, "repeat_penalty": 1.1}
    assert asked == {"model": "m", "input": "Hi", "system_prompt": "Be brief.", "stream": True} | limits
    with pytest.raises(BadPrompt, match="one text"):
        body("lmstudio/lmstudio:m", [SAID, {"role": "assistant", "content": "Hello"}, SAID])


def test_anthropic_gets_the_limit_that_it_wants() -> None:
    assert body("anthropic:m") == CHAT | {"max_tokens": 4096}


@pytest.mark.parametrize("model", ["o3", "o4-mini", "gpt-5.2"])
def test_openais_reasoning_models_get_the_limit_under_its_new_name(model: str) -> None:
    asked = body(f"openai:{model}", max_tokens=5)
    assert (asked.get("max_tokens"), asked.get("max_completion_tokens")) == (None, 5)


def test_mistral_has_its_own_name_for_the_seed() -> None:
    assert body("mistral:m", seed=7) == CHAT | {"random_seed": 7}


def test_gemini_takes_its_own_names_too() -> None:
    asked = body(
        "gemini:m", topK=3, thinking_config={"thinkingBudget": 0}, safety_settings=[], responseMimeType="text/x"
    )
    assert asked["generationConfig"] == {
        "topK": 3,
        "thinkingConfig": {"thinkingBudget": 0},
        "responseMimeType": "text/x",
    }
    assert asked["safetySettings"] == []


def test_extra_body_reaches_into_inner_objects() -> None:
    assert body("ollama:m", max_tokens=5, extra_body={"options": {"x": 1}})["options"] == {"num_predict": 5, "x": 1}


def test_options_of_the_users_own_win() -> None:
    assert body("vllm:m", stream_options={"include_usage": False})["stream_options"] == {
        "include_usage": False,
        "continuous_usage_stats": True,
    }


@pytest.mark.parametrize("model", EVERY)
def test_an_unknown_option_is_refused_with_what_is_near(model: str) -> None:
    with pytest.raises(UnknownOption, match=r"'tempratur'.*Did you mean.*temperature"):
        body(model, tempratur=1)


@pytest.mark.parametrize("model", EVERY)
def test_more_than_one_answer_is_refused(model: str) -> None:
    body(model, n=1)
    for options in ({"n": 2}, {"extra_body": {"n": 3}}, {"extra_body": {"generationConfig": {"candidateCount": 2}}}):
        with pytest.raises(SetupError, match="must be 1"):
            body(model, **options)


@pytest.mark.parametrize(
    "options", [{"candidateCount": 2}, {"candidate_count": 2}, {"generation_config": {"candidateCount": 2}}]
)
def test_more_than_one_candidate_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(SetupError, match="must be 1"):
        body("gemini:m", **options)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object()], ids=["nan", "inf", "set", "object"])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    for options in ({"temperature": value}, {"extra_body": {"deep": [value]}}):
        with pytest.raises(SetupError, match="Options are sent as JSON"):
            body("openai:m", **options)


def test_two_words_for_one_option_are_refused() -> None:
    with pytest.raises(SetupError, match="'max_tokens' and 'num_predict' are one option"):
        body("ollama:m", max_tokens=1, num_predict=2)


def test_anthropic_gets_a_conversation_in_its_shape() -> None:
    asked = body("anthropic:m", TALK, tools=[TOOL])
    assert asked["system"] == "Be brief."
    assert asked["tools"] == [{"name": "clock", "description": "Tells.", "input_schema": {"type": "object"}}]
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
    assert asked["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "What?"}, picture]},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "call_1", "name": "clock", "input": {"tz": "UTC"}}],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "call_1", "content": "noon"}]},
    ]


def test_gemini_gets_a_conversation_in_its_shape() -> None:
    asked = body("gemini:m", TALK, tools=[TOOL])
    assert asked["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    assert asked["tools"] == [{"functionDeclarations": [TOOL["function"]]}]
    assert asked["contents"] == [
        {"role": "user", "parts": [{"text": "What?"}, {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]},
        {"role": "model", "parts": [{"functionCall": {"name": "clock", "args": {"tz": "UTC"}}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "clock", "response": {"result": "noon"}}}]},
    ]


def test_ollama_gets_a_conversation_in_its_shape() -> None:
    assert body("ollama:m", TALK)["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What?", "images": ["AAAA"]},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"function": {"name": "clock", "arguments": {"tz": "UTC"}}}],
        },
        {"role": "tool", "content": "noon", "tool_name": "clock"},
    ]


def test_responses_gets_a_conversation_in_its_shape() -> None:
    picture = {"type": "input_image", "image_url": PICTURE}
    assert body("openai/responses:m", TALK)["input"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "input_text", "text": "What?"}, picture]},
        {"type": "function_call", "call_id": "call_1", "name": "clock", "arguments": '{"tz": "UTC"}'},
        {"type": "function_call_output", "call_id": "call_1", "output": "noon"},
    ]


def test_openai_gets_the_conversation_as_it_is() -> None:
    assert body("openai:m", TALK)["messages"] == TALK


def test_ollama_generate_has_a_place_for_system_text() -> None:
    asked = body("ollama/generate:m", "Hi", system="Be brief.")
    assert asked == {"model": "m", "prompt": "Hi", "system": "Be brief.", "stream": True}


@pytest.mark.parametrize("model", ["openai/completions:m", "llamacpp/completion:m"])
def test_a_prompt_without_roles_is_one_text(model: str) -> None:
    for prompt in ([SAID, SAID], [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]):
        with pytest.raises(BadPrompt, match="no roles"):
            body(model, prompt)
    with pytest.raises(BadPrompt, match="no roles"):
        body(model, "Hi", system="Be brief.")


@pytest.mark.parametrize("model", ["anthropic:m", "gemini:m", "ollama:m", "openai/responses:m"])
@pytest.mark.parametrize("part", [{"type": "hologram"}, {"type": "input_video", "url": "x"}, 42, {"type": "text"}])
def test_a_part_that_the_format_has_not_names_its_message(model: str, part: object) -> None:
    with pytest.raises(BadPrompt, match="essage 1"):
        body(model, [SAID, {"role": "user", "content": [part]}])


@pytest.mark.parametrize("model", ["anthropic:m", "gemini:m", "ollama:m", "openai/responses:m"])
def test_system_text_alone_is_no_prompt(model: str) -> None:
    with pytest.raises(BadPrompt, match="system text alone"):
        body(model, [{"role": "system", "content": "Be brief."}])
