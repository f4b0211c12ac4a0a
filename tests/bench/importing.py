"""What `import` costs beside `import anywidget`, each in a fresh interpreter, in turn."""

from __future__ import annotations

import os
import subprocess
import sys

from .given import Given
from .place import ROOT
from .rows import Figure, Peer, Row

MOST = 1.15
CODE = "import time; began = time.process_time(); {}; print((time.process_time() - began) * 1000)"


def measure(given: Given) -> list[Row]:
    """Two rows, milliseconds of CPU: the name alone, and what the first `generate` loads at the latest."""
    return [
        row("`import nbstream`", "import nbstream", given, MOST),
        row("`from nbstream import generate`", "from nbstream import generate", given, None),
    ]


def row(what: str, code: str, given: Given, most: float | None) -> Row:
    """One import beside anywidget's, which draws ipywidgets and IPython with it."""
    both = (code, "import anywidget")
    for each in both:  # the first import writes its bytecode
        took_ms(each, given)
    turns = [[took_ms(each, given) for each in both] for _ in range(given.imports)]
    own, other = ([turn[place] for turn in turns] for place in (0, 1))
    peer = Peer.beside("import anywidget", own, other)
    assert peer.ratio
    reached = peer.ratio.median <= most if most else None
    return Row("Import", what, "ms", Figure.of(own), [peer], f"ratio ≤ {most}" if most else "", reached)


def took_ms(code: str, given: Given) -> float:
    env = os.environ | given.env | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", CODE.format(code)]
    return float(subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout)
