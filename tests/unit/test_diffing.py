"""The word diff: each text comes back whole, what is the same is found, and the work is bounded."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream import diffing
from nbstream.diffing import LONGEST, Bounded, Piece, Work, lines_of, word_diff

WORDS = st.lists(
    st.sampled_from(["a ", "b", "loop. ", "loop.\n", "\n\n", "Füße", "我喜", "。", "😀", " "]), max_size=40
)


def side(pieces: list[Piece], kinds: str) -> str:
    return "".join(text for kind, text in pieces if kind in kinds)


@given(WORDS, WORDS)
def test_each_text_comes_back_exactly(one: list[str], two: list[str]) -> None:
    pieces = word_diff("".join(one), "".join(two))
    assert (side(pieces, "=-"), side(pieces, "=+")) == ("".join(one), "".join(two))
    lines = lines_of(pieces)
    assert [piece for line in lines for piece in line if piece[0] != "="] == [p for p in pieces if p[0] != "="]
    assert side([piece for line in lines for piece in line], "=-") == "".join(one)


def test_words_that_differ_are_marked_and_no_others() -> None:
    assert word_diff("The quick fox jumps. It is late.", "The slow fox jumps. It is late.") == [
        ("=", "The "),
        ("-", "quick "),
        ("+", "slow "),
        ("=", "fox jumps. It is late."),
    ]


def test_fewer_than_three_words_between_two_changes_belong_to_the_change() -> None:
    assert word_diff("We sold the horse of Anna today.", "We bought the house of Bert today.") == [
        ("=", "We "),
        ("-", "sold the horse of Anna "),
        ("+", "bought the house of Bert "),
        ("=", "today."),
    ]


def test_three_words_between_two_changes_are_the_same() -> None:
    assert word_diff("We sold the old grey horse.", "We bought the old grey house.") == [
        ("=", "We "),
        ("-", "sold "),
        ("+", "bought "),
        ("=", "the old grey "),
        ("-", "horse"),
        ("+", "house"),
        ("=", "."),
    ]


def test_a_line_break_between_two_changes_still_parts_the_lines() -> None:
    pieces = word_diff("- red wine\n- old cat", "- dry wine\n- big cat")
    assert [side(line, "=-") for line in lines_of(pieces)] == ["- red wine\n", "- old cat"]


def test_a_script_without_blanks_is_compared_by_its_characters() -> None:
    assert word_diff("我喜歡咖啡。", "我喜歡茶。") == [("=", "我喜歡"), ("-", "咖啡"), ("+", "茶"), ("=", "。")]


def test_a_line_that_was_put_in_is_one_piece() -> None:
    one = "First line.\nSecond line.\nThird line.\n"
    two = "First line.\nA new one stands here.\nSecond line.\nThird line.\n"
    assert [piece for piece in word_diff(one, two) if piece[0] != "="] == [("+", "A new one stands here.\n")]


def test_lines_end_where_both_texts_have_the_line_break() -> None:
    pieces: list[Piece] = [("=", "a\nb "), ("-", "x\ny"), ("+", "z"), ("=", "\nc")]
    assert lines_of(pieces) == [[("=", "a\n")], [("=", "b "), ("-", "x\ny"), ("+", "z"), ("=", "\n")], [("=", "c")]]


def test_the_same_text_has_no_differences_and_nothing_has_nothing() -> None:
    assert word_diff("one two", "one two") == [("=", "one two")]
    assert word_diff("", "") == []


def hundred_thousand(luck: random.Random, words: list[str]) -> str:
    return "".join(luck.choice(words) for _ in range(100_000))


VOCABULARIES = {
    "loops": ["ha "],
    "lines of a loop": ["The same line.\n", "The same line.\n", "Another line.\n"],
    "few words": ["a ", "b ", "c "],
    "prose": [f"word{number}{'. ' if number % 12 == 0 else ' '}" for number in range(5000)],
    "no word at all": [".", ",", ";"],
}


@pytest.mark.parametrize("kind", VOCABULARIES)
def test_a_hundred_thousand_words_take_a_bounded_number_of_looks(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    find = diffing.difflib.SequenceMatcher.find_longest_match

    def counting(self: Bounded, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> object:
        nonlocal looks
        looks += sum(1 + len(self.anchors.get(word, ())) for word in self.first[alo:ahi])
        return find(self, alo, ahi, blo, bhi)

    monkeypatch.setattr(diffing.difflib.SequenceMatcher, "find_longest_match", counting)
    luck = random.Random(1)
    one, two = (hundred_thousand(luck, VOCABULARIES[kind]) + end for end in ("x", "y"))
    pieces = word_diff(one, two)
    assert (side(pieces, "=-"), side(pieces, "=+")) == (one, two)
    assert looks <= diffing.WORK


def test_a_few_edits_in_a_long_text_are_found_as_such() -> None:
    luck = random.Random(2)
    words = hundred_thousand(luck, VOCABULARIES["prose"])[: LONGEST - 1000].split(" ")
    edited = ["EDITED" if luck.random() < 0.01 else word for word in words]
    pieces = word_diff(" ".join(words), " ".join(edited))
    assert len(side(pieces, "=")) > 0.95 * len(" ".join(words))


def test_what_follows_the_longest_text_that_is_compared_counts_as_replaced() -> None:
    text = "word " * (LONGEST // 5)
    assert word_diff(text + "end", text + "end") == [("=", text), ("-", "end"), ("+", "end")]


def test_with_the_work_spent_the_rest_is_replaced() -> None:
    spent = Work()
    spent.left = 0
    assert Bounded(["a", "b"], ["x", "b"], spent).get_opcodes() == [("replace", 0, 2, 0, 2)]
