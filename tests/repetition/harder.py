"""A second batch, made to break what had been tuned on the first: loops that drift, and good texts that hardly say anything new."""

from __future__ import annotations

import random
from collections.abc import Iterator

from .loops import Loop, made
from .words import ADJECTIVES, NAMES, NOUNS, PLACES, makers_of, prose, sentence

DRIFTING: list[tuple[str, str]] = [
    ("I have {d} apples and you have {e} apples, so together we have some apples. ", "numbers"),
    ("The probability that it rains on the next day is 0.{d}{e}, as we have seen in the table above. ", "numbers"),
    ("So the value of the function at the point is {d}, which is what we wanted to show. ", "numbers"),
    ("{down}. Take a deep breath and relax your shoulders.\n", "counting down"),
    ("1.{i}. The scope of the project\n", "counting"),
    ("({letter}) The tenant shall keep the premises clean and tidy.\n", "counting"),
    ("{i}. 提高工作效率，节约时间成本。\n", "counting"),
    ("{i}일차: 아침에 일어나서 물을 한 잔 마셨다.\n", "counting"),
    ("{i}. Учиться на своих ошибках и не сдаваться.\n", "counting"),
    ("Page {i} of the book is empty, and so is the next one. ", "counting"),
    ("Frame {i}: the ball moves to the right and bounces off the wall.\n", "counting"),
    ("- **Point {i}**: it is important to stay healthy.\n", "counting"),
    ("{i}. What is the meaning of life?\n{i}. What is the meaning of death?\n", "counting"),
    ("| {i} | the same entry in the table | ok |\n", "counting"),
    ("User: tell me more about number {i}\nAssistant: there is no more to tell.\n", "counting"),
    ("{w} the committee will meet again on the same matter in the same room. ", "variation"),
    ("我认为这个问题{c}重要，我们必须认真对待。", "variation"),
    ("彼は{c}と言って、また部屋を出て行った。", "variation"),
    ("Я {r} знаю, что делать дальше в этой ситуации. ", "variation"),
    ("As an AI language model, I {w} have no feelings, but I am here to help. ", "variation"),
    ('    logger.info("processing the next {s} of the batch")\n', "variation"),
    ("<p>This is a {s} of text that the page shows again.</p>\n", "variation"),
    ("He looked at {p} and {p} looked at him, and nobody said a word. ", "variation"),
    ("It was {t}, and the rain fell, and the wind blew, and {t} it was. ", "variation"),
]


def drifting() -> Iterator[Loop]:
    """Loops whose passages differ."""
    for number, (shape, kind) in enumerate(DRIFTING):
        luck = random.Random(shape)

        def unit(n: int, shape: str = shape, luck: random.Random = luck) -> str:
            return shape.format(
                i=n + 1, d=luck.randrange(1, 6), e=luck.randrange(1, 6), down=90 - n, letter="abcdefghijklmnopqrstuvwxyz"[n % 26],
                w=luck.choice(["Then", "Later", "Still"]), c=luck.choice(["很", "非常", "特别"]), r=luck.choice(["не", "уже"]),
                s=luck.choice(["part", "item"]), p=luck.choice(["Anna", "Carl"]), t=luck.choice(["late", "dark", "cold"]),
            )  # fmt: skip

        yield f"{kind}, harder", *made(luck, unit, (0, 900, 2200)[number % 3])


def in_any_order(luck: random.Random) -> Iterator[Loop]:
    """The same few lines, in an order that does not repeat; the third time is when each has come three times."""
    for number in range(6):
        few = [sentence(luck) + (" ", "\n")[number % 2] for _ in range(2 + number % 2)]
        said = [*few, *luck.choices(few, k=40)]
        third = next(n for n in range(1, len(said)) if all(said[:n].count(one) >= 3 for one in few))
        start = prose(luck, 500 * number) + "\n\n"
        third_at = len(start + "".join(said[:third]))
        yield "any order, harder", (start + "".join(said))[: third_at + 1000], third_at


def values(luck: random.Random) -> str:
    rows = [f"    ({n}, '{luck.choice(NOUNS)}', {luck.randrange(100)}, TRUE)" for n in range(1, luck.randrange(20, 50))]
    return "INSERT INTO items (id, name, stock, active) VALUES\n" + ",\n".join(rows) + ";"


def values_that_count(luck: random.Random) -> str:
    first = luck.randrange(1, 50)
    return (
        "INSERT INTO seats (id, room, free) VALUES\n"
        + ",\n".join(f"    ({n}, 1, TRUE)" for n in range(first, first + 40))
        + ";"
    )


def words_of_numbers(luck: random.Random) -> str:
    tens = ["twenty", "thirty", "forty", "fifty", "sixty"]
    ones = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    sign = luck.choice([", ", "\n", " and "])
    return sign.join(f"{ten}-{one}" for ten in tens for one in ones)


def addition_in_words(luck: random.Random) -> str:
    return "\n".join(f"{a} plus {b} is {a + b}." for a in range(1, 6) for b in range(1, 11))


def bullet_of_ratings(luck: random.Random) -> str:
    return "\n".join(
        f"- {place}: {luck.choice(['very good', 'good', 'not so good'])}, {luck.randrange(1, 6)} of 5 stars"
        for place in PLACES
    )


def weather(luck: random.Random) -> str:
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] * 3
    return "\n".join(
        f"{day}: {luck.choice(['sunny', 'cloudy', 'rain', 'sunny intervals'])}, {luck.randrange(5, 25)} degrees, wind from the {luck.choice(['north', 'west'])}"
        for day in days
    )


def shifts(luck: random.Random) -> str:
    days = ["Mon", "Tue", "Wed", "Thu", "Fri"]
    return "\n\n".join(
        f"Week {n}\n"
        + "\n".join(f"{day}: {luck.choice(NAMES[:4])} (early), {luck.choice(NAMES[:4])} (late)" for day in days)
        for n in range(1, 6)
    )


def votes(luck: random.Random) -> str:
    return "\n".join(f"{name} votes {luck.choice(['yes', 'no', 'yes', 'abstains'])}." for name in NAMES)


def robot(luck: random.Random) -> str:
    return "\n".join(
        luck.choice(["Move forward", "Turn left", "Turn right", "Move forward 2 steps", "Pick up the block"])
        for _ in range(60)
    )


def state_machine(luck: random.Random) -> str:
    states = ["idle", "running", "stopped", "failed"]
    return "\n".join(
        f"on {event}: from {a} go to {luck.choice(states)}" for event in luck.sample(NOUNS, 9) for a in states
    )


def tic_tac_toe(luck: random.Random) -> str:
    cells, boards = [" "] * 9, []
    for n, cell in enumerate(luck.sample(range(9), 9)):
        cells[cell] = "XO"[n % 2]
        boards.append("\n---+---+---\n".join(" " + " | ".join(cells[k : k + 3]) + " " for k in (0, 3, 6)))
    return "\n\n".join(f"Move {n}:\n\n{board}" for n, board in enumerate(boards, 1))


def bubble_sort(luck: random.Random) -> str:
    numbers, lines = luck.sample(range(1, 60), 8), []
    for _ in range(5):
        for k in range(7):
            a, b = numbers[k : k + 2]
            if a > b:
                numbers[k], numbers[k + 1] = b, a
            lines.append(f"Compare {a} and {b}: {'swap them' if a > b else 'they stay as they are'}.")
    return "\n".join(lines)


def gradient_steps(luck: random.Random) -> str:
    x, lines = luck.uniform(5, 9), []
    for n in range(1, 25):
        lines.append(f"Step {n}: x = {x:.3f}, the slope is {2 * x:.3f}, so the new x is {x * 0.8:.3f}.")
        x *= 0.8
    return "\n".join(lines)


def long_division(luck: random.Random) -> str:
    a, lines = luck.randrange(10**12, 10**14), []
    rest = 0
    for digit in str(a):
        n = rest * 10 + int(digit)
        lines.append(f"Bring down the {digit}: {n} divided by 7 is {n // 7}, and the rest is {n % 7}.")
        rest = n % 7
    return "\n".join(lines)


def pairs(luck: random.Random) -> str:
    people = luck.sample(NAMES, 8)
    return "\n".join(f"{a} plays against {b}" for n, a in enumerate(people) for b in people[n + 1 :])


def permutations_of(luck: random.Random) -> str:
    from itertools import permutations

    words = luck.sample(NOUNS, 4)
    return "\n".join(" ".join(order) for order in permutations(words))


def drums(luck: random.Random) -> str:
    return "\n".join(
        f"{name}: |{''.join(luck.choice(['x-', '--', '--', 'x-']) for _ in range(16))}|"
        for _ in range(6)
        for name in ("HH", "SD", "BD")
    )


def knitting(luck: random.Random) -> str:
    return "\n".join(
        f"Row {n}: knit {luck.randrange(1, 9)}, purl {luck.randrange(1, 9)}, repeat to the end of the row."
        for n in range(1, 26)
    )


def knitting_in_two_rows(luck: random.Random) -> str:
    a, b = luck.randrange(2, 9), luck.randrange(2, 9)
    return (
        "\n".join(
            (f"Row {n}: knit {a}, purl {b}, knit {a}." if n % 2 else f"Row {n}: purl all stitches.")
            for n in range(1, 13)
        )
        + "\n\n"
        + sentence(luck) * 3
    )


def prayer(luck: random.Random) -> str:
    return "\n".join(
        f"{a.title()} {n}, be with us.\nHear us when we call."
        for a, n in zip(luck.sample(ADJECTIVES, 18), luck.sample(NOUNS, 18), strict=True)
    )


def round_song(luck: random.Random) -> str:
    boat = f"Row, row, row your {luck.choice(NOUNS)},\ngently down the {luck.choice(NOUNS)},\nmerrily, merrily, merrily, merrily,\nlife is but a {luck.choice(NOUNS)}."
    return f"The first group begins:\n\n{boat}\n\nThe second group follows two lines later:\n\n{boat}\n\nThen all sing together:\n\n{boat}\n\n{sentence(luck)}"


def table_with_one_word(luck: random.Random) -> str:
    rows = [
        f"| {name} | not applicable | not applicable | {luck.choice(['passed', 'passed', 'failed'])} |"
        for name in NAMES
    ]
    return "| who | first | second | third |\n|---|---|---|---|\n" + "\n".join(rows)


def schema(luck: random.Random) -> str:
    parts = [
        f'    "{noun}": {{\n      "type": "string",\n      "description": "The {noun}."\n    }}'
        for noun in luck.sample(NOUNS, 16)
    ]
    return '{\n  "type": "object",\n  "properties": {\n' + ",\n".join(parts) + "\n  }\n}"


def strings_in_po(luck: random.Random) -> str:
    return "\n\n".join(
        f'#: src/main.py:{luck.randrange(900)}\nmsgid "The {noun}"\nmsgstr ""' for noun in luck.sample(NOUNS, 24)
    )


def srt(luck: random.Random) -> str:
    parts = [
        f"{n}\n00:00:{n * 2:02},000 --> 00:00:{n * 2 + 2:02},000\n{luck.choice(['[music]', '[music]', sentence(luck)])}"
        for n in range(1, 26)
    ]
    return "\n\n".join(parts)


def ics(luck: random.Random) -> str:
    parts = [
        f"BEGIN:VEVENT\nDTSTART:202405{n:02}T090000Z\nDTEND:202405{n:02}T100000Z\nSUMMARY:{luck.choice(NOUNS).title()}\nSTATUS:CONFIRMED\nEND:VEVENT"
        for n in range(1, 15)
    ]
    return "BEGIN:VCALENDAR\n" + "\n".join(parts) + "\nEND:VCALENDAR"


def gcode(luck: random.Random) -> str:
    return "\n".join(f"G1 X{luck.uniform(0, 200):.2f} Y{luck.uniform(0, 200):.2f} E{n * 0.04:.3f}" for n in range(60))


def wav_of_sine(luck: random.Random) -> str:
    period = luck.choice([8, 12])
    wave = [0, 38, 70, 92, 100, 92, 70, 38, 0, -38, -70, -92][:period]
    return "samples = [" + ", ".join(str(wave[n % period] + luck.randrange(-1, 2)) for n in range(120)) + "]"


HARDER = makers_of(__name__)
