"""What `import` costs beside `import anywidget`, each in a fresh interpreter, in turn, all with their bytecode written.

The bytecode of all goes to a folder of its own: an environment that forbids to write any, or sources that are newer
than theirs, would make some of them compile anew each time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from .given import Given
from .place import ROOT
from .rows import Figure, Peer, Row

MOST = 1.15
CODE = "import time; began = time.process_time(); {}; print((time.process_time() - began) * 1000)"


def measure(given: Given) -> list[Row]:
    """Two rows, milliseconds of CPU: the package's name alone, and the function, which draws in all that it needs."""
    with compiled(given.env) as env:
        return [
            row("`import nbstream`", "import nbstream", env, given.imports, MOST),
            row("`from nbstream import generate`", "from nbstream import generate", env, given.imports, None),
        ]


@contextmanager
def compiled(env: dict[str, str]) -> Iterator[dict[str, str]]:
    """An environment whose processes write their bytecode, and find it."""
    with tempfile.TemporaryDirectory(prefix="nbstream-bench-") as bytecode:
        found = os.environ | env | {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": bytecode}
        found.pop("PYTHONDONTWRITEBYTECODE", None)
        yield found


def row(what: str, code: str, env: dict[str, str], number: int, most: float | None) -> Row:
    """One import beside anywidget's, which draws ipywidgets and IPython with it."""
    both = (code, "import anywidget")
    for each in both:  # the first import writes its bytecode
        took_ms(each, env)
    turns = [[took_ms(each, env) for each in both] for _ in range(number)]
    own, other = ([turn[place] for turn in turns] for place in (0, 1))
    peer = Peer.beside("import anywidget", own, other)
    assert peer.ratio
    reached = peer.ratio.median <= most if most else None
    note = f"n = {number}, CPU, bytecode written before"
    return Row("Import", what, "ms", Figure.of(own), [peer], f"ratio ≤ {most}" if most else "", reached, note)


def took_ms(code: str, env: dict[str, str]) -> float:
    command = [sys.executable, "-c", CODE.format(code)]
    return float(subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout)
