"""How large the front end is that travels with each widget."""

from __future__ import annotations

from .given import Given
from .place import ROOT
from .rows import Figure, Row

GROUP = "The front end, which travels with each widget"
MOST_KB = 40.0


def measure(_: Given) -> list[Row]:
    """Two rows."""
    code, style = ((ROOT / "nbstream" / "static" / name).stat().st_size / 1000 for name in ("widget.js", "widget.css"))
    target = f"≤ {MOST_KB:g} kB"
    return [
        Row(GROUP, "widget.js, minified", "kB", Figure.of([code]), target=target, reached=code <= MOST_KB),
        Row(GROUP, "widget.css", "kB", Figure.of([style]), note="its size is no part of that target"),
    ]
