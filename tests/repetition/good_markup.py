"""Good texts that repeat by nature: markup, and what is written for machines."""

from __future__ import annotations

import random

from .words import ADJECTIVES, NAMES, NOUNS, PLACES, VERBS, makers_of, prose


def html_cards(luck: random.Random) -> str:
    parts = [
        f'<div class="card">\n  <img src="/img/{noun}.png" alt="{noun}">\n  <h3 class="card-title">{noun.title()}</h3>\n'
        f'  <p class="card-text">A {luck.choice(ADJECTIVES)} {noun}.</p>\n  <a href="/{noun}" class="btn btn-primary">Buy</a>\n</div>'
        for noun in luck.sample(NOUNS, luck.randrange(8, 18))
    ]
    return "\n".join(parts)


def html_options(luck: random.Random) -> str:
    return (
        "<select>\n"
        + "\n".join(f'  <option value="{n}">{n}</option>' for n in range(1, luck.randrange(30, 70)))
        + "\n</select>"
    )


def html_table(luck: random.Random) -> str:
    rows = [
        f"    <tr>\n      <td>{luck.choice(NAMES)}</td>\n      <td>{luck.randrange(90)}</td>\n      <td>{luck.choice(PLACES)}</td>\n    </tr>"
        for _ in range(luck.randrange(12, 30))
    ]
    return "<table>\n  <tbody>\n" + "\n".join(rows) + "\n  </tbody>\n</table>"


def html_closing(luck: random.Random) -> str:
    depth = luck.randrange(10, 18)
    down = "".join(f"{'  ' * n}<div>\n" for n in range(depth))
    up = "".join(f"{'  ' * n}</div>\n" for n in reversed(range(depth)))
    return f"{down}{'  ' * depth}<p>{luck.choice(NOUNS)}</p>\n{up}"


def css(luck: random.Random) -> str:
    parts = [
        f".{noun} {{\n  display: flex;\n  margin: 0 auto;\n  padding: {luck.randrange(40)}px;\n  color: #333;\n}}"
        for noun in luck.sample(NOUNS, 16)
    ]
    return "\n\n".join(parts)


def css_grid(luck: random.Random) -> str:
    size = luck.choice([12, 16])
    return (
        "\n".join(f".col-{n} {{ width: {100 * n / size:.4f}%; }}" for n in range(1, size + 1))
        + "\n"
        + "\n".join(f".offset-{n} {{ margin-left: {100 * n / size:.4f}%; }}" for n in range(1, size + 1))
    )


def svg(luck: random.Random) -> str:
    shapes = [
        f'  <circle cx="{luck.randrange(400)}" cy="{luck.randrange(400)}" r="{luck.randrange(5, 20)}" fill="#3366cc" />'
        for _ in range(luck.randrange(20, 50))
    ]
    return '<svg width="400" height="400">\n' + "\n".join(shapes) + "\n</svg>"


def svg_bars(luck: random.Random) -> str:
    bars = [
        f'  <rect x="{n * 20}" y="{200 - h}" width="16" height="{h}" fill="steelblue" />'
        for n in range(30)
        for h in [luck.randrange(5, 200)]
    ]
    return "<svg>\n" + "\n".join(bars) + "\n</svg>"


def latex_tabular(luck: random.Random) -> str:
    rows = [
        f"{luck.choice(NOUNS)} & {luck.random():.2f} & {luck.random():.2f} & {luck.random():.2f} \\\\ \\hline"
        for _ in range(luck.randrange(15, 35))
    ]
    return "\\begin{tabular}{|l|c|c|c|}\n\\hline\n" + "\n".join(rows) + "\n\\end{tabular}"


def latex_align(luck: random.Random) -> str:
    a, lines = luck.randrange(2, 9), []
    for n in range(1, 20):
        lines.append(
            f"\\sum_{{k=1}}^{{{n}}} {a}k &= \\frac{{{a} \\cdot {n} \\cdot {n + 1}}}{{2}} = {a * n * (n + 1) // 2} \\\\"
        )
    return "\\begin{align}\n" + "\n".join(lines) + "\n\\end{align}"


def latex_matrix(luck: random.Random) -> str:
    size = luck.choice([5, 6])
    rows = [" & ".join("1" if r == c else "0" for c in range(size)) for r in range(size)]
    return "\\begin{pmatrix}\n" + " \\\\\n".join(rows) + "\n\\end{pmatrix}\n\nThis is the identity."


def assembly(luck: random.Random) -> str:
    lines = []
    for _ in range(luck.randrange(30, 70)):
        registers = luck.sample(["rax", "rbx", "rcx", "rdx", "rsi", "rdi"], 2)
        lines.append(
            f"    {luck.choice(['mov', 'mov', 'add', 'xor', 'push', 'lea'])} {registers[0]}, [{registers[1]}+{8 * luck.randrange(16)}]"
        )
    return "\n".join(lines)


def unrolled(luck: random.Random) -> str:
    name = luck.choice(NOUNS)
    return "\n".join(f"    sum += {name}[i + {n}] * weight[i + {n}];" for n in range(luck.choice([8, 16, 24])))


def dockerfile(luck: random.Random) -> str:
    parts = [
        f"FROM python:3.{luck.randrange(9, 14)}-slim AS {noun}\nWORKDIR /app\nCOPY {noun}/requirements.txt .\n"
        f'RUN pip install --no-cache-dir -r requirements.txt\nCOPY {noun} .\nCMD ["python", "-m", "{noun}"]\n'
        for noun in luck.sample(NOUNS, 8)
    ]
    return "\n".join(parts)


def ci_jobs(luck: random.Random) -> str:
    parts = ["jobs:"]
    for noun in luck.sample(NOUNS, 6):
        parts.append(
            f"  {noun}:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: actions/setup-python@v5\n"
            f"        with:\n          python-version: '3.{luck.randrange(9, 14)}'\n      - run: pip install -e .\n      - run: make {noun}"
        )
    return "\n".join(parts)


def shell(luck: random.Random) -> str:
    return "\n".join(
        f"mkdir -p {noun}/src && touch {noun}/src/__init__.py && echo '# {noun}' > {noun}/README.md"
        for noun in luck.sample(NOUNS, 25)
    )


def xml(luck: random.Random) -> str:
    items = [
        f'  <item>\n    <title>{luck.choice(NOUNS)}</title>\n    <price currency="EUR">{luck.randrange(99)}</price>\n    <inStock>true</inStock>\n  </item>'
        for _ in range(luck.randrange(12, 25))
    ]
    return "<items>\n" + "\n".join(items) + "\n</items>"


def corrected(luck: random.Random) -> str:
    names = luck.sample(NOUNS, 6)
    lines = [
        f"def {luck.choice(VERBS)}_{name}({name}, limit=10):\n    for item in {name}:\n        if item > limit:\n            yield item * 2\n"
        for name in names
    ]
    code = "\n\n".join(lines)
    better = code.replace("limit=10", "limit=20", 1)
    return f"You wrote:\n\n```python\n{code}```\n\nHere is the corrected version:\n\n```python\n{better}```\n\nOnly the limit has changed."


def said_twice(luck: random.Random) -> str:
    text = prose(luck, luck.randrange(600, 1500))
    return f"The original:\n\n{text}\n\nThe same text, with the typing errors mended:\n\n{text.replace(' the ', ' the ', 1)}\n\nThere were none."


def said_three_times(luck: random.Random) -> str:
    text = prose(luck, luck.randrange(150, 400))
    parts = [
        f"Version {n}, {how}:\n\n> {text}\n\n{luck.choice(NAMES)} likes this one."
        for n, how in ((1, "as it was"), (2, "shorter by a word"), (3, "final"))
    ]
    return "\n\n".join(parts) + "\n\n" + prose(luck, 400)


def regexes(luck: random.Random) -> str:
    octet = r"(25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)"
    return f"An address has four parts:\n\n```\n^{octet}\\.{octet}\\.{octet}\\.{octet}$\n```\n\n" + prose(luck, 400)


def routes(luck: random.Random) -> str:
    parts = []
    for noun in luck.sample(NOUNS, 9):
        parts.append(
            f"app.get('/api/{noun}/:id', async (req, res) => {{\n  try {{\n    const item = await {noun.title()}.findById(req.params.id);\n"
            "    if (!item) return res.status(404).json({ error: 'Not found' });\n    res.json(item);\n  } catch (err) {\n"
            "    res.status(500).json({ error: err.message });\n  }\n});"
        )
    return "\n\n".join(parts)


def argparse(luck: random.Random) -> str:
    return "\n".join(
        f'parser.add_argument("--{noun}", type=int, default={luck.randrange(9)}, help="the {noun}")'
        for noun in luck.sample(NOUNS, 25)
    )


def go_errors(luck: random.Random) -> str:
    parts = [
        f"\t{noun}, err := load{noun.title()}(ctx)\n\tif err != nil {{\n\t\treturn nil, err\n\t}}"
        for noun in luck.sample(NOUNS, 16)
    ]
    return "func load(ctx context.Context) (*All, error) {\n" + "\n".join(parts) + "\n}"


def layers(luck: random.Random) -> str:
    return "\n".join(
        f"model.layers.{n}.{part}.weight  torch.Size([4096, 4096])"
        for n in range(luck.randrange(4, 9))
        for part in ("q_proj", "k_proj", "v_proj", "o_proj")
    )


MARKUP = makers_of(__name__)
