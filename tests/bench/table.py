"""Turns the JSON of a run into the table: `python -m bench.table [bench-results/latest.json]`; README.md takes it.

`tests/bench/RESULTS.md` is what it makes of `tests/bench/RESULTS.json`, both from one run with `--publish`.
"""

from __future__ import annotations

import json
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

from .place import RESULTS
from .rows import Figure, Peer, Row

HEAD = ("| what | nbstream | beside | target | |", "|---|---|---|---|---|")
REACHED = {True: "reached", False: "**not reached**", None: ""}


def figure(value: Figure | None, unit: str = "") -> str:
    """The median, and where it varies what eight of ten readings lie between."""
    if value is None:
        return "unknown"
    text = number(value.median) + (f" {unit}" if unit else "")
    low, high = number(value.low), number(value.high)
    return text if low == high else f"{text} ({low} to {high})"


def number(value: float) -> str:
    """Three digits."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def peer(one: Peer, unit: str) -> str:
    parts = [figure(one.figure, unit)] if one.figure else []
    parts += [f"ratio {figure(one.ratio)}"] if one.ratio else []
    parts += [one.note] if one.note else []
    return f"{one.name}: {', '.join(parts)}"


def line(row: Row) -> str:
    beside = "<br>".join(peer(one, row.unit) for one in row.peers)
    what = row.what + (f"<br><sub>{row.note}</sub>" if row.note else "")
    return f"| {what} | {figure(row.figure, row.unit)} | {beside} | {row.target} | {REACHED[row.reached]} |"


def markdown(run: dict[str, Any]) -> str:
    """The whole page."""
    rows = [Row.from_json(told) for told in run["rows"]]
    lines = [
        f"nbstream {run['nbstream']}, {run['started']}, {run['kind']} run of {run['took_s']:.0f} s. {run['machine']}."
    ]
    lines += ["Median (8 of 10 readings); a ratio is nbstream's figure divided by the peer's, pair by pair.", ""]
    for group, members in groupby(rows, lambda row: row.group):
        lines += [f"**{group}**", "", *HEAD, *map(line, members), ""]
    if run.get("profile"):  # runs of before had none
        lines += ["**Where the time of a chunk goes**, by a profile of the loop's thread", ""]
        lines += ["```", run["profile"].strip(), "```", ""]
    told = [row.reached for row in rows if row.reached is not None]
    lines += [f"{sum(told)} of {len(told)} targets reached.", ""]
    lines += ["Versions: " + ", ".join(f"{name} {version}" for name, version in run["versions"].items()) + "."]
    return "\n".join([*lines, *(f"Failed: {failure}" for failure in run["failures"])]) + "\n"


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if sys.argv[1:] else RESULTS / "latest.json"
    print(markdown(json.loads(chosen.read_text())), end="")
