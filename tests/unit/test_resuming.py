"""The way each service is handed a partial answer: what is asked, where, and what stays out of it."""

from __future__ import annotations

from typing import Any

import pytest
from asking import found

from nbstream.attempt import Attempt
from nbstream.errors import SetupError
from nbstream.plan import Plan, make_plan, resume_of
from nbstream.providers import Demo, Format
from nbstream.wire import Request

MESSAGES: list[dict[str, Any]] = [{"role": "user", "content": "Question"}]
LAST = {"role": "assistant", "content": "Half an"}


def planned(model: str, prompt: object = "Question", base_url: str | None = None, **options: object) -> Plan:
    return make_plan(prompt, found(model, base_url, "key-0123456789"), options=options)


def resumed(plan: Plan, text: str = "Half an") -> Plan:
    return plan.resumed(plan.attempt("gen_1", 1, "first", None), text)


def request(model: str, text: str = "Half an", prompt: object = "Question", **options: object) -> Request:
    plan = resumed(planned(model, prompt, **options), text)
    return plan.provider.request(plan.ask())


def body(model: str, text: str = "Half an", prompt: object = "Question", **options: object) -> dict[str, Any]:
    return dict(request(model, text, prompt, **options).body or {})


@pytest.mark.parametrize("model", ["anthropic:claude-sonnet-4-5", "anthropic:claude-3-5-haiku-latest", "llamacpp:m"])
def test_a_last_assistant_message_is_all_that_some_need(model: str) -> None:
    assert body(model)["messages"] == [*MESSAGES, LAST]


def test_anthropic_is_sent_no_blanks_at_the_end_and_the_answer_has_none_there() -> None:
    plan = resumed(planned("anthropic:claude-sonnet-4-5"), "Half an \n")
    assert dict(plan.provider.request(plan.ask()).body or {})["messages"][-1] == LAST
    assert plan.attempt("gen_1", 2, "resume", None).text == "Half an"


def test_others_are_sent_the_text_to_its_last_blank() -> None:
    assert body("llamacpp:m", "Half an \n")["messages"][-1]["content"] == "Half an \n"


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("anthropic:claude-opus-4-7", {}),
        ("anthropic:claude-sonnet-4-6", {}),
        ("anthropic:claude-sonnet-4-5", {"thinking": {"type": "enabled", "budget_tokens": 2000}}),
        ("openai:gpt-4.1-mini", {}),
        ("openrouter:anthropic/claude-sonnet-4-6", {}),
        ("groq:llama", {}),
        ("ollama:llama3.2", {}),
    ],
)
def test_who_takes_no_prefill_is_asked_to_go_on(model: str, options: dict[str, Any]) -> None:
    first, answer, ask = body(model, **options)["messages"]
    assert (first, answer) == (MESSAGES[0], LAST)
    assert ask["role"] == "user"
    assert "Half an" in ask["content"]
    assert resumed(planned(model, **options)).attempt("g", 2, "resume", None).seam is not None


def test_a_long_text_is_quoted_by_its_end_alone() -> None:
    ask = body("openai:gpt-4.1-mini", "x" * 5000)["messages"][-1]["content"]
    assert ask.count("x" * 200) == 1
    assert "x" * 201 not in ask


def test_gemini_is_asked_by_turns_of_its_own() -> None:
    assert [turn["role"] for turn in body("gemini:gemini-2.5-flash")["contents"]] == ["user", "model", "user"]


def test_responses_are_asked_by_items() -> None:
    assert [item["role"] for item in body("openai/responses:gpt-4.1-mini")["input"]] == ["user", "assistant", "user"]


def test_mistral_is_sent_a_message_marked_as_prefix_and_a_repeated_prefix_is_taken_away() -> None:
    asked = request("mistral:mistral-small-latest")
    assert dict(asked.body or {})["messages"] == [*MESSAGES, LAST | {"prefix": True}]
    assert asked.url == "https://api.mistral.ai/v1/chat/completions"
    seam = resumed(planned("mistral:m")).attempt("g", 2, "resume", None).seam
    assert seam is not None
    assert seam.feed("Half an answer") == " answer"


def test_deepseek_is_asked_at_its_beta_address_for_a_prefix_and_for_nothing_else() -> None:
    asked = request("deepseek:deepseek-chat")
    assert asked.url == "https://api.deepseek.com/beta/chat/completions"
    assert dict(asked.body or {})["messages"][-1] == LAST | {"prefix": True}
    plan = planned("deepseek:deepseek-chat")
    assert plan.provider.request(plan.ask()).url == "https://api.deepseek.com/v1/chat/completions"


def test_another_address_of_deepseeks_models_is_left_as_it_is() -> None:
    plan = resumed(planned("deepseek:deepseek-chat", base_url="http://localhost:1/v1"))
    assert plan.provider.request(plan.ask()).url == "http://localhost:1/v1/chat/completions"


def test_vllm_is_told_to_begin_no_new_turn() -> None:
    asked = body("vllm:m", add_generation_prompt=True)
    assert (asked["continue_final_message"], asked["add_generation_prompt"]) == (True, False)
    assert asked["messages"] == [*MESSAGES, LAST]


def test_sglang_is_told_by_the_one_word_it_knows() -> None:
    asked = body("sglang:m")
    assert asked["continue_final_message"] is True
    assert "add_generation_prompt" not in asked


@pytest.mark.parametrize(
    ("model", "place"),
    [
        ("openai:gpt-3.5-turbo-instruct", "prompt"),
        ("vllm/completions:m", "prompt"),
        ("llamacpp/completion:m", "prompt"),
        ("tgi/generate_stream:m", "inputs"),
    ],
)
def test_a_raw_completion_goes_on_from_prompt_and_text(model: str, place: str) -> None:
    assert body(model)[place] == "QuestionHalf an"


def test_an_echoed_prompt_is_no_text_to_go_on_from() -> None:
    with pytest.raises(SetupError, match="echo=True"):
        request("vllm/completions:m", echo=True)


def test_one_text_that_the_server_makes_a_turn_of_asks_to_go_on() -> None:
    for model, place in (("ollama/generate:m", "prompt"), ("lmstudio/lmstudio:m", "input")):
        text = body(model)[place]
        assert text.startswith("Question\n\nYour answer so far:\n\nHalf an\n\n")
    assert body("ollama/generate:m", raw=True)["prompt"] == "QuestionHalf an"


def test_an_answer_that_the_prompt_began_is_gone_on_with_in_one_message() -> None:
    begun = [*MESSAGES, {"role": "assistant", "content": "Well: "}]
    assert body("llamacpp:m", prompt=begun)["messages"] == [
        *MESSAGES,
        {"role": "assistant", "content": "Well: Half an"},
    ]


def test_half_a_character_at_the_end_is_left_out() -> None:
    assert body("llamacpp:m", "Half an \ud83d")["messages"][-1]["content"] == "Half an "
    assert body("llamacpp:m", "Hal\udc00f")["messages"][-1]["content"] == "Hal\ufffdf"


def test_a_retry_at_another_service_hands_the_text_over_in_its_way() -> None:
    plan = resumed(planned("openai:gpt-4.1-mini"), "Half an ")
    moved = plan.changed(None, {"model": "anthropic:claude-sonnet-4-5", "api_key": "key-0123456789"})
    assert dict(moved.provider.request(moved.ask()).body or {})["messages"] == [*MESSAGES, LAST]


def test_the_prompt_of_record_is_the_conversation_whatever_the_way() -> None:
    for model in ("openai:gpt-4.1-mini", "mistral:m", "vllm/completions:m", "anthropic:claude-sonnet-4-5"):
        attempt = resumed(planned(model)).attempt("g", 2, "resume", None)
        assert attempt.prompt == (
            '[{"role": "user", "content": "Question"}, {"role": "assistant", "content": "Half an"}]'
        )


def test_the_button_says_how_and_what_it_costs_again() -> None:
    plan = make_plan("Question", Demo(), options={})
    attempt: Attempt = plan.attempt("g", 1, "first", None)
    attempt.status, attempt.ended_by = "done", "person"
    attempt.joined["text"] = (0, "Half an")
    attempt.input = attempt.input.better(20, "final")
    attempt.received = attempt.received.better(3, "running")
    told = resume_of(plan, attempt)
    assert told["note"] == "Go on from this text by prefill; costs about 23 prompt tokens again"
    assert (told["refusal"], told["edited"]) == (None, None)
    attempt.ended_by, attempt.finish_reason = "model", "stop"
    told = resume_of(plan, attempt)
    assert "ended this answer itself" in (told["refusal"] or "")
    assert told["edited"] is None


def test_every_service_has_a_way() -> None:
    from nbstream.providers.services import TABLE
    from nbstream.resuming import BY, way_of

    for name in TABLE:
        provider: Format = found(f"{name}:m", "http://localhost:1" if name == "azure" else None, "key-0123456789")
        assert way_of(provider, {}) in BY
