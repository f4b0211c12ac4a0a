"""Prints a DataFrame for programs, as CSV or JSON, so that no text in it steers the terminal that shows it."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING

from .visible import STEERING, visible

if TYPE_CHECKING:
    import pandas as pd

FORMULA = r"[=+\-@\t\r]"


def print_csv(frame: pd.DataFrame) -> None:
    """The exact data for a program, and on a terminal nothing that steers it."""
    data = frame.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC)  # less leaves a lone \r bare, which ends a row
    print(visible(data) if sys.stdout.isatty() else data, end="")
    texts = [frame[name] for name in ("text", "reasoning") if name in frame]
    if count := sum(int(text.str.match(FORMULA).sum()) for text in texts):
        print(
            f"nbstream: {count} texts begin as a formula does, with = + - or @. A spreadsheet would compute them: "
            "import their columns as text.",
            file=sys.stderr,
        )


def print_json(frame: pd.DataFrame, lines: bool = False) -> None:
    """A list of objects, or an object a line."""
    indent = None if lines else 2
    data = frame.to_json(
        orient="records", lines=lines, indent=indent, date_format="iso", date_unit="us", force_ascii=False
    )
    print(STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", data).rstrip("\n"))  # JSON of the same text
