"""Good texts that repeat by nature: drawings, other scripts, and plain prose."""

from __future__ import annotations

import random

from nbstream.demo.model import generate
from nbstream.demo.vocabulary import encoding, end_of_document

from .words import ADJECTIVES, NOUNS, makers_of, prose, sentence


def rulers(luck: random.Random) -> str:
    ruler = luck.choice("-=*_~#") * luck.choice([80, 100, 120])
    return f"\n{ruler}\n".join(prose(luck, 220) for _ in range(6))


def underlines(luck: random.Random) -> str:
    parts = []
    for _ in range(8):
        title = f"The {luck.choice(ADJECTIVES)} {luck.choice(NOUNS)}"
        parts.append(f"{title}\n{'=' * len(title)}\n\n{sentence(luck)}")
    return "\n\n".join(parts)


def blank_lines(luck: random.Random) -> str:
    return ("\n" * luck.randrange(5, 40)).join(sentence(luck) for _ in range(8))


def indented(luck: random.Random) -> str:
    return "\n".join(" " * luck.choice([8, 40, 80, 120]) + luck.choice(NOUNS) for _ in range(30))


def box(luck: random.Random) -> str:
    width = luck.randrange(30, 60)
    inside = [sentence(luck)[: width - 4] for _ in range(3)]
    empty = ["│" + " " * width + "│"] * luck.randrange(1, 4)
    rows = [*empty, *(f"│ {line:<{width - 1}}│" for line in inside), *empty]
    return "\n".join(["┌" + "─" * width + "┐", *rows, "└" + "─" * width + "┘"]) + "\n\n" + sentence(luck) * 2


def pyramid(luck: random.Random) -> str:
    mark, size = luck.choice("*#^o"), luck.randrange(12, 24)
    return "```\n" + "\n".join(" " * (size - n) + mark * (2 * n + 1) for n in range(size)) + "\n```"


def histogram(luck: random.Random) -> str:
    return "\n".join(f"{noun:>10} | {'█' * luck.randrange(2, 60)}" for noun in luck.sample(NOUNS, 24))


def checkerboard(luck: random.Random) -> str:
    a, b = luck.choice([("■ ", "□ "), ("##", "  "), ("⬛", "⬜")])
    return (
        "A board of 8 by 8:\n\n"
        + "\n".join((a + b) * 4 if n % 2 else (b + a) * 4 for n in range(8))
        + "\n\n"
        + sentence(luck)
    )


def maze(luck: random.Random) -> str:
    return "\n".join("".join(luck.choice(["/", "\\", "|", "_", " "]) for _ in range(36)) for _ in range(24))


def flowchart(luck: random.Random) -> str:
    parts = [
        f"+----------------------+\n| {noun:<20} |\n+----------------------+\n           |\n           v"
        for noun in luck.sample(NOUNS, 9)
    ]
    return "\n".join(parts) + "\n         (end)"


def morse(luck: random.Random) -> str:
    return " ".join(
        "".join(luck.choice(".-") for _ in range(luck.randrange(1, 5))) for _ in range(luck.randrange(200, 400))
    )


def emoji_list(luck: random.Random) -> str:
    return "\n".join(
        f"{luck.choice('🍎🍌🍇🍓🍒🥝🍍🥥')} {luck.choice(ADJECTIVES)} {luck.choice(NOUNS)} {luck.choice('⭐🌟')}{luck.choice(['', '⭐', '⭐⭐'])}"
        for _ in range(40)
    )


def chinese(luck: random.Random) -> str:
    topics = [
        "茶",
        "书法",
        "长城",
        "京剧",
        "瓷器",
        "丝绸",
        "园林",
        "中医",
        "围棋",
        "剪纸",
        "古琴",
        "饺子",
        "月饼",
        "毛笔",
        "灯笼",
    ]
    shapes = [
        "{}的历史很长，许多地方都有自己的做法。",
        "说到{}，老人们总有讲不完的故事。",
        "如果你第一次接触{}，最好先看看别人怎么做。",
        "{}不只是一种技艺，也是一种生活。",
    ]
    return "\n".join(
        f"{n}. {luck.choice(shapes).format(topic)}{luck.choice(shapes).format(luck.choice(topics))}"
        for n, topic in enumerate(luck.sample(topics, 15), 1)
    )


def japanese(luck: random.Random) -> str:
    things, places = (
        ["本", "傘", "鍵", "靴", "花", "皿", "紙", "箱", "鏡", "時計"],
        ["駅", "学校", "公園", "図書館", "海", "山", "店", "寺"],
    )
    return "".join(
        f"{luck.choice(places)}で{luck.choice(things)}を{luck.choice(['買いました', '見ました', '忘れました', '描きました', '探しました'])}。"
        for _ in range(45)
    )


def russian(luck: random.Random) -> str:
    people, things = (
        ["Анна", "Борис", "Вера", "Глеб", "Дарья", "Егор"],
        ["книгу", "лампу", "чашку", "карту", "лодку", "песню", "картину"],
    )
    return " ".join(
        f"{luck.choice(people)} {luck.choice(['видит', 'несёт', 'ищет', 'берёт'])} {luck.choice(['старую', 'новую', 'синюю', 'большую'])} {luck.choice(things)}."
        for _ in range(45)
    )


def sentences(luck: random.Random) -> str:
    return " ".join(sentence(luck) for _ in range(luck.randrange(20, 60)))


def essay(luck: random.Random) -> str:
    return prose(luck, luck.randrange(2500, 6000))


def warm_model(luck: random.Random) -> str:
    encoder, tokens = encoding(), []
    topic = luck.choice(["coffee", "the GPT model", "sailing", "SQL", "statistics", "bread", "pandas", "astronomy"])
    for token in generate(
        encoder.encode_ordinary(f"Tell me about {topic}"), temperature=0.8, seed=luck.randrange(10**6)
    ):
        if token == end_of_document() or len(tokens) > 1200:
            break
        tokens.append(token)
    return encoder.decode(tokens)


DRAWINGS = makers_of(__name__)
