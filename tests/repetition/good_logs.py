"""Good texts that repeat by nature: logs, and what programs print."""

from __future__ import annotations

import random

from .words import ADJECTIVES, NAMES, NOUNS, PLACES, VERBS, makers_of


def clock(seconds: int) -> str:
    return f"{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def access_log(luck: random.Random) -> str:
    lines, now = [], luck.randrange(80000)
    for _ in range(luck.randrange(20, 50)):
        now += luck.randrange(9)
        address = f"10.0.{luck.randrange(4)}.{luck.randrange(256)}"
        status = luck.choice([200, 200, 200, 304, 404])
        lines.append(
            f'{address} - - [12/May/2024:{clock(now)} +0000] "GET /{luck.choice(NOUNS)} HTTP/1.1" {status} {luck.randrange(9999)}'
        )
    return "\n".join(lines)


def app_log(luck: random.Random) -> str:
    lines, now = [], luck.randrange(80000)
    for _ in range(luck.randrange(25, 50)):
        now += luck.randrange(1, 30)
        level, what = luck.choice(
            [
                ("INFO", f"request handled in {luck.randrange(90)} ms"),
                ("INFO", f"user {luck.randrange(99)} logged in"),
                ("DEBUG", f"cache miss for key {luck.choice(NOUNS)}"),
                ("WARN", f"slow query: {luck.randrange(900)} ms"),
            ]
        )
        lines.append(f"2024-05-12 {clock(now)} {level:5} [worker-{luck.randrange(4)}] {what}")
    return "\n".join(lines)


def heartbeat_log(luck: random.Random) -> str:
    lines, now = [], 3600 * luck.randrange(20)
    for _ in range(luck.randrange(20, 40)):
        now += 30 + luck.choice([0, 0, 0, 1])
        lines.append(
            f"2024-05-12T{clock(now)}Z INFO heartbeat ok, queue={luck.randrange(12)}, load=0.{luck.randrange(99):02}"
        )
    return "\n".join(lines)


def training_log(luck: random.Random) -> str:
    loss, lines = 2.5, []
    total = luck.choice([20, 30, 50])
    for n in range(1, total + 1):
        loss *= luck.uniform(0.9, 1.0)
        lines.append(
            f"Epoch {n}/{total} - loss: {loss:.4f} - accuracy: {1 - loss / 4:.4f} - val_loss: {loss * 1.1:.4f}"
        )
    return "\n".join(lines)


def pytest_output(luck: random.Random) -> str:
    module, lines = luck.choice(NOUNS), []
    for n in range(luck.randrange(25, 45)):
        name = f"{luck.choice(VERBS)}_{luck.choice(NOUNS)}"
        lines.append(f"tests/test_{module}.py::test_{name} PASSED {'':>20}[{n * 100 // 40:3}%]")
    return "\n".join(lines) + "\n\n" + "=" * 30 + " 40 passed in 1.23s " + "=" * 30


def pytest_parametrized(luck: random.Random) -> str:
    name = luck.choice(NOUNS)
    lines = [f"tests/test_{name}.py::test_{name}[{n}-{luck.choice(['True', 'False'])}] PASSED" for n in range(30)]
    return "\n".join(lines)


def tap_output(luck: random.Random) -> str:
    lines = [f"ok {n} - {luck.choice(NOUNS)} {luck.choice(VERBS)} the {luck.choice(NOUNS)}" for n in range(1, 50)]
    return "1..49\n" + "\n".join(lines)


def dots(luck: random.Random) -> str:
    lines = []
    for n in range(luck.randrange(4, 9)):
        lines.append(f"tests/test_{luck.choice(NOUNS)}.py {'.' * luck.randrange(5, 72)} [{n * 10:3}%]")
    return "\n".join(lines)


def git_log(luck: random.Random) -> str:
    entries = []
    for n in range(luck.randrange(8, 18)):
        name = luck.choice(NAMES[:4])
        entries.append(
            f"commit {luck.randrange(16**40):040x}\nAuthor: {name} <{name.lower()}@example.org>\n"
            f"Date:   Mon May {28 - n} {clock(luck.randrange(86400))} 2024 +0200\n\n"
            f"    The {luck.choice(NOUNS)} {luck.choice(VERBS)} the {luck.choice(ADJECTIVES)} {luck.choice(NOUNS)}\n"
        )
    return "\n".join(entries)


def git_log_one_line(luck: random.Random) -> str:
    kinds = ["fix", "feat", "chore", "docs"]
    lines = [
        f"* {luck.randrange(16**7):07x} {luck.choice(kinds)}({luck.choice(NOUNS)}): {luck.choice(VERBS)} {luck.choice(NOUNS)}"
        for _ in range(luck.randrange(20, 50))
    ]
    return "\n".join(lines)


def git_diff(luck: random.Random) -> str:
    hunks = []
    for n in range(luck.randrange(6, 12)):
        old, new = luck.sample(NOUNS, 2)
        hunks.append(
            f"@@ -{n * 20},6 +{n * 20},6 @@ def {luck.choice(VERBS)}():\n     value = load()\n     check(value)\n"
            f"-    return {old}(value)\n+    return {new}(value)\n \n \n"
        )
    return "```diff\n" + "".join(hunks) + "```"


def ping(luck: random.Random) -> str:
    lines = [
        f"64 bytes from 192.0.2.1: icmp_seq={n} ttl=57 time={luck.uniform(9, 20):.1f} ms"
        for n in range(luck.randrange(20, 40))
    ]
    return "PING example.org (192.0.2.1) 56(84) bytes of data.\n" + "\n".join(lines)


def traceroute(luck: random.Random) -> str:
    lines = []
    for n in range(1, 31):
        times = "  ".join(f"{luck.uniform(1, 90):.3f} ms" for _ in range(3)) if luck.random() < 0.6 else "* * *"
        lines.append(f"{n:2}  {times}")
    return "\n".join(lines)


def progress_bars(luck: random.Random) -> str:
    lines = []
    for name in luck.sample(NOUNS, luck.randrange(4, 10)):
        done = luck.randrange(20, 100)
        lines.append(f"{name + '.bin':<16} {done:3}%|{'█' * (done // 2)}{' ' * (50 - done // 2)}| {done}/100")
    return "\n".join(lines)


def one_progress_bar(luck: random.Random) -> str:
    width = luck.choice([20, 30])
    return "\n".join(f"[{'=' * n}>{' ' * (width - n)}] {n * 100 // width}%" for n in range(width + 1))


def pip_output(luck: random.Random) -> str:
    lines = []
    for name in luck.sample(NOUNS, 14):
        version = f"{luck.randrange(9)}.{luck.randrange(20)}.{luck.randrange(9)}"
        lines.append(
            f"Collecting {name}>={version[:3]}\n  Downloading {name}-{version}-py3-none-any.whl ({luck.randrange(900)} kB)"
        )
        lines.append(f"     {'━' * 40} {luck.randrange(900)}.0/{luck.randrange(900)}.0 kB 2.1 MB/s eta 0:00:00")
    return "\n".join(lines)


def listing(luck: random.Random) -> str:
    lines = [
        f"-rw-r--r-- 1 root root {luck.randrange(99999):6} May 12 {clock(luck.randrange(86400))[:5]} {luck.choice(NOUNS)}_{n}.txt"
        for n in range(luck.randrange(20, 45))
    ]
    return "\n".join(lines)


def tree(luck: random.Random) -> str:
    lines = ["."]
    for folder in luck.sample(NOUNS, 9):
        lines.append(f"├── {folder}")
        lines += [f"│   ├── {name}.py" for name in luck.sample(NOUNS, luck.randrange(2, 7))]
        lines.append("│   └── __init__.py")
    return "\n".join(lines)


def traceback(luck: random.Random) -> str:
    name = luck.choice(VERBS)
    frame = f'  File "main.py", line {luck.randrange(99)}, in {name}\n    return {name}(n - 1)\n'
    return (
        f'Traceback (most recent call last):\n  File "main.py", line 99, in <module>\n    {name}(5000)\n'
        + frame * 3
        + f"  [Previous line repeated {luck.randrange(900, 997)} more times]\nRecursionError: maximum recursion depth exceeded\n\n"
        f"The function `{name}` calls itself and has no end: add a case for `n == 0`."
    )


def java_trace(luck: random.Random) -> str:
    package = f"org.example.{luck.choice(NOUNS)}"
    lines = [
        f"\tat {package}.{luck.choice(NOUNS).title()}.{luck.choice(VERBS)}(Main.java:{luck.randrange(400)})"
        for _ in range(30)
    ]
    return 'Exception in thread "main" java.lang.IllegalStateException\n' + "\n".join(lines)


def processes(luck: random.Random) -> str:
    lines = ["USER         PID %CPU %MEM COMMAND"]
    for _ in range(luck.randrange(25, 45)):
        lines.append(
            f"root      {luck.randrange(9999):6}  0.0  0.{luck.randrange(9)} /usr/sbin/{luck.choice(NOUNS)} --{luck.choice(VERBS)}"
        )
    return "\n".join(lines)


def sql_output(luck: random.Random) -> str:
    line = "+----+------------+--------+"
    rows = [
        f"| {n:2} | {luck.choice(NOUNS):10} | {luck.choice(['open', 'done']):6} |"
        for n in range(1, luck.randrange(20, 45))
    ]
    return "\n".join([line, "| id | name       | status |", line, *rows, line])


def nvidia(luck: random.Random) -> str:
    bar = "+" + "-" * 78 + "+"
    rows = [
        f"|  {n}  Demo GPU {40 + luck.randrange(40)}C  P0  {luck.randrange(300):3}W / 400W | {luck.randrange(81920):5}MiB / 81920MiB |".ljust(
            79
        )
        + "|"
        for n in range(8)
    ]
    return "\n".join(f"{row}\n{bar}" for row in [bar, *rows])


def chess_game(luck: random.Random) -> str:
    moves = []
    for n in range(1, luck.randrange(40, 70)):
        pair = [
            luck.choice(["", "N", "B", "R", "Q", "K"]) + luck.choice("abcdefgh") + luck.choice("12345678")
            for _ in range(2)
        ]
        moves.append(f"{n}. {pair[0]} {pair[1]}")
    return " ".join(moves)


def chess_boards(luck: random.Random) -> str:
    board = [list(row) for row in ("rnbqkbnr", "pppppppp", *["........"] * 4, "PPPPPPPP", "RNBQKBNR")]
    pictures = []
    for n in range(1, luck.randrange(4, 8)):
        column = luck.randrange(8)
        board[6][column], board[5][column] = ".", "P"
        pictures.append(f"After move {n}:\n\n```\n" + "\n".join(" ".join(row) for row in board) + "\n```\n")
    return "\n".join(pictures)


def hanoi(luck: random.Random) -> str:
    lines: list[str] = []

    def move(n: int, a: str, b: str, c: str) -> None:
        if n:
            move(n - 1, a, c, b)
            lines.append(f"Move disk {n} from {a} to {c}")
            move(n - 1, b, a, c)

    move(luck.choice([3, 4, 5]), *luck.choice([("A", "B", "C"), ("left", "middle", "right")]))
    return "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1)) if luck.random() < 0.5 else "\n".join(lines)


def life(luck: random.Random) -> str:
    alive, frames = {(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)}, []
    for n in range(luck.randrange(5, 9)):
        frames.append(
            f"Generation {n}:\n"
            + "\n".join("".join("#" if (x, y) in alive else "." for x in range(14)) for y in range(10))
        )
        near: dict[tuple[int, int], int] = {}
        for x, y in alive:
            for dx, dy in ((a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b):
                near[x + dx, y + dy] = near.get((x + dx, y + dy), 0) + 1
        alive = {cell for cell, count in near.items() if count == 3 or (count == 2 and cell in alive)}
    return "\n\n".join(frames)


def game_log(luck: random.Random) -> str:
    lines = []
    for n in range(1, luck.randrange(20, 40)):
        lines.append(
            f"Round {n}: {luck.choice(NAMES[:3])} rolls a {luck.randrange(1, 7)} and moves to {luck.choice(PLACES)}."
        )
    return "\n".join(lines)


def timetable(luck: random.Random) -> str:
    stops = luck.sample(PLACES, 6)
    lines = []
    for hour in range(6, 22):
        lines.append(
            f"{hour:02}:{luck.randrange(60):02}  {'  '.join(f'{stop} {hour:02}:{luck.randrange(60):02}' for stop in stops)}"
        )
    return "\n".join(lines)


LOGS = makers_of(__name__)
