"""A million feeds of the incremental counter give what full encodes with OpenAI's real vocabularies give."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile import SNIPPETS
from ranks import real

from nbstream.demo.vocabulary import documents
from nbstream.tokens import Counter
from nbstream.vocabulary import TABLE

ROOT = Path(__file__).parents[2]
CODE = "\n".join(
    path.read_text("utf-8") for folder in ("nbstream", "js/src") for path in sorted((ROOT / folder).rglob("*.[pt][ys]"))
)
PROSE = "\n\n".join(documents().values())
FEEDS = 1_000_000
CHECKED = 0.04
"""The share of feeds after which the count is compared with a full encode. At the end of a text it always is."""

Chance = random.Random


def part_of(text: str, chance: Chance) -> str:
    start = chance.randrange(len(text))
    return text[start : start + chance.randrange(200, 3000)]


def letters(chance: Chance, *ranges: tuple[int, int], k: int) -> str:
    return "".join(chr(chance.randint(*chance.choice(ranges))) for _ in range(k))


def cjk(chance: Chance) -> str:
    """Words of Chinese, Japanese and Korean between punctuation of full and half width."""
    scripts = ((0x4E00, 0x9FFF), (0x3040, 0x309F), (0x30A0, 0x30FF), (0xAC00, 0xD7A3), (0x3400, 0x4DBF))
    between = ["、", "。", "「", "」", "！", "？", "，", "·", "…", " ", "\n", "\u3000", "３", "A", "gpt", "々", "ー"]  # noqa: RUF001
    return "".join(
        letters(chance, chance.choice(scripts), k=chance.randint(1, 9)) + chance.choice(between) for _ in range(150)
    )


def emoji(chance: Chance) -> str:
    """Pictures, their joiners, skins and flags, and now and then a word."""
    pictures = ((0x1F300, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F900, 0x1F9FF), (0x2600, 0x27BF))
    joins = ["", "", "\u200d", "\ufe0f", "\U0001f3fd", "\U0001f1e9\U0001f1ea", " ", " ok", "\n", "'s", "!", "1\u20e3"]
    return "".join(letters(chance, chance.choice(pictures), k=1) + chance.choice(joins) for _ in range(500))


def blanks(chance: Chance) -> str:
    """Runs of every kind of blank, with little between them."""
    kinds = [" ", " ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "\u2028", "\x0b", "\x0c", "\x85", "\x1c", "\u200b"]
    between = ["", "", "a", "1", ".", "/", "'", "鸚", "\x00"]
    return "".join(chance.choice(kinds) * chance.choice([1, 1, 2, 3, 17]) + chance.choice(between) for _ in range(400))


def punctuation(chance: Chance) -> str:
    """ASCII punctuation in runs, with apostrophes and slashes where the patterns are greedy."""
    signs = "'''///\\\"`!?.,;:-_=+*#~^|<>()[]{}@&%$\n\n\r "
    return "".join(
        chance.choice(signs) * chance.choice([1, 1, 1, 2, 4]) + chance.choice(["", "", "s", "LL", "x", "12"])
        for _ in range(700)
    )


def anything(chance: Chance) -> str:
    """Any character there is, and the snippets that broke simpler rules."""
    text = chance.choices(SNIPPETS, k=500)
    text += [letters(chance, (0, 0xD7FF), (0xE000, 0x10FFFF), k=1) for _ in range(200)]
    chance.shuffle(text)
    return "".join(text)


KINDS: dict[str, Callable[[Chance], str]] = {
    "prose": lambda chance: part_of(PROSE, chance),
    "code": lambda chance: part_of(CODE, chance),
    "cjk": cjk,
    "emoji": emoji,
    "blanks": blanks,
    "punctuation": punctuation,
    "anything": anything,
}
SHARE = -(-FEEDS // (len(KINDS) * len(TABLE)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", TABLE)
def test_each_count_on_the_way_is_that_of_a_full_encode(name: str, kind: str) -> None:
    encode = real(name).encode_ordinary
    chance = random.Random(f"{name} {kind}")
    fed = 0
    while fed < SHARE:
        text = KINDS[kind](chance)
        counter = Counter(real(name))
        sizes = chance.choice([[1], [1, 2, 3], [1, 2, 4, 6], [1, 3, 40]])
        at = 0
        while at < len(text):
            size = chance.choice(sizes)
            counter.feed(text[at : at + size])
            at += size
            fed += 1
            if chance.random() < CHECKED:
                assert counter.count == len(encode(text[:at])), repr(text[max(0, at - 60) : at])
        assert counter.count == len(encode(text)), repr(text)
        assert not counter.forced
    assert fed * len(KINDS) * len(TABLE) >= FEEDS
