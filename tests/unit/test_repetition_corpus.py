"""What `Repetition` makes of the labelled corpus: how many good texts it cuts, how many loops it catches, and where."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from repetition.corpus import Text, corpus
from repetition.judging import Result, cut, judged

from nbstream.guards import Repetition

GOOD_CUT = 0.01
LOOPS_CAUGHT = 0.97


@cache
def results() -> list[Result]:
    return judged(Repetition(), corpus())


PARTS = {
    "all": lambda text: True,
    "tuned on": lambda text: not text.held_out and not text.fresh,
    "held out": lambda text: text.held_out and not text.fresh,
    "fresh": lambda text: text.fresh,
}
each_part = pytest.mark.parametrize("part", PARTS)


# ---- the corpus


def test_the_corpus_has_150_loops_300_good_texts_and_a_third_held_out() -> None:
    texts = corpus()
    assert sum(text.label == "loop" for text in texts) >= 150
    assert sum(text.label == "good" for text in texts) >= 300
    old = [text for text in texts if not text.fresh]
    assert 0.3 < sum(text.held_out for text in old) / len(old) < 0.4


def test_a_loop_goes_on_long_enough_to_be_caught_in_time_or_not() -> None:
    for text in corpus():
        if text.label == "loop":
            assert text.third_at is not None
            assert len(text.text) >= text.third_at + 490, text.id


@each_part
def test_at_most_one_good_text_in_a_hundred_is_cut(part: str) -> None:
    good = [result for result in results() if result.text.label == "good" and PARTS[part](result.text)]
    wrong = [f"{result.text.id}: {result.reason}" for result in good if result.at is not None]
    assert len(wrong) <= GOOD_CUT * len(good), wrong


@each_part
def test_97_loops_in_a_hundred_are_caught_within_400_characters_after_the_third_time(part: str) -> None:
    loops = [result for result in results() if result.text.label == "loop" and PARTS[part](result.text)]
    late = [f"{result.text.id}: {result.reason}" for result in loops if not result.in_time]
    assert len(late) <= (1 - LOOPS_CAUGHT) * len(loops), late


# ---- however it is cut


def some() -> list[Text]:
    texts = corpus()
    return [text for text in texts if text.label == "loop"][::23] + [text for text in texts if text.label == "good"][
        ::60
    ]


@pytest.mark.parametrize("text", some(), ids=lambda text: text.id)
def test_the_verdict_is_the_same_by_characters_and_in_one_piece(text: Text) -> None:
    by_characters, whole = cut(Repetition(), text.text), cut(Repetition(), [text.text])
    assert (by_characters and by_characters[1]) == (whole and whole[1])


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(some()), st.lists(st.integers(1, 400), min_size=1, max_size=30))
def test_the_verdict_and_its_place_do_not_depend_on_the_cuts(text: Text, sizes: list[int]) -> None:
    deltas, at = [], 0
    while at < len(text.text):
        deltas.append(text.text[at : at + sizes[len(deltas) % len(sizes)]])
        at += len(deltas[-1])
    expected, found = cut(Repetition(), text.text), cut(Repetition(), deltas)
    assert (expected is None) == (found is None)
    if expected and found:
        assert found[1] == expected[1]
        assert expected[0] <= found[0] < expected[0] + max(sizes)
