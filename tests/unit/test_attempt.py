"""The fold: events make an attempt grow, and what is not known stays unknown."""

from __future__ import annotations

import itertools

import pytest

from nbstream.attempt import Attempt, new_id
from nbstream.counts import Count
from nbstream.events import (
    Closing,
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Source,
    Started,
    TextDelta,
    ToolDelta,
    Usage,
)
from nbstream.folding import end, fold


def grown(*events: Event) -> Attempt:
    """An attempt after these events, a second apart."""
    attempt = Attempt("att_1", "gen_1", 1, "test", "test", began=100.0)
    for place, event in enumerate(events, 1):
        fold(attempt, event, 100.0 + place)
    return attempt


def test_text_and_reasoning_are_kept_apart_and_in_order() -> None:
    attempt = grown(ReasoningDelta("think "), TextDelta("one "), ReasoningDelta("more"), TextDelta("two"))
    assert (attempt.text, attempt.reasoning) == ("one two", "think more")


def test_the_text_may_be_read_at_any_time_in_between() -> None:
    attempt = grown()
    seen = []
    for place, letter in enumerate("abc"):
        fold(attempt, TextDelta(letter), 101.0 + place)
        seen.append(attempt.text)
    assert seen == ["a", "ab", "abc"]


def test_the_tail_is_the_end_of_the_answer_alone() -> None:
    attempt = grown(TextDelta("one "), TextDelta("two "), ReasoningDelta("hidden"), TextDelta("3"))
    assert [attempt.tail(n) for n in (0, 1, 3, 5, 100)] == ["", "3", "o 3", "two 3", "one two 3"]


@pytest.mark.parametrize("first", [TextDelta("a"), ReasoningDelta("a"), ToolDelta(0, id="call_1", name="look")])
def test_the_first_sign_of_an_answer_ends_the_waiting(first: Event) -> None:
    attempt = grown(Started("resp_1"), first)
    assert (attempt.status, attempt.ttft_s, attempt.response_id) == ("streaming", 2.0, "resp_1")


@pytest.mark.parametrize("event", [Started("r"), TextDelta(""), ReasoningDelta(""), Usage(3, 0)])
def test_what_is_no_answer_yet_leaves_the_attempt_waiting(event: Event) -> None:
    attempt = grown(event)
    assert (attempt.status, attempt.ttft_s, attempt.deltas) == ("waiting", None, [])


def test_a_tool_call_is_joined_by_its_index() -> None:
    attempt = grown(
        ToolDelta(0, id="call_1", name="look"),
        ToolDelta(1, "{}", "call_2", "see"),
        ToolDelta(0, '{"a"'),
        ToolDelta(0, ":1}"),
    )
    assert attempt.tools == {0: ToolDelta(0, '{"a":1}', "call_1", "look"), 1: ToolDelta(1, "{}", "call_2", "see")}


def test_a_failure_keeps_what_came_before_it() -> None:
    attempt = grown(TextDelta("kept"), Failed("The server gave up."))
    assert (attempt.text, attempt.error) == ("kept", "The server gave up.")


def test_an_end_mark_closes_the_attempt() -> None:
    attempt = grown(TextDelta("a"), Finished("stop", "stop"), Closing())
    assert (attempt.closed, attempt.finish_reason) == (True, "stop")


# ---- counts

SOURCES: list[Source] = ["unknown", "estimate", "tokenizer", "running", "reconciled", "final"]  # worst first


@pytest.mark.parametrize(("worse", "better"), list(itertools.combinations(SOURCES, 2)))
def test_a_worse_source_never_overwrites_a_better_one(worse: Source, better: Source) -> None:
    assert Count(5, better).better(9, worse) == Count(5, better)
    assert Count(5, worse).better(9, better) == Count(9, better)


@pytest.mark.parametrize("source", SOURCES)
def test_not_known_never_overwrites_a_count_and_the_same_source_does(source: Source) -> None:
    assert Count(5, source).better(None, "final") == Count(5, source)
    assert Count(5, source).better(9, source) == Count(9, source)


def test_usage_before_the_finish_is_how_far_the_server_has_got() -> None:
    attempt = grown(TextDelta("a"), Usage(10, 1), TextDelta("b"), Usage(10, 2))
    assert (attempt.output, attempt.received) == (Count(2, "running"), Count(2, "running"))


def test_usage_with_or_after_the_finish_is_the_last_word() -> None:
    attempt = grown(
        TextDelta("a"), Usage(10, 1), Finished("stop", "stop"), Usage(11, 7, cached_tokens=4, reasoning_tokens=5)
    )
    assert (attempt.input, attempt.output, attempt.cached_tokens, attempt.reasoning_tokens) == (
        Count(11, "final"),
        Count(7, "final"),
        4,
        5,
    )


def test_usage_of_zeros_alone_is_a_placeholder() -> None:
    attempt = grown(Usage(0, 0))
    assert (attempt.input, attempt.output) == (Count(), Count())


def test_reasoning_that_was_never_shown_was_not_received() -> None:
    attempt = grown(TextDelta("a"), Finished("stop", "stop"), Usage(10, 30, reasoning_tokens=20))
    assert (attempt.output.tokens, attempt.received.tokens) == (30, 10)
    shown = grown(ReasoningDelta("a"), Finished("stop", "stop"), Usage(10, 30, reasoning_tokens=20))
    assert shown.received.tokens == 30


def test_a_price_that_the_provider_tells_is_the_providers() -> None:
    attempt = grown(Usage(10, 2, cost_usd=0.25))
    assert (attempt.cost_usd, attempt.cost_source) == (0.25, "provider")


# ---- overrun


def stopped_after(received: Count, output: Count) -> Attempt:
    attempt = grown(TextDelta("a"))
    attempt.received, attempt.output = received, output
    end(attempt, "person", "Stopped by you.", 110.0)
    return attempt


def test_the_overrun_is_output_minus_received() -> None:
    assert stopped_after(Count(9, "tokenizer"), Count(12, "reconciled")).overrun_tokens == 3
    assert stopped_after(Count(9, "running"), Count(9, "reconciled")).overrun_tokens == 0


@pytest.mark.parametrize(
    ("received", "output"),
    [
        (Count(9, "running"), Count(9, "running")),  # ends at the cut by nature
        (Count(9, "estimate"), Count(12, "reconciled")),
        (Count(), Count(12, "reconciled")),
        (Count(9, "tokenizer"), Count()),
    ],
)
def test_the_overrun_is_not_known_without_the_servers_word_on_all_of_it(received: Count, output: Count) -> None:
    assert stopped_after(received, output).overrun_tokens is None


def test_a_live_attempt_has_no_overrun_yet_and_a_finished_one_none() -> None:
    attempt = grown(TextDelta("a"), Finished("stop", "stop"), Usage(1, 5))
    assert attempt.overrun_tokens is None
    end(attempt, "model", "The model finished.", 105.0)
    assert attempt.overrun_tokens == 0


# ---- times and ids


def test_the_rate_is_over_the_streaming_part_alone() -> None:
    attempt = grown(Started("r"), Started("r"), TextDelta("a"), TextDelta("b"), TextDelta("c"))
    attempt.received = Count(21, "tokenizer")
    assert attempt.tokens_per_s == 10.0


def test_one_piece_has_no_rate() -> None:
    attempt = grown(TextDelta("a"))
    attempt.received = Count(21, "tokenizer")
    assert attempt.tokens_per_s is None


def test_the_clock_of_an_attempt_stops_with_it() -> None:
    attempt = grown(TextDelta("a"))
    assert attempt.elapsed(107.0) == 7.0
    end(attempt, "guard", "Enough.", 108.0)
    assert (attempt.elapsed(999.0), attempt.status, attempt.ended_by, attempt.reason) == (
        8.0,
        "done",
        "guard",
        "Enough.",
    )


def test_ids_sort_by_the_time_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([999_999_000_000, 1_000_000_000_000, 255 * 10**15, 256 * 10**15])
    monkeypatch.setattr("time.time_ns", lambda: next(times))
    ids = [new_id("att") for _ in range(4)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 4
