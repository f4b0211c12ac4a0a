"""Writes the corpus of the `Repetition` guard: `PYTHONPATH=tests python -m repetition.make`.

What it writes is committed. A new text shall come at the end of its kind: the held-out third is chosen by names.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict

from .corpus import FOLDER, Text
from .fresh import FRESH, fresh_loops
from .good_code import CODE
from .good_data import DATA
from .good_drawings import DRAWINGS
from .good_logs import LOGS
from .good_markup import MARKUP
from .good_notes import NOTES
from .good_prose import PROSE
from .harder import HARDER, drifting, in_any_order
from .loops import Loop, loops

COPIES = 3


def good(makers: Iterable[Callable[[random.Random], str]]) -> list[Text]:
    texts = []
    for maker in makers:
        kind = maker.__name__.replace("_", " ")
        for number in range(COPIES):
            name = f"{kind} {number}"
            luck = random.Random(name)
            text = maker(luck)
            if number == 1:
                text = f"Here it is:\n\n{text}\n\nIs there anything else?"
            texts.append(Text(name, kind, "good", text))
    return texts


def bad(found: Iterable[Loop]) -> list[Text]:
    seen: Counter[str] = Counter()
    texts = []
    for kind, text, third_at in found:
        texts.append(Text(f"loop of {kind} {seen[kind]}", kind, "loop", text, third_at))
        seen[kind] += 1
    return texts


def write(name: str, texts: list[Text]) -> None:
    lines = [
        json.dumps({k: v for k, v in asdict(text).items() if v is not None and k != "fresh"}, ensure_ascii=False)
        for text in texts
    ]
    (FOLDER / name).write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    write("good.jsonl", good([*DATA, *NOTES, *LOGS, *CODE, *MARKUP, *PROSE, *DRAWINGS, *HARDER]))
    write("loops.jsonl", bad([*loops(), *drifting(), *in_any_order(random.Random("order"))]))
    write("fresh_good.jsonl", good(FRESH))
    write("fresh_loops.jsonl", bad(fresh_loops()))
