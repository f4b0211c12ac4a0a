"""Where counts come from: whatever arrives in whatever order, the best source that spoke is the one that is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbstream.attempt import Attempt
from nbstream.counts import RANK, UNKNOWN, Count
from nbstream.events import Event, Finished, Source, TextDelta, Usage
from nbstream.folding import fold
from nbstream.run import counted
from nbstream.tokens import Tally

COUNTS = st.integers(min_value=1, max_value=10**6)
SOURCES = st.sampled_from(list(RANK))
USAGES = st.builds(
    Usage,
    input_tokens=st.none() | COUNTS,
    output_tokens=st.none() | COUNTS,
    source=st.sampled_from(["final", "running", "reconciled"]),
)
EVENTS = st.one_of(
    USAGES,
    st.builds(Usage, st.just(0), st.just(0)),
    st.builds(TextDelta, st.text(min_size=1, max_size=20)),
    st.just(Finished("stop", "stop")),
)


def is_told(event: Event) -> bool:
    return isinstance(event, Usage) and bool(event.input_tokens or event.output_tokens)


@given(st.lists(st.tuples(st.none() | COUNTS, SOURCES.filter(lambda source: source != "unknown"))))
def test_a_count_ends_at_the_newest_word_of_the_best_source_that_spoke(words: list[tuple[int | None, Source]]) -> None:
    count = UNKNOWN
    for tokens, source in words:
        count = count.better(tokens, source)
    known = [(tokens, source) for tokens, source in words if tokens is not None]
    best = max((RANK[source] for _, source in known), default=None)
    told = [Count(tokens, source) for tokens, source in known if RANK[source] == best]
    assert count == (told[-1] if told else UNKNOWN)


@given(st.lists(EVENTS, max_size=30))
def test_no_order_of_arrival_makes_a_source_worse(events: list[Event]) -> None:
    attempt = Attempt("att_1", "gen_1", 1, "test", "test", began=100.0)
    tally = Tally(None)
    for event in events:
        before = {name: getattr(attempt, name) for name in ("input", "output", "received")}
        fold(attempt, event, 101.0)
        if isinstance(event, TextDelta):
            tally.feed("text", event.text)
        counted(attempt, tally)
        for name, count in before.items():
            now = getattr(attempt, name)
            local = count.source in ("tokenizer", "estimate")  # our own counts follow the text they count
            assert local or RANK[now.source] >= RANK[count.source], (name, count, now)
            assert now.tokens is not None or count.tokens is None, "what was known is not forgotten"


@given(st.permutations([Usage(9, 30, source="reconciled"), Usage(9, 20, source="running"), TextDelta("a" * 40)]))
def test_asked_afterwards_outranks_how_far_the_stream_had_got(events: list[Event]) -> None:
    attempt = Attempt("att_1", "gen_1", 1, "test", "test", began=100.0)
    for event in events:
        fold(attempt, event, 101.0)
    assert attempt.output == Count(30, "reconciled")


@given(st.permutations([Usage(9, 30, source="reconciled"), Usage(9, 20, source="running"), Usage(9, 25)]))
def test_the_streams_own_last_word_outranks_all(events: list[Event]) -> None:
    attempt = Attempt("att_1", "gen_1", 1, "test", "test", began=100.0)
    fold(attempt, Finished("stop", "stop"), 101.0)
    for event in events:
        fold(attempt, event, 101.0)
    assert attempt.output == Count(25, "final")


@given(st.lists(EVENTS, max_size=30))
def test_a_count_is_only_ever_what_somebody_said_or_what_was_counted(events: list[Event]) -> None:
    attempt = Attempt("att_1", "gen_1", 1, "test", "test", began=100.0)
    for event in events:
        fold(attempt, event, 101.0)
    said = {event.output_tokens for event in events if isinstance(event, Usage) and is_told(event)}
    assert attempt.output.tokens in said | {None}
