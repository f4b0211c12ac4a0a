"""gen.attempts shows itself as a small table: what each attempt was, what it cost, and its pace with the stalls."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
from faults.logs import an_attempt

from nbstream import Attempt, Replay, generate, prices
from nbstream.attempt import Delta
from nbstream.attempts_table import BLOCKS, SLOTS, Attempts, silences, slots, sparkline
from nbstream.counts import Count
from nbstream.display import static_bundle
from nbstream.rows import row_of


@pytest.fixture(autouse=True)
def _own_prices() -> Iterator[None]:
    prices.override("m", input=1, output=2)
    yield
    prices.clear()


def paced(*times: float, end: float = 10.0) -> Attempt:
    """An attempt that received as much at each of these seconds."""
    attempt = an_attempt("x", ended=True)
    attempt.deltas = [Delta(at, "text", "four") for at in times]
    attempt.duration_s = end
    return attempt


def counted(**fields: object) -> Attempt:
    attempt = an_attempt("x", **fields)
    attempt.input, attempt.received, attempt.output = Count(10, "estimate"), Count(40, "tokenizer"), Count(42, "final")
    attempt.ended_by, attempt.reason = "guard", "It repeats itself."
    return attempt


def test_it_is_a_list() -> None:
    generation = generate("Hello", Replay.text("one", events_per_s=0))
    generation.wait()
    generation.retry()
    generation.wait()
    attempts = generation.attempts
    assert isinstance(attempts, list)
    assert [attempt.number for attempt in attempts] == [1, 2]
    assert type(attempts[:1]) is list


HEADS = ("attempt", "pace", "model", "ended by", "tokens in", "received", "generated", "overrun", "cost", "tokens/s")


def test_it_shows_number_pace_model_state_tokens_cost_and_the_reason_last() -> None:
    shown = Attempts([counted(number=3)])._repr_html_()
    heads = re.findall("<th [^>]*>(.*?)</th>", shown)
    number, pace, *cells = re.findall("<td[^>]*>(.*?)</td>", shown, re.DOTALL)
    assert heads == [*HEADS, "reason"]
    assert (number, pace[:5]) == ("3", "<svg ")
    assert cells == ["m", "guard", "~10", "40", "42", "2", "~$0.000094", "—", "It repeats itself."]


def test_a_long_reason_is_one_line_with_the_whole_of_it_in_its_title() -> None:
    attempt = counted()
    attempt.reason = 'It said "no" ' * 20
    shown = Attempts([attempt])._repr_html_()
    assert f'text-overflow: ellipsis" title="{html.escape(attempt.reason)}">' in shown


def test_its_frame_scrolls_and_is_reached_by_the_keyboard() -> None:
    assert '<div style="overflow-x: auto" tabindex="0"' in Attempts([counted()])._repr_html_()


def test_in_text_it_is_the_same_table() -> None:
    head, line = repr(Attempts([counted(number=3)])).splitlines()
    assert head.split()[:4] == ["attempt", "pace", "model", "ended"]
    assert set(line[len("attempt  ") : head.index("model")].rstrip()) <= set(BLOCKS)
    assert line[head.index("model") :].split()[:3] == ["m", "guard", "~10"]
    assert line.endswith("It repeats itself.")


def test_what_is_not_known_is_a_dash_and_never_0() -> None:
    prices.clear()
    attempt = an_attempt("x", ended=False)
    assert Attempts([attempt]).lines() == [
        {"attempt": "1", "model": "m", "ended by": "streaming", "reason": "", **dict.fromkeys(HEADS[4:], "—")}
    ]


def test_without_attempts_it_is_empty() -> None:
    assert repr(Attempts()) == "[]"
    assert "no attempts" in Attempts()._repr_html_()


def test_each_part_of_the_time_has_a_bar_as_high_as_what_came_in_it() -> None:
    found = slots(paced(0.1, 5.1, 5.2, end=10.0), 10)
    assert found == [0.5, 0, 0, 0, 0, 1.0, 0, 0, 0, 0]


def test_silences_of_a_second_are_stalls_the_wait_for_the_first_text_included() -> None:
    assert silences(paced(2.0, 2.5, 3.0, 6.0, end=6.5)) == [(0.0, 2.0), (3.0, 6.0)]


def test_a_live_attempt_that_is_silent_now_is_stalled() -> None:
    attempt = an_attempt("x", ended=False)
    attempt.began -= 5
    ((start, end),) = silences(attempt)
    assert (round(start, 6), end >= 5) == (0.02, True)


def test_the_drawing_marks_the_stalls_and_says_them_in_words() -> None:
    drawn = sparkline(paced(0.5, 1.0, 5.0, 5.5, end=6.0))
    assert "<title>6.0 s from left to right; the longest silence was 4.0 s</title>" in drawn
    bars, gaps = re.findall(' d="(.*?)"', drawn)
    assert (bars.count("M"), gaps.count("M")) == (4, 1)


@pytest.mark.parametrize("times", [(), (0.0,), (0.0, 0.0), (1e-9, 1e9)])
def test_odd_times_are_drawn_too(times: tuple[float, ...]) -> None:
    attempt = paced(*times, end=0.0)
    assert "nan" not in sparkline(attempt)
    assert len(slots(attempt)) == SLOTS


def test_the_drawing_does_not_grow_with_the_answer() -> None:
    short, long = (
        len(sparkline(paced(*(n / 1000 for n in range(count)), end=count / 1000))) for count in (100, 100_000)
    )
    assert long < 2 * short + 2000


@pytest.mark.parametrize(
    ("usd", "exact", "shown"),
    [
        (None, True, "—"),
        (0.0, True, "$0.00"),
        (1.239, True, "$1.24"),
        (0.0000123, False, "~$0.000012"),
        (0.1, True, "$0.10"),
    ],
)
def test_the_static_table_has_the_cost(usd: float | None, exact: bool, shown: str) -> None:
    row = row_of(an_attempt("x"), 0.0)
    row["meter"]["cost_usd"], row["meter"]["cost_note"] = usd, None if exact else "So far."
    bundle = static_bundle("gen_1", [row], "the text")
    assert f">{shown}</td>" in bundle["text/html"]
    assert f" {shown}" in bundle["text/plain"].splitlines()[-1]


def test_the_static_text_says_on_itself_that_words_stay_whole() -> None:
    shown = static_bundle("gen_1", [row_of(an_attempt("x"), 0.0)], "the text")["text/html"]
    assert re.search('<pre [^>]*style="white-space: pre-wrap; word-break: normal;', shown)


def test_the_static_text_has_the_state_the_text_and_the_table() -> None:
    row = row_of(counted(number=2), 0.0)
    head, text, table = static_bundle("gen_1", [row], "the text")["text/plain"].split("\n\n")
    assert (head, text) == ("m · attempt 2 · It repeats itself.", "the text")
    assert table.splitlines()[1].startswith("2        m      guard")
