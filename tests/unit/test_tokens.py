"""Counting as it streams gives what a full encode gives, however the text is cut, and an estimate says it is one."""

from __future__ import annotations

import random
import re
import unicodedata

import pytest
import tiktoken
from hostile import SNIPPETS
from ranks import real

from nbstream.demo.vocabulary import documents, encoding
from nbstream.tokens import CJK, CJK_SIGNS, TAIL_LIMIT, Counter, Tally, estimate
from nbstream.vocabulary import TABLE

MIXED = "x = 'it''s' \r\n\r\n 12345 don't 学習。（注） 😀👩‍👩‍👧 end"  # noqa: RUF001


def count(text: str, words: tiktoken.Encoding | None) -> int:
    """Of a whole text."""
    counter = Counter(words)
    counter.feed(text)
    return counter.count


@pytest.fixture(params=["demo", *TABLE])
def words(request: pytest.FixtureRequest) -> tiktoken.Encoding:
    """The embedded model's vocabulary, and the real ones."""
    return encoding() if request.param == "demo" else real(request.param)


def feed_in_cuts(text: str, words: tiktoken.Encoding, chance: random.Random) -> Counter:
    """A counter fed with the text in random pieces, checked against a full encode now and then on the way."""
    counter = Counter(words)
    at = 0
    while at < len(text):
        size = chance.choice([1, 1, 2, 3, 5, 8, 30])
        counter.feed(text[at : at + size])
        at += size
        if chance.random() < 0.1:
            assert counter.count == len(words.encode_ordinary(text[:at])), repr(text[:at][-60:])
    assert counter.count == len(words.encode_ordinary(text)), repr(text)
    return counter


@pytest.mark.parametrize("seed", range(8))
def test_random_text_in_random_cuts_counts_as_a_full_encode(seed: int, words: tiktoken.Encoding) -> None:
    chance = random.Random(seed)
    for _ in range(25):
        feed_in_cuts("".join(chance.choices(SNIPPETS, k=40)), words, chance)


def test_documents_in_random_cuts_count_as_a_full_encode(words: tiktoken.Encoding) -> None:
    chance = random.Random(1)
    for text in documents().values():
        counter = feed_in_cuts(text[:3000], words, chance)
        assert not counter.forced
        assert len(counter.tail) < 200, "most of it should be committed"


@pytest.mark.parametrize("place", range(len(MIXED)))
def test_any_single_cut_counts_as_a_full_encode(place: int) -> None:
    counter = Counter(encoding())
    counter.feed(MIXED[:place])
    counter.feed(MIXED[place:])
    assert counter.count == len(encoding().encode_ordinary(MIXED))


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("text", ["デ・「", "ヮ゠、", "か゚！", "!\n/", "don't", "=\r\n=", "a\u0301b", "\n \n"])  # noqa: RUF001
def test_neighbours_that_go_together_are_not_parted(text: str, name: str) -> None:
    for at in range(len(text)):
        counter = Counter(real(name))
        counter.feed("x = " + text[:at])
        counter.feed(text[at:] + " end")
        assert counter.count == len(real(name).encode_ordinary(f"x = {text} end"))


def test_a_cut_after_a_cjk_letter_is_after_a_letter() -> None:
    each = [chr(code) for code in range(0x10000)]
    assert {unicodedata.category(it)[0] for it in each if re.match(f"[{CJK}]", it)} == {"L"}
    assert {unicodedata.category(it)[0] for it in each if re.match(f"[{CJK_SIGNS}]", it)} == {"P", "S"}


@pytest.mark.parametrize("unit", [" ", "\n", "a", "鸚", "!", "😀", "<|endoftext|>"])
def test_a_text_without_a_safe_cut_is_cut_by_force_and_then_an_estimate(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    tally = Tally(encoding())
    for at in range(0, len(text), 1000):
        tally.feed("text", text[at : at + 1000])
    counter = tally.counters["text"]
    assert len(counter.tail) <= TAIL_LIMIT
    assert tally.count > 0
    assert tally.source == ("estimate" if counter.forced else "tokenizer")
    assert counter.forced or counter.count == len(encoding().encode_ordinary(text))


def test_a_piece_that_begins_a_word_is_encoded_once_though_it_is_counted_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoded: list[str] = []
    monkeypatch.setattr(Counter, "encode", lambda _counter, text: encoded.append(text) or 1)
    counter = Counter(encoding())
    for piece in ("one", " two", " three"):
        counter.feed(piece)
        assert counter.count == len(encoded)
    assert encoded == ["one", " two", " three"]


def test_special_tokens_in_a_text_are_text() -> None:
    assert count("<|endoftext|>", encoding()) > 1


def test_half_an_emoji_is_counted_and_breaks_nothing() -> None:
    counter = Counter(encoding())
    counter.feed("a \ud83d")
    assert counter.count > 0
    assert count("\ud83d", None) > 0


def test_without_a_vocabulary_four_bytes_are_a_token_and_the_count_says_estimate() -> None:
    tally = Tally(None)
    tally.feed("text", "12345")
    tally.feed("text", "678鸚")
    assert (tally.count, tally.source) == (3, "estimate")


def test_answer_and_reasoning_are_counted_apart() -> None:
    tally = Tally(encoding())
    for channel, piece in [("text", "wo"), ("reasoning", "thin"), ("text", "rd"), ("reasoning", "king")]:
        tally.feed(channel, piece)  # type: ignore[arg-type]
    assert tally.count == sum(len(encoding().encode_ordinary(whole)) for whole in ("word", "thinking"))
    assert tally.source == "tokenizer"


def test_nothing_is_no_token() -> None:
    assert (Tally(None).count, count("", encoding()), count("", None)) == (0, 0, 0)


def test_calls_of_tools_make_a_count_an_estimate() -> None:
    tally = Tally(encoding())
    tally.feed("text", "Let me look.")
    assert tally.source == "tokenizer"
    tally.feed("tool", 'weather{"city": "Oslo"}')
    assert (tally.source, tally.count > count("Let me look.", encoding())) == ("estimate", True)


# ---- what tiktoken fails at


BLANKS = " " * 1_000_000 + "a"  # tiktoken 0.14 panics at it, and a panic is no Exception


class Panic(BaseException):
    """As pyo3's, which has no name in Python."""


class Failing:
    """Stands in for an encoding whose core fails."""

    def __init__(self, error: type[BaseException]) -> None:
        self.error = error

    def encode_ordinary(self, text: str) -> list[int]:
        raise self.error("the core failed")


@pytest.mark.parametrize("error", [Panic, ValueError])
def test_a_failure_inside_counting_becomes_an_estimate(error: type[BaseException]) -> None:
    tally = Tally(Failing(error))  # type: ignore[arg-type]
    tally.feed("text", "some words")
    assert (tally.count, tally.source) == (estimate("some") + estimate(" words"), "estimate")


def test_an_interrupt_while_a_prompt_is_counted_is_an_interrupt() -> None:
    with pytest.raises(KeyboardInterrupt):
        count("some words", Failing(KeyboardInterrupt))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", TABLE)
def test_the_real_panic_at_a_million_blanks_is_held(name: str) -> None:
    assert Counter(real(name)).encode(BLANKS) > 0


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("size", [7, 5000, len(BLANKS)])
def test_a_million_blanks_are_cut_before_they_can_do_harm(size: int, name: str) -> None:
    tally = Tally(real(name))
    for at in range(0, len(BLANKS), size):
        tally.feed("text", BLANKS[at : at + size])
    assert (tally.count > 0, tally.source) == (True, "estimate")
    assert len(tally.counters["text"].tail) <= TAIL_LIMIT


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize(("unit", "share"), [("a", 0.01), ("鸚", 0.01), ("ไ", 0.01), ("====", 0.03), (" ", 0.06)])
def test_an_estimate_by_forced_cuts_is_close(unit: str, share: float, name: str) -> None:
    text = unit * (100_000 // len(unit))
    counter = Counter(real(name))
    for at in range(0, len(text), 9):
        counter.feed(text[at : at + 9])
    whole = len(real(name).encode_ordinary(text))
    assert abs(counter.count - whole) <= share * whole
