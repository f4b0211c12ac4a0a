"""Good texts that repeat by nature: music and identifiers."""

from __future__ import annotations

import random

from .words import makers_of


def midi(luck: random.Random) -> str:
    bar = [luck.choice([60, 62, 64, 65, 67, 69]) for _ in range(8)]
    lines, time = [], 0
    for n in range(luck.randrange(5, 9)):
        for note in bar if n % 2 else [x + luck.choice([0, 0, 2, 5, 7]) for x in bar]:
            velocity = luck.randrange(50, 100)
            lines.append(f"{time} note_on channel=0 note={note} velocity={velocity}")
            lines.append(f"{time + 120} note_off channel=0 note={note} velocity=0")
            time += 120
    return "\n".join(lines)


def abc_tune(luck: random.Random) -> str:
    bars = [" ".join("".join(luck.choice("GABcdefg") for _ in range(2)) for _ in range(4)) for _ in range(6)]
    lines = [" | ".join(luck.choice(bars) for _ in range(4)) + " |" for _ in range(12)]
    return "X:1\nT:A Tune\nM:4/4\nK:G\n" + "\n".join(lines)


def guitar_tab(luck: random.Random) -> str:
    systems = []
    for _ in range(luck.randrange(3, 6)):
        strings = []
        for string in "eBGDAE":
            frets = "".join(luck.choice(["0-", "2-", "3-", "--", "--", "--"]) for _ in range(16))
            strings.append(f"{string}|-{frets}|")
        systems.append("\n".join(strings))
    return "\n\n".join(systems)


def palette(luck: random.Random) -> str:
    return "\n".join(f"--color-{n}: #{luck.randrange(2**24):06x};" for n in range(luck.randrange(40, 90)))


def uuids(luck: random.Random) -> str:
    def part(size: int) -> str:
        return f"{luck.randrange(16**size):0{size}x}"

    rows = (f"- {part(8)}-{part(4)}-4{part(3)}-a{part(3)}-{part(12)}" for _ in range(luck.randrange(20, 60)))
    return "\n".join(rows)


NOTES = makers_of(__name__)
