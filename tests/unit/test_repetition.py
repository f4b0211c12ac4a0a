"""`Repetition`: what it stops, what it leaves alone, what it says, and that a character costs the same anywhere."""

from __future__ import annotations

import random
import re
import sys
import tracemalloc
from types import FrameType

import pytest
from alone import alone
from repetition.judging import DELTA, cut, pieces
from repetition.words import sentence

from nbstream import Attempt
from nbstream.attempt import Delta
from nbstream.errors import SetupError
from nbstream.guards import Repetition
from nbstream.guards.base import arm
from nbstream.guards.echoes import MEMORY
from nbstream.guards.repetition import BLOCK, MOST, Watch


def prose(size: int, seed: object = 1) -> str:
    """Sentences that nobody has said before."""
    luck = random.Random(f"{seed}")
    text = ""
    while len(text) < size:
        text += "".join(sentence(luck) + " " for _ in range(50))
    return text[:size]


def verdict(text: str, guard: Repetition | None = None) -> str | None:
    found = cut(guard or Repetition(), pieces(text))
    return found and found[1]


# ---- how it is shown


def test_it_says_what_it_does() -> None:
    armed = arm(Repetition(times=4))
    assert (armed.name, armed.limit) == ("Repetition", "4 times")
    assert armed.about.startswith("Stops the attempt once the same text has come 4 times in a row")


def test_it_is_nearer_the_longer_the_words_go_round_and_far_in_good_text() -> None:
    attempt, armed = Attempt("att_1", "gen_1", 1, "demo", "demo"), arm(Repetition())
    near = []
    for piece in (prose(2000), *["one step is like the other step, " * 4] * 3):
        attempt.deltas.append(Delta(0.0, "text", piece))
        armed.check(attempt, 0.0)
        near.append(armed.near(attempt, 0.0) or 0.0)
    assert near[0] < 0.3
    assert near == sorted(near)
    assert near[-1] == 1.0


def test_how_near_exact_loops_are_is_not_known() -> None:
    armed = arm(Repetition(similar=False))
    assert armed.near(Attempt("att_1", "gen_1", 1, "demo", "demo"), 0.0) is None


# ---- what it costs


def calls_for(text: str, last: int) -> int:
    """Calls of functions, Python's and C's, that a checker makes for the last characters of a text."""
    attempt, check = Attempt("att_1", "gen_1", 1, "demo", "demo"), Repetition().arm()
    count = 0

    def counted(frame: FrameType, event: str, arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    for at in range(0, len(text), DELTA):
        attempt.deltas.append(Delta(0.0, "text", text[at : at + DELTA]))
        if at == len(text) - last:
            sys.setprofile(counted)
        check(attempt, 0.0)
    sys.setprofile(None)
    return count


def test_a_delta_takes_as_many_steps_after_100_000_characters_as_after_1_000() -> None:
    end = prose(800, "end")
    early, middle, late = (calls_for(prose(size) + end, len(end)) for size in (1_000, 10_000, 100_000))
    assert max(early, middle, late) < 1.05 * min(early, middle, late)
    assert late / (len(end) / DELTA) < 40


def test_what_a_checker_keeps_does_not_grow_with_the_answer() -> None:
    watch = Watch(Repetition())
    text = prose(400_000) + "x" * 50 + " " * 20_000 + ".,;" * 90
    for at in range(0, len(text), 7):
        watch.add(text[at : at + 7])
        if at > 8_000 and at % 3_500 == 0:
            assert len(watch.periods.window) <= watch.periods.keep
            assert len(watch.echoes.young) < MEMORY
            assert len(watch.echoes.old) <= MEMORY
            assert len(watch.echoes.rest) + len(watch.rest) < 2 * BLOCK


def kept_by_a_checker() -> int:
    text = prose(200_000)
    tracemalloc.start()
    watch = Watch(Repetition())
    for at in range(0, len(text), 50):
        watch.add(text[at : at + 50])
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept


def test_a_checker_keeps_less_than_two_megabytes() -> None:
    assert alone(kept_by_a_checker) < 2_000_000


def test_of_a_huge_delta_only_the_end_is_looked_at() -> None:
    blocks = []

    class Counting(Watch):
        def look(self, block: str) -> str | None:
            blocks.append(block)
            return super().look(block)

    Counting(Repetition()).add(prose(3_000_000))
    assert len(blocks) == MOST // BLOCK


def test_a_loop_that_goes_on_after_a_huge_delta_is_found() -> None:
    watch = Watch(Repetition())
    assert watch.add(prose(3 * MOST)) is None
    assert watch.add("It is what it is. " * 40) is not None


# ---- what it says


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("!" * 800, 'The same character came {} times: "!"'),
        ("ok\n" * 300, 'The same line came {} times: "ok"'),
        ("I do not know. " * 60, 'The same sentence came {} times: "I do not know."'),
        ("<b>a</b>\n<i>b</i>\n" * 60, 'The same 2 lines came {} times: "<i>b</i> <b>a</b>"'),
        ("blah " * 200, 'The same word came {} times: "blah"'),
        ("and so on and " * 60, 'The same words came {} times: "and so on and"'),
        (" " * 900, "Nothing but blanks and line ends came any more."),
        ("\n" * 900, "Nothing but blanks and line ends came any more."),
    ],
)
def test_the_sentence_says_what_repeats_and_how_often(text: str, said: str) -> None:
    unit = len(text) // next(n for n in range(900, 0, -1) if text == text[: len(text) // n] * n)
    found = cut(Repetition(), text)
    assert found is not None
    at, reason = found
    assert reason == said.format(at // unit)


def test_of_a_loop_that_changes_it_says_so() -> None:
    reason = verdict("".join(f"{n}. Be kind to all people.\n" for n in range(1, 40)))
    assert reason is not None
    assert re.fullmatch(r'Nearly the same text came about \d times: "\d+\. Be kind to all people\."', reason)


def test_the_sentence_quotes_no_more_than_one_short_line() -> None:
    reason = verdict(("A line of words that is rather long, as lines go,\nand a second one. " * 3 + "\n\n") * 20)
    assert reason is not None
    assert "\n" not in reason
    assert len(reason) < 120


# ---- what it looks at


def reasoned(guard: Repetition, text: str) -> tuple[int, str] | None:
    return cut(guard, pieces(text), "reasoning")


def test_a_loop_in_the_visible_reasoning_is_stopped_and_said_to_be_there() -> None:
    found = reasoned(Repetition(), "Wait, that is not right. " * 60)
    assert found is not None
    assert found[1].startswith("In the reasoning: the same sentence came")


def test_the_reasoning_can_be_left_alone() -> None:
    assert reasoned(Repetition(reasoning=False), "Wait, that is not right. " * 60) is None


def test_reasoning_and_answer_are_no_repetition_of_each_other() -> None:
    attempt, check, text = Attempt("att_1", "gen_1", 1, "demo", "demo"), Repetition().arm(), prose(4000)
    for piece in pieces(text):
        attempt.deltas += [Delta(0.0, "reasoning", piece), Delta(0.0, "text", piece)]
        assert check(attempt, 0.0) is None


def test_a_tick_without_news_says_nothing() -> None:
    attempt, check = Attempt("att_1", "gen_1", 1, "demo", "demo"), Repetition().arm()
    assert [check(attempt, float(second)) for second in range(5)] == [None] * 5


def test_each_attempt_has_a_checker_that_knows_nothing_of_the_one_before() -> None:
    guard, half = Repetition(), "We go round and round. " * 5
    assert verdict(half * 2, guard) is not None
    assert verdict(half, guard) is None
    assert verdict(half, guard) is None


# ---- how it is set


def test_only_exact_loops_are_stopped_when_similar_ones_are_left_alone() -> None:
    counting = "".join(f"{n}. Be kind to all people.\n" for n in range(1, 60))
    assert verdict(counting) is not None
    assert verdict(counting, Repetition(similar=False)) is None
    assert verdict("Be kind to all people.\n" * 40, Repetition(similar=False)) is not None


def test_more_times_and_more_patience_let_a_loop_go_on() -> None:
    loop = prose(500) * 12
    places = [cut(guard, loop) for guard in (Repetition(), Repetition(times=6), Repetition(patience=2000))]
    first, times, patience = (place[0] if place else len(loop) for place in places)
    assert first < 2000
    assert times > 2800
    assert patience > 1800


def test_a_passage_longer_than_the_longest_is_not_looked_for() -> None:
    loop = prose(900) * 8
    assert verdict(loop) is not None
    assert verdict(loop, Repetition(longest=800)) is None


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"times": 1}, "Repetition(times=1): give a whole number from 2 to 20."),
        ({"times": 2.5}, "Repetition(times=2.5)"),
        ({"times": True}, "Repetition(times=True)"),
        ({"patience": -1}, "Repetition(patience=-1): give a whole number from 0 to 10,000."),
        ({"longest": 0}, "Repetition(longest=0): give a whole number from 1 to 5,000."),
        ({"longest": "2000"}, "Repetition(longest='2000')"),
        ({"similar": 1}, "Repetition(similar=1): give True or False."),
        ({"reasoning": None}, "Repetition(reasoning=None): give True or False."),
    ],
)
def test_nonsense_settings_are_refused_in_words(settings: dict[str, object], said: str) -> None:
    with pytest.raises(SetupError) as caught:
        Repetition(**settings)  # type: ignore[arg-type]
    assert str(caught.value).startswith(said)
