"""What comes beside the answer: tool calls, reasoning that is shown or hidden, and refusals with their reason."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from asking import found
from faults.server import PATIENCE, Server, Step, answer, body, event, finish, headers, send, silence, text
from faults.watch import Watch

from nbstream import Attempt, Generation
from nbstream.counts import Count
from nbstream.ending import LOWER_BOUND
from nbstream.events import Event, ReasoningDelta, TextDelta, ToolDelta, Usage
from nbstream.folding import end, fold
from nbstream.providers import OpenAIChat
from nbstream.providers.services import TABLE

Start = Callable[..., Generation]
Run = Callable[..., Attempt]


def grown(*events: Event) -> Attempt:
    attempt = Attempt("att_1", "gen_1", 1, "test", "test", began=100.0)
    for one in events:
        fold(attempt, one, 101.0)
    return attempt


def tell(data: dict[str, object]) -> Step:
    return send(event(data))


def call(index: int, arguments: str, name: str | None = None) -> dict[str, object]:
    function = {"arguments": arguments} | ({"name": name} if name else {})
    return {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": index, "function": function}]}}]}


# ---- tool calls


def test_a_tool_call_reads_as_a_line_with_its_name_and_arguments() -> None:
    attempt = grown(ToolDelta(0, "", "c1", "look"), ToolDelta(0, '{"a"'), ToolDelta(0, ":1}"))
    assert attempt.join("tool") == 'look {"a":1}'


def test_each_further_tool_call_begins_a_line() -> None:
    attempt = grown(ToolDelta(0, "{}", "c1", "look"), ToolDelta(1, "{}", "c2", "see"))
    assert attempt.join("tool") == "look {}\nsee {}"


def test_pieces_of_two_calls_that_take_turns_are_never_joined_to_the_wrong_one() -> None:
    attempt = grown(ToolDelta(0, '{"a":', "c1", "look"), ToolDelta(1, "{}", "c2", "see"), ToolDelta(0, "1}"))
    assert attempt.join("tool") == 'look {"a":\nsee {}\nlook 1}'
    assert json.loads(attempt.tool_calls or "") == [
        {"id": "c1", "name": "look", "arguments": '{"a":1}'},
        {"id": "c2", "name": "see", "arguments": "{}"},
    ]


def test_a_call_without_a_number_is_another_one_each_time() -> None:
    attempt = grown(ToolDelta(None, "{}", name="look"), ToolDelta(None, "{}", name="look"))
    assert attempt.join("tool") == "look {}\nlook {}"


def test_tool_calls_are_no_part_of_the_text() -> None:
    assert grown(TextDelta("Let me see."), ToolDelta(0, "{}", name="look")).text == "Let me see."


def test_a_stopped_tool_call_stands_in_the_history_as_far_as_it_came(
    server: Server, start: Start, watch: Watch
) -> None:
    server.script(headers(), tell(call(0, '{"city": "Par', "weather")), silence())
    generation = start()
    watch.until(lambda attempt: bool(attempt.tools))
    generation.stop()
    generation.wait(PATIENCE)
    row = generation.history.iloc[0]
    assert json.loads(row["tool_calls"])[0] == {"id": None, "name": "weather", "arguments": '{"city": "Par'}


def test_what_a_tool_call_took_is_counted_as_an_estimate(server: Server, run: Run) -> None:
    server.script(headers(), text("Let me see."), tell(call(0, '{"city": "Paris"}', "weather")), finish("tool_calls"))
    attempt = run()
    assert attempt.received.source == "estimate"
    assert (attempt.received.tokens or 0) > len("Let me see.") / 4 + 1


# ---- reasoning


def test_visible_reasoning_is_counted_apart_and_is_part_of_what_was_received(server: Server, run: Run) -> None:
    thought = tell({"choices": [{"index": 0, "delta": {"reasoning_content": "x" * 40}}]})
    server.script(headers(), thought, text("y" * 40), finish())
    attempt = run()
    assert (attempt.received_reasoning, attempt.received.tokens) == (Count(10, "estimate"), 20)


def test_reasoning_that_was_shown_in_part_is_no_overrun() -> None:
    attempt = grown(ReasoningDelta("hm"), TextDelta("a"))
    attempt.received, attempt.received_reasoning = Count(5, "tokenizer"), Count(2, "tokenizer")
    fold(attempt, Usage(9, 30, reasoning_tokens=25, source="reconciled"), 102.0)
    end(attempt, "person", "Stopped by you.", 103.0)
    assert attempt.overrun_tokens == 30 - 5 - (25 - 2)


def test_the_overrun_of_a_stop_amid_the_thinking_is_not_known() -> None:
    attempt = grown(ReasoningDelta("hm"))
    attempt.received, attempt.received_reasoning = Count(1, "tokenizer"), Count(1, "tokenizer")
    fold(attempt, Usage(9, 30, reasoning_tokens=25, source="reconciled"), 102.0)
    end(attempt, "person", "Stopped by you.", 103.0)
    assert attempt.overrun_tokens is None


@pytest.mark.parametrize(
    ("model", "options", "hides"),
    [
        ("openai:o3-mini", {}, True),
        ("openai:gpt-5-mini", {}, True),
        ("openai:gpt-5-mini", {"reasoning_effort": "none"}, False),
        ("openai:gpt-5-chat-latest", {}, False),
        ("openai:gpt-4o", {}, False),
        ("openai/responses:o4-mini", {}, True),
        ("openrouter:openai/o3", {}, True),
        ("openrouter:deepseek/deepseek-r1", {}, False),
        ("gemini:gemini-2.5-flash", {}, True),
        ("gemini:gemini-2.0-flash", {}, False),
        ("anthropic:claude-sonnet-4-5", {}, False),
        ("anthropic:claude-sonnet-4-5", {"thinking": {"type": "enabled", "budget_tokens": 2000}}, True),
        ("vllm:deepseek-r1", {}, False),
    ],
)
def test_models_that_reason_out_of_sight_are_known(model: str, options: dict[str, object], hides: bool) -> None:
    assert found(model, api_key="sk-planted-0123456789").hides_reasoning(options) is hides


def stopped(start: Start, watch: Watch, model: str, server: Server) -> Attempt:
    provider = OpenAIChat(model, base_url=server.base_url, api_key="sk-planted-0123456789", service=TABLE["openai"])
    generation = start(model=provider, base_url=None)
    watch.sees("word")
    generation.stop()
    return generation.wait(PATIENCE)


def test_a_cancelled_count_is_called_a_lower_bound_where_reasoning_is_hidden(
    server: Server, start: Start, watch: Watch
) -> None:
    server.script(headers(), text("word"), silence())
    assert stopped(start, watch, "o3-mini", server).reason == "Stopped by you." + LOWER_BOUND


def test_a_cancelled_count_of_a_model_that_hides_nothing_is_just_stopped(
    server: Server, start: Start, watch: Watch
) -> None:
    server.script(headers(), text("word"), silence())
    assert stopped(start, watch, "gpt-4o", server).reason == "Stopped by you."


def test_where_the_server_told_what_it_generated_nothing_is_a_lower_bound(
    server: Server, start: Start, watch: Watch
) -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 30}
    told = tell({"choices": [{"index": 0, "delta": {"content": "word"}}], "usage": usage})
    server.script(headers(), told, silence())
    assert stopped(start, watch, "o3-mini", server).reason == "Stopped by you."


# ---- refusals


def test_a_refusal_is_text_and_the_attempt_says_that_it_is_one(server: Server, run: Run) -> None:
    refusal = tell({"choices": [{"index": 0, "delta": {"refusal": "I can't help with that."}}]})
    server.script(headers(), refusal, finish())
    attempt = run()
    assert (attempt.text, attempt.reason) == ("I can't help with that.", "The model refused to answer.")


def test_a_refusal_brings_its_reason(server: Server, run: Run) -> None:
    refused = {
        "content": [],
        "stop_reason": "refusal",
        "stop_details": {"type": "refusal", "explanation": "It asks for a weapon."},
    }
    server.script(*body(json.dumps({"type": "message", "role": "assistant", **refused}).encode()))
    attempt = run(model="anthropic:claude-opus-4-5", api_key="sk-planted-0123456789", base_url=server.base_url)
    assert attempt.reason == "The model refused to answer: It asks for a weapon."


def test_an_answer_that_ends_well_says_so(server: Server, run: Run) -> None:
    server.script(*answer("Hello"))
    assert run().reason == "The model finished."


def test_what_a_saved_notebook_keeps_holds_the_tool_calls_too() -> None:
    attempt = grown(TextDelta("Let me see."), ToolDelta(0, "{}", name="look"))
    assert attempt.kept_text == "Let me see.\n\nlook {}"
