"""What the makers of the corpus draw from: names, words, sentences and prose, all written for this project."""

from __future__ import annotations

import inspect
import random
import sys
from collections.abc import Callable
from pathlib import Path

CORPUS = Path(__file__).parents[2] / "nbstream" / "demo" / "corpus"

NAMES = (
    "Anna Bela Carl Dora Emil Fay Gus Hana Ivo Jana Kurt Lena Milo Nora Otto Petra Quinn Rosa Sven Tilda Udo Vera "
    "Willem Xenia Yara Zeno Ada Boris Clara Denis"
).split()
NOUNS = (
    "apple bridge candle desert engine forest garden harbor island jacket kitchen ladder mirror needle orange pencil "
    "quarry river saddle temple umbrella valley window yard zebra anchor basket cabin drawer easel feather glove "
    "hammer ivory jewel kettle lantern marble notebook oven pillow quilt ribbon silver tunnel urn velvet whistle"
).split()
ADJECTIVES = (
    "old bright calm dusty eager faint gentle hollow idle jolly keen light mild narrow odd plain quiet rough sharp "
    "tall usual vivid warm young blue bitter clean deep early firm"
).split()
VERBS = (
    "opens carries finds leaves paints moves keeps draws sells counts lifts breaks holds cleans turns hides reads "
    "washes throws builds follows saves marks joins splits"
).split()
PLACES = (
    "Aarhus Bergen Cadiz Dublin Essen Faro Ghent Hague Izmir Jena Krakow Lyon Malmo Nantes Oslo Porto Riga Siena "
    "Turin Ulm Vilnius Warsaw Xanten York Zurich"
).split()


def sentence(luck: random.Random) -> str:
    """A sentence that nobody has said before."""
    shapes = (
        "The {a} {n} {v} the {b} {m}.",
        "In {p}, {x} {v} a {a} {n} near the {m}.",
        "{x} says that every {n} {v} its {m} when the {o} is {a}.",
        "Nobody in {p} {v} a {n} as {a} as this {m}.",
        "A {n} {v} more than a {m}, and {x} knows it.",
        "When {x} {v} the {n}, the {o} of {p} grows {a} and {b}.",
    )
    return luck.choice(shapes).format(
        a=luck.choice(ADJECTIVES),
        b=luck.choice(ADJECTIVES),
        n=luck.choice(NOUNS),
        m=luck.choice(NOUNS),
        o=luck.choice(NOUNS),
        v=luck.choice(VERBS),
        x=luck.choice(NAMES),
        p=luck.choice(PLACES),
    )


def prose(luck: random.Random, length: int) -> str:
    """About so many characters of an answer that says something: pages of the demo model's own corpus."""
    pages = sorted(CORPUS.glob("*.md"))
    text = ""
    while len(text) < length:
        text += pages.pop(luck.randrange(len(pages))).read_text("utf-8").rstrip() + "\n\n"
    cut = text.rfind(" ", 0, length)
    return text[: max(cut, 1)] if length else ""


def makers_of(module: str) -> list[Callable[[random.Random], str]]:
    """The functions of a module that make a text, in the order in which they are written."""
    found = vars(sys.modules[module]).values()
    own = [thing for thing in found if inspect.isfunction(thing) and thing.__module__ == module]
    return [
        one
        for one in own
        if list(inspect.signature(one).parameters) == ["luck"] and one.__annotations__["return"] == "str"
    ]
