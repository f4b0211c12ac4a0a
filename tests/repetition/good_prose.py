"""Good texts that repeat by nature: songs, lists, drawings, and plain prose."""

from __future__ import annotations

import random

from .words import ADJECTIVES, NAMES, NOUNS, PLACES, VERBS, makers_of, sentence


def verse(luck: random.Random, lines: int = 4) -> str:
    shapes = (
        "The {a} {n} {v} the {m},",
        "and over {p} the {n} {v},",
        "O {n}, my {a} {n},",
        "I saw the {m} where it {v}",
    )
    return "\n".join(
        luck.choice(shapes).format(
            a=luck.choice(ADJECTIVES),
            n=luck.choice(NOUNS),
            m=luck.choice(NOUNS),
            v=luck.choice(VERBS),
            p=luck.choice(PLACES),
        )
        for _ in range(lines)
    )


def song(luck: random.Random) -> str:
    chorus = verse(luck)
    return "\n\n".join(f"[Verse {n}]\n{verse(luck)}\n\n[Chorus]\n{chorus}" for n in range(1, luck.randrange(4, 7)))


def song_with_a_long_end(luck: random.Random) -> str:
    chorus = f"Oh, {luck.choice(NAMES)}, come home,\n{verse(luck, 1)}\nOh, {luck.choice(NAMES)}, come home,\ncome home with me tonight."
    return (
        "\n\n".join([verse(luck), chorus, verse(luck), chorus, verse(luck), chorus, chorus, chorus]) + "\n\n(fades out)"
    )


def song_with_na_na(luck: random.Random) -> str:
    na = "Na na na na, na na na na\n" * 4
    return "\n".join([verse(luck), na, verse(luck), na, verse(luck), na, na])


def refrain(luck: random.Random) -> str:
    line = sentence(luck)
    return "\n\n".join(f"{verse(luck, 3)}\n{line}" for _ in range(luck.randrange(6, 12)))


def villanelle(luck: random.Random) -> str:
    one, two = verse(luck, 1), verse(luck, 1)
    stanzas = [f"{verse(luck, 2)}\n{(one, two)[n % 2]}" for n in range(4)]
    return "\n\n".join([f"{one}\n{verse(luck, 1)}\n{two}", *stanzas, f"{verse(luck, 2)}\n{one}\n{two}"])


def anaphora(luck: random.Random) -> str:
    start = luck.choice(
        ["I have a dream that", "Let freedom ring from", "Now is the time to see how", "We remember that"]
    )
    return "\n".join(f"{start} {sentence(luck).lower()}" for _ in range(luck.randrange(12, 25)))


def cumulative(luck: random.Random) -> str:
    gifts = [
        f"{number} {luck.choice(ADJECTIVES)} {noun}s"
        for number, noun in zip(
            ["two", "three", "four", "five", "six", "seven", "eight", "nine"], luck.sample(NOUNS, 8), strict=True
        )
    ]
    days = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]
    verses = []
    for n, day in enumerate(days[: luck.randrange(6, 10)]):
        list_of = ",\n".join([*reversed(gifts[:n]), "and a bird in a tree" if n else "A bird in a tree"])
        verses.append(f"On the {day} day of winter my friend brought me\n{list_of}.")
    return "\n\n".join(verses)


def farm(luck: random.Random) -> str:
    sounds = luck.sample(
        [("cow", "moo"), ("pig", "oink"), ("duck", "quack"), ("dog", "woof"), ("cat", "meow"), ("sheep", "baa")], 5
    )
    return "\n\n".join(
        f"Our neighbour had a farm, hey-ho, hey-ho,\nand on the farm he had a {animal}, hey-ho, hey-ho,\nwith a {s} {s} here and a {s} {s} there,\n"
        f"here a {s}, there a {s}, everywhere a {s} {s}."
        for animal, s in sounds
    )


def bottles(luck: random.Random) -> str:
    first = luck.randrange(6, 9)
    return "\n\n".join(
        f"{n} green jugs on the wall, {n} green jugs.\nTake one down, pass it around, {n - 1} green jugs on the wall."
        for n in range(first, first - 5, -1)
    )


def litany(luck: random.Random) -> str:
    return "\n".join(
        f"For the {luck.choice(ADJECTIVES)} {noun}s of {luck.choice(PLACES)}: we give thanks."
        for noun in luck.sample(NOUNS, 20)
    )


def nursery(luck: random.Random) -> str:
    day = luck.choice(["Monday", "Tuesday", "Friday"])
    lines = [
        f"This is the way we {what}, {what}, {what},\nthis is the way we {what}, early on {day} morning."
        for what in ("wash our hands", "brush our hair", "go to school", "sweep the floor", "bake our bread")
    ]
    return "\n\n".join(luck.sample(lines, 5))


def enumeration(luck: random.Random) -> str:
    words = [f"{a} {n}" for a in ADJECTIVES for n in luck.sample(NOUNS, 8)]
    luck.shuffle(words)
    return ", ".join(words[:200])


def short_list(luck: random.Random) -> str:
    items = luck.sample(NOUNS, len(NOUNS) - 5) + luck.sample(PLACES, 20) + luck.sample(NAMES, 20)
    return "\n".join(f"{n}. {item.title()}" for n, item in enumerate(items, 1))


def list_with_a_fixed_start(luck: random.Random) -> str:
    what = luck.choice(["Use a", "Buy the", "Clean the", "Do not forget the"])
    return "\n".join(f"{n}. {what} {noun}." for n, noun in enumerate(luck.sample(NOUNS, 40), 1))


def checklist(luck: random.Random) -> str:
    return "\n".join(
        f"- [{luck.choice('x ')}] Check that the {luck.choice(ADJECTIVES)} {noun} is ready"
        for noun in luck.sample(NOUNS, 30)
    )


def capitals(luck: random.Random) -> str:
    return " ".join(f"The capital of {noun.title()}land is {luck.choice(PLACES)}." for noun in luck.sample(NOUNS, 30))


def definitions(luck: random.Random) -> str:
    return "\n".join(f"- **{noun.title()}**: {sentence(luck)}" for noun in luck.sample(NOUNS, 25))


def faq(luck: random.Random) -> str:
    return "\n\n".join(
        f"**Q: How do I change the {noun}?**\n\nA: Open the settings, choose *{noun.title()}*, and {sentence(luck).lower()}"
        for noun in luck.sample(NOUNS, 12)
    )


def quiz(luck: random.Random) -> str:
    parts = []
    for n, noun in enumerate(luck.sample(NOUNS, 12), 1):
        options = luck.sample(PLACES, 4)
        parts.append(
            f"**Question {n}.** Where does the {noun} come from?\n\n"
            + "\n".join(f"{k}) {p}" for k, p in zip("ABCD", options, strict=True))
            + f"\n\nAnswer: {luck.choice('ABCD')}"
        )
    return "\n\n".join(parts)


def dialogue(luck: random.Random) -> str:
    a, b = luck.sample(NAMES, 2)
    return "\n".join(
        f"{a}: {luck.choice(['Yes.', 'No.', 'Why?', sentence(luck)])}\n{b}: {luck.choice(['Yes.', 'No.', 'I see.', sentence(luck)])}"
        for _ in range(22)
    )


def conjugation(luck: random.Random) -> str:
    persons = ["I", "you", "he", "we", "you all", "they"]
    lines = []
    for verb in luck.sample([v[:-1] for v in VERBS if not v.endswith("es")], 7):
        lines.append(
            f"### to {verb}\n"
            + "\n".join(f"- {p} will {verb}, {p} would {verb}, {p} had been {verb}ing" for p in persons)
        )
    return "\n\n".join(lines)


def recipe(luck: random.Random) -> str:
    things = luck.sample(NOUNS, 14)
    steps = [f"{n}. Add the {thing} and stir for {luck.randrange(1, 9)} minutes." for n, thing in enumerate(things, 1)]
    return "\n".join(f"- {luck.randrange(1, 500)} g {thing}" for thing in things) + "\n\n" + "\n".join(steps)


def plan_of_weeks(luck: random.Random) -> str:
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    weeks = []
    for n in range(1, 5):
        weeks.append(
            f"## Week {n}\n"
            + "\n".join(
                f"- **{day}**: {luck.choice(['rest', 'run', 'swim', 'cycle'])} {luck.randrange(20, 90)} minutes"
                for day in days
            )
        )
    return "\n\n".join(weeks)


def syllogisms(luck: random.Random) -> str:
    return "\n\n".join(
        f"All {a}s are {b}s. All {b}s are {c}s. Therefore all {a}s are {c}s."
        for a, b, c in (luck.sample(NOUNS, 3) for _ in range(14))
    )


def proof_by_cases(luck: random.Random) -> str:
    m = luck.choice([5, 7, 9, 11])
    return (
        "\n".join(
            f"Case {n}: if n leaves the remainder {n} modulo {m}, then n² leaves the remainder {n * n % m}."
            for n in range(m)
        )
        + "\n\nSo only these squares exist."
    )


def reasoning(luck: random.Random) -> str:
    starts = ["Wait,", "Hmm,", "Let me check.", "Okay, so", "But then", "So"]
    return "\n\n".join(f"{luck.choice(starts)} {sentence(luck)} {sentence(luck)}" for _ in range(16))


PROSE = makers_of(__name__)
