"""A third batch, written after the held-out third had been looked at once: all of it is held out."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

from .loops import Loop, looped, made
from .words import ADJECTIVES, NAMES, NOUNS, PLACES, VERBS, makers_of, prose, sentence

AGAIN = {
    "character": ["o", ",", ")", "哦", "💔", "|", "\\n"],
    "word": ["okay ", "nope. ", "tick tock ", "wow! ", "so, ", "none\n", "sorry ", "bla, bla, "],
    "phrase": ["over and over and ", "if and only if ", "from one to the other ", "by the way, ", "as far as I know, as far as "],
    "sentence": [
        "The function returns the value of the function. ", "I hope this helps! ", "You can find more on the page below. ",
        "They lived in a house, and the house stood in a garden. ", "Let us suppose that the claim is false. ",
        "No, that cannot be: the sum of the angles is fixed. ", "Sleep well, little star. ", "对不起，我没有听懂。", "Lo siento, no lo sé. ",
        "Reading the file again to make sure that nothing was missed. ",
    ],
    "line": ["- see also the other page\n", "+ one more thing to do\n", "1. first\n", "Yours sincerely,\n", "> quote\n>\n", "TODO: write this part\n"],
    "code": ["return result;\n", "import os\nimport sys\n", "    else:\n        continue\n", "x += 1;", "</span></span>", "end\n", "await asyncio.sleep(1)\n"],
    "table row": ["| total | 100 | 100 % |\n", "Paris;France;Europe\n", "| - | - | - |\n", "true,false,true,false\n"],
}  # fmt: skip

CHANGED = [
    ("{i}. Drink more water during the day.\n", 0), ("Version {i}: small changes and corrections of errors.\n", 900),
    ("Lesson {i}. Listen and repeat after the teacher.\n", 2000), ("{i}) go on\n", 0), ("- Test case {i}: the input is empty and so is the output.\n", 400),
    ("{letter}) none of the answers above\n", 0), ("Scene {i}. The same room as before. Nobody speaks.\n\n", 600),
    ("The {one} must be checked before the machine is started again. ", 0), ("He was {one}, and she was not, and they both knew it well. ", 1500),
    ("Wait, let me {two} that again, because I am not sure about the sign. ", 0), ("- The {one} part of the plan is to keep the plan simple\n", 700),
    ("{two}, the answer to the question is the same as the answer above. ", 300), ("如果{three}的话，我们就需要重新考虑这个方案。", 0),
    ("    self.assertTrue(is_ready(machine, {four}))\n", 500),
]  # fmt: skip


def fresh_loops() -> Iterator[Loop]:
    """More loops, in other words."""
    luck = random.Random("fresh")
    for kind, units in AGAIN.items():
        for number, unit in enumerate(units):
            yield f"{kind}, fresh", *looped(luck, unit, (0, 1700, 600)[number % 3])
    for number in range(5):
        yield (
            "paragraph, fresh",
            *looped(luck, "".join(sentence(luck) + " " for _ in range(3 + 3 * number)) + "\n\n", 500),
        )
    for shape, before in CHANGED:

        def unit(n: int, shape: str = shape) -> str:
            return shape.format(
                i=n + 1, letter="abcdefghijklmnopqrstuvwxyz"[n % 26], one=luck.choice(["first", "second"]),
                two=luck.choice(["check", "do", "see"]), three=luck.choice(["不行", "可以"]), four=luck.choice(["True", "False"]),
            )  # fmt: skip

        yield "changed, fresh", *made(luck, unit, before)


def kilometres(luck: random.Random) -> str:
    return "\n".join(f"{n} km = {n * 0.621371:.2f} miles" for n in range(luck.randrange(1, 9), 60))


def ages(luck: random.Random) -> str:
    return "\n".join(
        f"In {year} {luck.choice(NAMES)} was {year - 1950} years old and lived in {luck.choice(PLACES)}."
        for year in range(1970, 1995)
    )


def interest(luck: random.Random) -> str:
    money, rate, lines = luck.randrange(500, 9000), luck.randrange(2, 8), []
    for year in range(1, 26):
        money = round(money * (1 + rate / 100))
        lines.append(f"After year {year}, you have {money} euros in the account.")
    return "\n".join(lines)


def substitution(luck: random.Random) -> str:
    a, b = luck.randrange(2, 9), luck.randrange(1, 9)
    return "\n".join(f"For x = {x}: y = {a} * {x} + {b} = {a * x + b}" for x in range(25))


def seats(luck: random.Random) -> str:
    return "\n".join(f"Row {row}: " + " ".join(f"{row}{seat}" for seat in "ABCDEF") for row in range(1, 31))


def cron(luck: random.Random) -> str:
    return "\n".join(
        f"{luck.randrange(60)} {luck.randrange(24)} * * * /usr/local/bin/{luck.choice(VERBS)}-{luck.choice(NOUNS)} --quiet"
        for _ in range(25)
    )


def nginx(luck: random.Random) -> str:
    parts = [
        f"    location /{noun}/ {{\n        proxy_pass http://127.0.0.1:{luck.randrange(3000, 9000)};\n        proxy_set_header Host $host;\n    }}"
        for noun in luck.sample(NOUNS, 14)
    ]
    return "server {\n    listen 80;\n" + "\n\n".join(parts) + "\n}"


def proto(luck: random.Random) -> str:
    return "\n\n".join(
        f"message {noun.title()} {{\n"
        + "\n".join(f"  string {field} = {n};" for n, field in enumerate(luck.sample(NOUNS, 5), 1))
        + "\n}"
        for noun in luck.sample(NOUNS, 8)
    )


def rust_match(luck: random.Random) -> str:
    return (
        "match code {\n"
        + "\n".join(
            f'    {n} => Err(Error::new("{luck.choice(ADJECTIVES)} {luck.choice(NOUNS)}")),' for n in range(400, 430)
        )
        + "\n}"
    )


def bibliography(luck: random.Random) -> str:
    return "\n".join(
        f"[{n}] {luck.choice(NAMES)} and {luck.choice(NAMES)}. The {luck.choice(ADJECTIVES)} {luck.choice(NOUNS)}. Journal of {luck.choice(NOUNS)}s, {luck.randrange(1990, 2024)}."
        for n in range(1, 26)
    )


def bibtex(luck: random.Random) -> str:
    return "\n\n".join(
        f"@article{{key{n},\n  author = {{{luck.choice(NAMES)}}},\n  title = {{On the {luck.choice(NOUNS)}}},\n  year = {{{luck.randrange(1990, 2024)}}},\n  publisher = {{Example Press}}\n}}"
        for n in range(14)
    )


def vocabulary_drill(luck: random.Random) -> str:
    return "\n".join(f"- the {noun}: this is a {noun}, these are two {noun}s" for noun in luck.sample(NOUNS, 30))


def rock_paper(luck: random.Random) -> str:
    hands = ["rock", "paper", "scissors"]
    return "\n".join(
        f"Round {n}: you play {luck.choice(hands)}, I play {luck.choice(hands)}: {luck.choice(['you win', 'I win', 'a draw'])}."
        for n in range(1, 31)
    )


def dice(luck: random.Random) -> str:
    return "\n".join(f"Roll {n}: {luck.randrange(1, 7)} and {luck.randrange(1, 7)}" for n in range(1, 51))


def mantra(luck: random.Random) -> str:
    line = f"Breathe in, breathe out, and think of the {luck.choice(NOUNS)}."
    return "\n\n".join(f"{sentence(luck)} {sentence(luck)}\n\n*{line}*" for _ in range(9))


def sea_song(luck: random.Random) -> str:
    answer = "Heave away, my jolly boys, heave away"
    return "\n".join(f"{verse}\n    {answer}" for verse in (sentence(luck) for _ in range(12)))


def lullaby(luck: random.Random) -> str:
    things = luck.sample(NOUNS, 9)
    return "\n".join(f"If that {a} won't shine,\nI will buy you a {b} so fine." for a, b in itertools.pairwise(things))


def lots_of_thanks(luck: random.Random) -> str:
    return "\n".join(f"Thank you, {name}, for the {luck.choice(NOUNS)}." for name in NAMES)


def contract(luck: random.Random) -> str:
    return "\n\n".join(
        f"{n}. The {luck.choice(['seller', 'buyer'])} shall deliver the {luck.choice(NOUNS)} to {luck.choice(PLACES)} within {luck.randrange(5, 60)} days of the date of this agreement."
        for n in range(1, 16)
    )


def prompts(luck: random.Random) -> str:
    return "\n".join(
        f"{n}. Write a story about a {luck.choice(ADJECTIVES)} {luck.choice(NOUNS)} that {luck.choice(VERBS)} a {luck.choice(NOUNS)}."
        for n in range(1, 31)
    )


def makefile(luck: random.Random) -> str:
    return "\n".join(
        f"{noun}.o: {noun}.c {noun}.h\n\t$(CC) $(CFLAGS) -c {noun}.c -o {noun}.o\n" for noun in luck.sample(NOUNS, 16)
    )


def verilog(luck: random.Random) -> str:
    return (
        "case (address)\n"
        + "\n".join(f"  8'h{n:02x}: data <= 8'h{luck.randrange(256):02x};" for n in range(60))
        + "\nendcase"
    )


def bitmap_font(luck: random.Random) -> str:
    return "\n".join(
        f"{{0x{luck.choice([0, 0, 255, 24, 60]):02X}, 0x{luck.choice([0, 102, 60]):02X}, 0x00, 0x00, 0x{luck.randrange(256):02X}}}, // {chr(n)}"
        for n in range(33, 90)
    )


def ansi_bars(luck: random.Random) -> str:
    return (
        "\n".join(f"cpu{n:<3}[{'|' * luck.randrange(2, 30):<30}{luck.uniform(0, 100):5.1f}%]" for n in range(16))
        + f"\n\n{sentence(luck)}"
    )


def two_columns(luck: random.Random) -> str:
    return "\n".join(f"{luck.choice(NOUNS):<40}{luck.choice(NOUNS):<40}" for _ in range(40))


def arabic(luck: random.Random) -> str:
    people, things = (
        ["أحمد", "ليلى", "سمير", "هدى", "كريم"],
        ["الكتاب", "القلم", "الباب", "المفتاح", "الصورة", "الرسالة"],
    )
    return " ".join(
        f"{luck.choice(['رأى', 'أخذ', 'وجد', 'حمل'])} {luck.choice(people)} {luck.choice(things)} {luck.choice(['في البيت', 'في المدرسة', 'على الطريق', 'أمس'])}."
        for _ in range(45)
    )


def korean(luck: random.Random) -> str:
    return " ".join(
        f"{luck.choice(['민수', '지영', '하나', '철수'])}가 {luck.choice(['집', '학교', '공원', '시장', '바다'])}에서 {luck.choice(['책', '꽃', '사과', '편지', '모자'])}을 {luck.choice(['봤다', '샀다', '찾았다'])}."
        for _ in range(45)
    )


def review(luck: random.Random) -> str:
    return "\n\n".join(
        f"### {noun.title()}\n\n**Pros:** {luck.choice(ADJECTIVES)}, {luck.choice(ADJECTIVES)}\n**Cons:** {luck.choice(ADJECTIVES)}\n**Verdict:** {luck.choice(['recommended', 'not recommended'])}"
        for noun in luck.sample(NOUNS, 12)
    )


def edited_twice(luck: random.Random) -> str:
    code = "\n".join(f"{noun} = load('{noun}.csv')\n{noun} = {noun}.dropna()" for noun in luck.sample(NOUNS, 8))
    return (
        "\n\n".join(f"{sentence(luck)}\n\n```python\n{code}\nprint({luck.choice(NOUNS)})\n```" for _ in range(2))
        + "\n\n"
        + prose(luck, 300)
    )


def subtitles(luck: random.Random) -> str:
    return "\n".join(
        f"[{n // 60:02}:{n % 60:02}] {luck.choice(['(applause)', '(laughter)', sentence(luck), sentence(luck)])}"
        for n in range(0, 240, 7)
    )


FRESH = makers_of(__name__)
