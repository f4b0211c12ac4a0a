"""What an attempt costs: which tokens are charged, what the number is worth, and when it is known."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator

import pytest
from faults.server import PATIENCE, Server, body, chunk, event, finish, headers, send, silence, text
from faults.watch import Watch

import nbstream
from nbstream import Attempt, Generation, Replay, prices
from nbstream.counts import UNKNOWN, Count
from nbstream.events import TextDelta, Usage
from nbstream.folding import end, fold
from nbstream.framing import Record
from nbstream.providers import AnthropicMessages, OpenRouter
from nbstream.rows import meter_of

Start = Callable[..., Generation]
MILLION = 1_000_000


@pytest.fixture(autouse=True)
def _a_price() -> Iterator[None]:
    """A dollar for a million tokens of input, ten for output."""
    prices.override("test", input=1, output=10)
    yield
    prices.clear()


PROMPT = Count(MILLION, "final")


def an_attempt(received: Count = UNKNOWN, output: Count = UNKNOWN, input: Count = PROMPT, chunks: int = 3) -> Attempt:
    attempt = Attempt("att_1", "gen_1", 1, "test", "test", began=100.0, chunks=chunks)
    attempt.input, attempt.received, attempt.output = input, received, output
    return attempt


def stopped(received: Count = UNKNOWN, output: Count = UNKNOWN, **more: object) -> Attempt:
    attempt = an_attempt(received, output, **more)  # type: ignore[arg-type]
    end(attempt, "person", "Stopped by you.", 110.0)
    return attempt


def note(attempt: Attempt) -> str | None:
    return meter_of(attempt, 110.0)["cost_note"]


# ---- which tokens


def test_what_the_server_generated_is_charged_and_not_only_what_was_received() -> None:
    assert stopped(Count(MILLION, "tokenizer"), Count(2 * MILLION, "reconciled")).cost_usd == 21.0


def test_the_servers_word_counts_also_where_it_is_less_than_was_counted_here() -> None:
    assert stopped(Count(2 * MILLION, "estimate"), Count(MILLION, "final")).cost_usd == 11.0


def test_without_the_servers_word_what_was_received_is_charged() -> None:
    assert stopped(Count(MILLION, "tokenizer")).cost_usd == 11.0


def test_a_count_that_came_with_the_chunks_is_charged_if_it_is_ahead_of_what_was_received() -> None:
    assert stopped(Count(1, "tokenizer"), Count(MILLION, "running")).cost_usd == 11.0


def test_the_word_of_the_provider_goes_before_any_price() -> None:
    attempt = stopped(Count(MILLION, "tokenizer"))
    fold(attempt, Usage(10, 10, cost_usd=0.25, source="reconciled"), 111.0)
    assert (attempt.cost_usd, attempt.cost_source, note(attempt)) == (0.25, "provider", None)


def test_a_price_that_is_set_later_counts_for_earlier_attempts_too() -> None:
    attempt = stopped(Count(MILLION, "tokenizer"))
    prices.override("test", input=2, output=20)
    assert attempt.cost_usd == 22.0


def test_a_request_that_nobody_answered_costs_nothing_that_is_known() -> None:
    attempt = an_attempt(chunks=0)
    assert attempt.cost_usd is None
    end(attempt, "error", "Refused.", 101.0)
    assert attempt.cost_usd is None


def test_a_prompt_that_was_not_counted_has_no_price() -> None:
    assert stopped(Count(9, "tokenizer"), input=UNKNOWN).cost_usd is None


def test_what_anthropic_writes_to_its_cache_is_known_apart_and_is_input_too() -> None:
    told = {"input_tokens": 10, "cache_creation_input_tokens": 600, "cache_read_input_tokens": 30, "output_tokens": 1}
    data = json.dumps({"type": "message_start", "message": {"id": "msg_1", "usage": told}})
    attempt = an_attempt(input=UNKNOWN)
    for told_event in AnthropicMessages("claude-sonnet-4-5", api_key="sk-0123456789").decode(Record(data)):
        fold(attempt, told_event, 101.0)
    assert (attempt.input.tokens, attempt.cached_tokens, attempt.written_tokens) == (640, 30, 600)


# ---- what the number is worth


def test_a_cost_by_the_servers_own_counts_is_exact() -> None:
    assert note(stopped(Count(9, "tokenizer"), Count(9, "reconciled"))) is None


@pytest.mark.parametrize(
    ("billing", "words"), [("stops", "is known to stop"), ("runs on", "is known to run on"), ("unknown", "not told")]
)
def test_a_stop_without_the_servers_word_is_a_lower_bound_and_says_so(billing: str, words: str) -> None:
    attempt = stopped(Count(9, "tokenizer"))
    attempt.billing_after_stop = billing
    assert str(note(attempt)).startswith("At least")
    assert words in str(note(attempt))


def test_a_stop_before_the_first_token_is_the_price_of_the_prompt_and_says_so() -> None:
    attempt = stopped(Count(0, "tokenizer"), chunks=0)
    assert attempt.cost_usd == 1.0
    assert str(note(attempt)).startswith("The prompt alone")


def test_a_prompt_counted_here_makes_the_cost_inexact() -> None:
    attempt = stopped(Count(9, "final"), Count(9, "final"), input=Count(MILLION, "tokenizer"))
    assert "prompt was counted here" in str(note(attempt))


def test_an_answer_counted_here_makes_the_cost_inexact() -> None:
    attempt = an_attempt(Count(9, "tokenizer"))
    end(attempt, "model", "The model finished.", 110.0)
    assert "counted here" in str(note(attempt))


def test_a_live_attempt_tells_what_it_has_cost_so_far() -> None:
    attempt = an_attempt(Count(MILLION, "tokenizer"))
    fold(attempt, TextDelta("word"), 101.0)
    assert (meter_of(attempt, 101.0)["cost_usd"], note(attempt)) == (11.0, "So far.")


def test_an_attempt_without_a_price_has_no_word_on_it_either() -> None:
    prices.clear()
    assert (stopped(Count(9, "tokenizer")).cost_usd, note(stopped(Count(9, "tokenizer")))) == (None, None)


# ---- from end to end


def test_the_cost_stands_in_the_history(server: Server, start: Start) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 500}
    server.script(headers(), text("Hello"), finish(usage=usage))
    generation = start()
    generation.wait(PATIENCE)
    row = generation.history.iloc[0]
    assert (row["cost_usd"], row["cost_source"]) == (pytest.approx(0.006), "override")


def test_the_meter_knows_the_cost_while_it_streams(server: Server, start: Start, watch: Watch) -> None:
    server.script(headers(), send(chunk("word " * 20)), silence())
    generation = start()
    watch.sees("word")
    attempt = generation.attempt
    meter = meter_of(attempt, 0.0)
    assert meter["cost_usd"] == (attempt.input.tokens + 10 * attempt.received.tokens) / MILLION  # type: ignore[operator]


def test_an_error_before_the_first_byte_costs_nothing_that_is_known(
    server: Server, run: Callable[..., Attempt]
) -> None:
    server.script(headers("401 Unauthorized"))
    assert run().cost_usd is None


def test_openrouters_own_word_on_the_cost_of_a_stopped_stream_wins(server: Server, start: Start, watch: Watch) -> None:
    told = {"data": {"native_tokens_prompt": 7, "native_tokens_completion": 12, "total_cost": 0.125}}
    server.script(headers(), send(chunk("word", id="gen-1")), silence())
    server.script(*body(json.dumps(told)))
    generation = start(model=OpenRouter("test", base_url=server.base_url, api_key="sk-0123456789"), base_url=None)
    watch.sees("word")
    generation.stop()
    generation.wait(PATIENCE)
    row = generation.history.iloc[0]
    assert (row["cost_usd"], row["cost_source"], row["output_tokens"]) == (0.125, "provider", 12)


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        ({"cost": 0.5}, 0.5),
        ({"cost": 0}, 0.0),
        ({"cost": 0.5, "is_byok": False, "cost_details": {"upstream_inference_cost": 9}}, 0.5),
        ({"cost": 0.25, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.5}}, 0.75),
        ({"cost": 0, "is_byok": True}, None),
    ],
)
def test_with_a_key_of_ones_own_upstream_the_upstreams_bill_is_part_of_the_cost(
    usage: dict[str, object], cost: float | None, server: Server, run: Callable[..., Attempt]
) -> None:
    prices.clear()
    told = {"prompt_tokens": 7, "completion_tokens": 1} | usage
    server.script(headers(), text("Hello"), finish(usage=told))  # type: ignore[arg-type]
    assert run().cost_usd == cost


class AtOpenAI(Replay):
    """A recording that says it was made at OpenAI's address."""

    def __init__(self, recording: bytes) -> None:
        super().__init__(recording, events_per_s=0)
        self.base_url, self.model, self.name = "https://api.openai.com/v1", "gpt-4.1-mini", "openai"


def recording(words: str) -> bytes:
    usage = {"prompt_tokens": 1000, "completion_tokens": 1000}
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": usage}
    return chunk(words) + event(last) + b"data: [DONE]\n\n"


def test_the_table_is_loaded_once_nothing_streams_and_the_widget_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prices, "table", None)
    loaded_on: list[str] = []
    load = prices.load

    def noticed() -> None:
        loaded_on.append(threading.current_thread().name)
        load()

    monkeypatch.setattr(prices, "load", noticed)
    generation = nbstream.generate("Hello", AtOpenAI(recording("word")))
    generation.wait(PATIENCE)
    generation.last_run.settled.result(PATIENCE)
    assert len(loaded_on) == 1
    assert loaded_on[0] not in ("nbstream", threading.main_thread().name)
    assert generation.rows[0]["meter"]["cost_usd"] == pytest.approx(0.002)


def test_while_something_streams_the_table_waits_and_then_all_that_ended_are_told(
    monkeypatch: pytest.MonkeyPatch, server: Server, start: Start, watch: Watch
) -> None:
    monkeypatch.setattr(prices, "table", None)
    server.script(headers(), text("word"), silence())
    live = start()
    watch.sees("word")
    ended = [nbstream.generate("Hello", AtOpenAI(recording("word"))) for _ in range(2)]
    for generation in ended:
        generation.wait(PATIENCE)
        generation.last_run.settled.result(PATIENCE)
    assert [generation.attempt.cost_usd for generation in ended] == [None, None]
    live.stop()
    live.wait(PATIENCE)
    live.last_run.settled.result(PATIENCE)
    shown = [generation.rows[0]["meter"]["cost_usd"] for generation in ended]
    assert shown == [pytest.approx(0.002)] * 2


def test_the_history_knows_the_cost_while_something_else_streams(
    monkeypatch: pytest.MonkeyPatch, server: Server, start: Start
) -> None:
    monkeypatch.setattr(prices, "table", None)
    server.script(silence())
    start()
    ended = nbstream.generate("Hello", AtOpenAI(recording("word")))
    ended.wait(PATIENCE)
    assert ended.history["cost_source"].tolist() == ["price table"]
