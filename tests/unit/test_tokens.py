"""Counting as it streams gives what a full encode gives, however the text is cut, and an estimate says it is one."""

# ruff: noqa: RUF001  (the odd characters are the point)

from __future__ import annotations

import random
from pathlib import Path

import pytest
import tiktoken

from nbstream import vocabulary as vocabularies
from nbstream.demo.vocabulary import documents, encoding
from nbstream.tokens import TAIL_LIMIT, Counter, Tally, count, prompt_tokens

RANKS = Path(__file__).parents[2] / "js" / "node_modules" / "gpt-tokenizer" / "data"
REAL = [name for name in sorted(vocabularies.FILES) if (RANKS / f"{name}.tiktoken").is_file()]
SNIPPETS = [
    *(" ", "  ", "\n", "\r\n", "\n\n", "\t", " \n ", "\u00a0", "\u3000", "\u2028"),
    *("word", "Word", "WORD", "wOrd", "don't", "'s", "'LL", "it's5", "naïve", "Füße", "ſ", "é"),
    *("1", "12", "123", "1234567", "3.14", "²", "½", "１２", "٣"),
    *(".", "...", "?!", "//", "/\n", "\n/", "#", "**", "`", "```py\n", "{", "}\n", "();", "->", "'", "''", '"'),
    *("鸚鵡", "学習。", "、", "（注）", "カタカナ", "ひらがな", "한국어", "ไทย", "العربية", "हिन्दी"),
    *("😀", "👩‍👩‍👧", "\u0301", "\x00", "\ufeff", "<|endoftext|>", "$x_1^2$", "https://a.b/c?d=e&f", "\u00ad"),
]
MIXED = "x = 'it''s' \r\n\r\n 12345 don't 学習。（注） 😀👩‍👩‍👧 end"


@pytest.fixture(params=["demo", *REAL])
def words(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tiktoken.Encoding:
    """The embedded model's vocabulary, and the real ones where npm has brought their ranks."""
    if request.param == "demo":
        return encoding()
    (tmp_path / vocabularies.FILES[request.param][0]).symlink_to(RANKS / f"{request.param}.tiktoken")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    found = vocabularies.load(request.param)
    assert found is not None
    return found


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


def test_a_prompt_counts_by_openais_formula() -> None:
    def size(text: str) -> int:
        return len(encoding().encode_ordinary(text))

    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Hello"}, {"type": "image_url"}], "name": "Ada"},
        {"role": "assistant", "content": None, "tool_calls": []},
    ]
    expected = 3 + 3 * 3 + sum(map(size, ("system", "Be brief.", "user", "Hello", "Ada", "assistant"))) + 1
    assert prompt_tokens(messages, encoding()) == expected


# ---- finding a vocabulary


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gpt-4.1-mini", "o200k_base"),
        ("openai/gpt-4o", "o200k_base"),
        ("gpt-oss-20b", "o200k_base"),
        ("gpt-3.5-turbo", "cl100k_base"),
        ("claude-sonnet-4-5", None),
        ("llama3.2", None),
    ],
)
def test_a_model_names_its_vocabulary_or_none(model: str, name: str | None) -> None:
    assert vocabularies.encoding_name(model) == name


def test_a_file_with_other_content_is_never_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, (file, _) in vocabularies.FILES.items():
        (tmp_path / file).write_bytes(b"IQ== 0\n")
        monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
        assert vocabularies.find(name) != tmp_path
