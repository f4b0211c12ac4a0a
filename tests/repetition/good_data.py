"""Good texts that repeat by nature: tables, numbers, dumps, logs."""

from __future__ import annotations

import base64
import json
import random

from .words import ADJECTIVES, NAMES, NOUNS, PLACES, VERBS, makers_of


def markdown_table_of_numbers(luck: random.Random) -> str:
    columns = luck.randrange(3, 7)
    rows = ["| " + " | ".join(["year", *luck.sample(NOUNS, columns)]) + " |", "|---" * (columns + 1) + "|"]
    for year in range(1990, 1990 + luck.randrange(20, 40)):
        rows.append(f"| {year} | " + " | ".join(str(luck.randrange(100)) for _ in range(columns)) + " |")
    return "\n".join(rows)


def markdown_table_of_words(luck: random.Random) -> str:
    rows = ["| Name | City | Member | Paid |", "|------|------|--------|------|"]
    for _ in range(luck.randrange(20, 60)):
        answers = [luck.choice(["yes", "no"]) for _ in range(2)]
        rows.append(f"| {luck.choice(NAMES)} | {luck.choice(PLACES)} | {answers[0]} | {answers[1]} |")
    return "\n".join(rows)


def table_of_ticks(luck: random.Random) -> str:
    plans = ["Free", "Team", "Business"]
    rows = ["| Feature | " + " | ".join(plans) + " |", "|:--|:-:|:-:|:-:|"]
    for noun in luck.sample(NOUNS, 24):
        rows.append(
            f"| {noun.title()} {luck.choice(VERBS)} | " + " | ".join(luck.choice("✅✅❌") for _ in plans) + " |"
        )
    return "\n".join(rows)


def truth_table(luck: random.Random) -> str:
    size = luck.randrange(3, 6)
    names = "PQRST"[:size]
    rows = ["| " + " | ".join(names) + " | result |", "|---" * size + "|---|"]
    for n in range(2**size):
        bits = [("T", "F")[n >> (size - 1 - k) & 1] for k in range(size)]
        rows.append("| " + " | ".join(bits) + f" | {luck.choice('TF')} |")
    return "\n".join(rows)


def truth_table_in_words(luck: random.Random) -> str:
    rows = ["a,b,c,d,a and b or c and not d"]
    flip = luck.randrange(16)
    for n in range(16):
        a, b, c, d = (bool((n ^ flip) >> k & 1) for k in (3, 2, 1, 0))
        rows.append(f"{a},{b},{c},{d},{(a and b) or (c and not d)}")
    return "\n".join(rows)


def csv_of_numbers(luck: random.Random) -> str:
    rows = ["time,x,y,z"]
    for n in range(luck.randrange(60, 150)):
        rows.append(f"{n / 10:.1f}," + ",".join(f"{luck.gauss(0, 1):.3f}" for _ in range(3)))
    return "\n".join(rows)


def csv_of_small_numbers(luck: random.Random) -> str:
    return "\n".join(",".join(str(luck.randrange(3)) for _ in range(12)) for _ in range(60))


def csv_of_people(luck: random.Random) -> str:
    rows = ["id,name,city,status,amount,currency"]
    for n in range(luck.randrange(40, 80)):
        status = luck.choice(["active", "active", "active", "closed"])
        rows.append(f"{n + 1},{luck.choice(NAMES)},{luck.choice(PLACES)},{status},{luck.randrange(1000)}.00,EUR")
    return "\n".join(rows)


def csv_mostly_empty(luck: random.Random) -> str:
    rows = ["sku;name;note;color;size;stock"]
    for n in range(50):
        rows.append(f"{luck.randrange(10**6):06d};{luck.choice(NOUNS)} {n};;;;{luck.choice([0, 0, 0, 1, 5])}")
    return "\n".join(rows)


def multiplication_table(luck: random.Random) -> str:
    size = luck.randrange(9, 16)
    head = "   x |" + "".join(f"{n:4}" for n in range(1, size + 1))
    rows = [head, "-" * len(head)]
    rows += [f"{n:4} |" + "".join(f"{n * m:4}" for m in range(1, size + 1)) for n in range(1, size + 1)]
    return "```\n" + "\n".join(rows) + "\n```"


def times_in_lines(luck: random.Random) -> str:
    sign = luck.choice("x×*")
    first = luck.randrange(2, 8)
    return "\n".join(f"{n} {sign} {m} = {n * m}" for n in range(first, first + 6) for m in range(1, 13))


def conversion_table(luck: random.Random) -> str:
    start = luck.randrange(-40, 20)
    return "\n".join(
        f"| {c} degrees Celsius | {c * 9 / 5 + 32:.1f} degrees Fahrenheit |" for c in range(start, start + 50)
    )


def sequence(luck: random.Random) -> str:
    step = luck.randrange(1, 14)
    return ", ".join(str(n) for n in range(step, step * luck.randrange(200, 500), step))


def numbers_one_a_line(luck: random.Random) -> str:
    return "\n".join(str(n) for n in range(1, luck.randrange(150, 400)))


def primes(luck: random.Random) -> str:
    found = [n for n in range(2, luck.randrange(1500, 4000)) if all(n % d for d in range(2, int(n**0.5) + 1))]
    return " ".join(map(str, found))


def fibonacci(luck: random.Random) -> str:
    a, b, lines = 0, 1, []
    for n in range(luck.randrange(40, 70)):
        lines.append(f"F({n}) = {a}")
        a, b = b, a + b
    return "\n".join(lines)


def squares(luck: random.Random) -> str:
    power = luck.choice([2, 3])
    return "\n".join(f"{n}^{power} = {n**power}" for n in range(1, luck.randrange(40, 100)))


def fizz_buzz(luck: random.Random) -> str:
    end = luck.choice([60, 100, 150])
    return "\n".join("Fizz" * (n % 3 == 0) + "Buzz" * (n % 5 == 0) or str(n) for n in range(1, end + 1))


def collatz(luck: random.Random) -> str:
    n, lines = luck.choice([27, 97, 171, 231]), []
    while n != 1 and len(lines) < 70:
        after = n // 2 if n % 2 == 0 else 3 * n + 1
        lines.append(f"{n} is {'even' if n % 2 == 0 else 'odd'}, so the next number is {after}.")
        n = after
    return "\n".join(lines)


def digits(luck: random.Random) -> str:
    return "3." + "".join(str(luck.randrange(10)) for _ in range(luck.randrange(800, 3000)))


def binary(luck: random.Random) -> str:
    return " ".join(f"{luck.randrange(256):08b}" for _ in range(luck.randrange(80, 250)))


def binary_counting(luck: random.Random) -> str:
    width = luck.choice([5, 6, 7])
    return "\n".join(f"{n:3} = {n:0{width}b}" for n in range(2**width))


def hex_dump(luck: random.Random) -> str:
    lines = []
    for at in range(0, luck.randrange(400, 1000), 16):
        row = [luck.randrange(256) if luck.random() < 0.8 else 0 for _ in range(16)]
        text = "".join(chr(b) if 32 <= b < 127 else "." for b in row)
        lines.append(f"{at:08x}  {' '.join(f'{b:02x}' for b in row)}  |{text}|")
    return "\n".join(lines)


def hex_dump_with_zeros(luck: random.Random) -> str:
    lines = []
    for at in range(0, 640, 16):
        empty = luck.random() < 0.6
        row = [0 if empty or luck.random() < 0.5 else luck.randrange(256) for _ in range(16)]
        lines.append(f"{at:08x}  {' '.join(f'{b:02x}' for b in row)}")
    return "\n".join(lines)


def base_64(luck: random.Random) -> str:
    return base64.b64encode(luck.randbytes(luck.randrange(500, 3000))).decode()


def base_64_in_lines(luck: random.Random) -> str:
    data = base64.encodebytes(luck.randbytes(luck.randrange(600, 2500))).decode()
    return f"-----BEGIN CERTIFICATE-----\n{data}-----END CERTIFICATE-----"


def base_64_with_zeros(luck: random.Random) -> str:
    data = b"".join(luck.randbytes(20) + bytes(luck.randrange(10, 120)) for _ in range(20))
    return "data:image/png;base64," + base64.b64encode(data).decode()


def genome(luck: random.Random) -> str:
    return ">seq1\n" + "\n".join("".join(luck.choice("ACGT") for _ in range(60)) for _ in range(luck.randrange(12, 60)))


def genome_with_repeats(luck: random.Random) -> str:
    parts = []
    for _ in range(12):
        parts.append("".join(luck.choice("acgt") for _ in range(luck.randrange(60, 200))))
        parts.append("".join(luck.choice("acgt") for _ in range(luck.randrange(1, 5))) * luck.randrange(5, 25))
    return "".join(parts)


def codons(luck: random.Random) -> str:
    return " ".join("".join(luck.choice("AUGC") for _ in range(3)) for _ in range(luck.randrange(150, 500)))


def protein(luck: random.Random) -> str:
    rows = ["".join(luck.choice("ACDEFGHIKLMNPQRSTVWY") for _ in range(60)) for _ in range(luck.randrange(10, 40))]
    return ">sp|P12345|DEMO\n" + "\n".join(rows)


def zeros(luck: random.Random) -> str:
    count = luck.choice([16, 32, 64, 100])
    return f"Here is the array with {count} zeros:\n\n```json\n[{', '.join(['0'] * count)}]\n```\n\nIt is ready to use."


def matrix(luck: random.Random) -> str:
    size = luck.choice([5, 6, 8])
    kind = luck.choice(["identity", "zeros", "ones"])
    value = {"identity": lambda r, c: int(r == c), "zeros": lambda r, c: 0, "ones": lambda r, c: 1}[kind]
    rows = ["[" + ", ".join(str(value(r, c)) for c in range(size)) + "]" for r in range(size)]
    return f"The {kind} matrix of size {size}:\n\n```python\n[" + ",\n ".join(rows) + "]\n```\n\nIts rows are lists."


def sparse_grid(luck: random.Random) -> str:
    width = luck.randrange(20, 40)
    grid = ["".join("#" if luck.random() < 0.12 else "." for _ in range(width)) for _ in range(luck.randrange(15, 40))]
    return "\n".join(grid)


def json_of_people(luck: random.Random) -> str:
    people = [
        {"id": n, "name": luck.choice(NAMES), "city": luck.choice(PLACES), "active": luck.random() < 0.8, "tags": []}
        for n in range(luck.randrange(15, 40))
    ]
    return "```json\n" + json.dumps(people, indent=2) + "\n```"


def json_lines(luck: random.Random) -> str:
    lines = []
    for n in range(luck.randrange(30, 60)):
        lines.append(
            json.dumps({"event": "click", "page": f"/{luck.choice(NOUNS)}", "user": luck.randrange(999), "n": n})
        )
    return "\n".join(lines)


def json_with_nulls(luck: random.Random) -> str:
    keys = luck.sample(NOUNS, 30)
    return json.dumps({f"{k}_{luck.choice(ADJECTIVES)}": luck.choice([None, None, 0, "", []]) for k in keys}, indent=4)


def geojson(luck: random.Random) -> str:
    points = [[round(luck.uniform(5, 15), 4), round(luck.uniform(45, 55), 4)] for _ in range(luck.randrange(30, 120))]
    return json.dumps({"type": "Polygon", "coordinates": [points]}, indent=1)


def embeddings(luck: random.Random) -> str:
    return "[" + ", ".join(f"{luck.gauss(0, 0.05):.6f}" for _ in range(luck.randrange(100, 400))) + "]"


DATA = makers_of(__name__)
