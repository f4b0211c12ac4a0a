"""How large the front end is."""

from __future__ import annotations

from .given import Given
from .place import ROOT
from .rows import Figure, Row

MOST_KB = 40.0


def measure(_: Given) -> list[Row]:
    """One row."""
    size = (ROOT / "nbstream" / "static" / "widget.js").stat().st_size / 1000
    figure, target = Figure.of([size]), f"≤ {MOST_KB:g} kB"
    return [Row("The front end", "widget.js, minified", "kB", figure, target=target, reached=size <= MOST_KB)]
