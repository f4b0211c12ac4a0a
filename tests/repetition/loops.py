"""Makes the loops of the corpus: what is said again and again, after how much good text, and where the third ends."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from nbstream.demo.model import generate
from nbstream.demo.vocabulary import encoding

from .said import BLOCKS, COUNTED, UNITS, VARIED
from .words import prose

Loop = tuple[str, str, int]  # kind, text, third_at


def looped(luck: random.Random, unit: str, before: int) -> tuple[str, int]:
    """The unit again and again, after so many characters of prose, from some place in the unit on."""
    start = prose(luck, before) + ("\n\n" if before else "")
    if luck.random() < 0.3 and len(unit) < 200 and not before:
        start = luck.choice(["Sure! ", "Here you are:\n\n", "Of course. ", "Okay, so "])
    goes_on = 500 + luck.randrange(600)
    times = 3 + goes_on // len(unit) + 1
    return start + unit * times, len(start) + 3 * len(unit)


def written(luck: random.Random) -> Iterator[Loop]:
    """Exact loops of what is written above."""
    for kind, units in UNITS.items():
        for number, unit in enumerate(units):
            before = (0, 300 + luck.randrange(900), 2500 + luck.randrange(1800))[number % 3]
            yield kind, *looped(luck, unit, before)
    for number, block in enumerate(BLOCKS):
        yield "paragraph", *looped(luck, block, 400 * number)
        yield "paragraph", *looped(luck, block + prose(luck, 150 + 180 * number) + "\n\n", 2800 - 300 * number)


def made(luck: random.Random, unit: Callable[[int], str], before: int) -> tuple[str, int]:
    """Units that differ a little."""
    text = prose(luck, before) + ("\n\n" if before else "")
    third_at = number = 0
    while not third_at or len(text) < third_at + 900:
        text += unit(number)
        number += 1
        if number == 3:
            third_at = len(text)
    return text, third_at


def varied(luck: random.Random) -> Iterator[Loop]:
    """Items that only count up, and sentences with one changing word."""
    for number, item in enumerate(COUNTED):
        first = luck.choice([1, 1, 1, 4, 17])
        before = (0, 700, 3000)[number % 3]
        yield "counting", *made(luck, lambda n, item=item, first=first: item.format(i=first + n), before)
    for number, (shape, words) in enumerate(VARIED):
        before = (0, 600, 2600)[number % 3]
        yield "variation", *made(luck, lambda n, shape=shape, words=words: shape.format(luck.choice(words)), before)


def by_the_model() -> Iterator[Loop]:
    """What the embedded model writes when it is cold and falls into a loop."""
    prompts = [
        "Introduce the GPT model",
        "Tell me about coffee",
        "How do I bake bread?",
        "Write a poem",
        "Explain SQL",
        "What is gradient descent?",
        "sailing",
        "A short story please",
        "pandas",
        "The planets",
        "Write code",
        "statistics",
        "attention",
        "history of printing",
        "cycling",
        "gardening",
        "plots",
        "streaming",
    ]
    encoder = encoding()
    for number, prompt in enumerate(prompts):
        tokens = []
        for token in generate(encoder.encode_ordinary(prompt), temperature=(0.0, 0.1, 0.2)[number % 3], seed=number):
            tokens.append(token)
            if len(tokens) >= 2200:
                break
        text = encoder.decode(tokens)
        end = text[-60:]
        before = text.rfind(end, 0, len(text) - 1)
        if before < 0:
            continue
        period = len(text) - before - len(end)
        same = len(text)
        while same > period and text[same - 1] == text[same - 1 - period]:
            same -= 1
        third_at = same + 2 * period
        if third_at + 500 < len(text):
            yield "by the model", text[: third_at + 700], third_at


def loops() -> Iterator[Loop]:
    """All of them, the same ones each time."""
    luck = random.Random("loops")
    yield from written(luck)
    yield from varied(luck)
    yield from by_the_model()
