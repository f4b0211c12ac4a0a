"""`nbstream backtest`: guards, named by words, over the log; as a table, CSV or JSON, and as a picture."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .backtest_summary import plot, summary
from .errors import SetupError
from .filters import limit_of
from .guards.words import guard_of
from .log_command import add_filters, filters_from
from .log_place import place
from .log_writer import log_writer
from .logged import frame_of
from .plotting import into
from .printing import print_csv, print_json
from .visible import visible

if TYPE_CHECKING:
    import pandas as pd


def add_to(commands: Any) -> None:
    """The words of this command."""
    words = commands.add_parser("backtest", help="what guards would have cut and saved of the logged attempts")
    words.add_argument("guards", nargs="+", metavar="GUARD", help="such as repetition max_tokens=500 stall=10")
    words.add_argument("--limit", type=int, metavar="N", help="the newest N attempts; all of them unless told")
    add_filters(words)
    shape = words.add_mutually_exclusive_group()
    shape.add_argument("--csv", action="store_const", const="csv", dest="form", help="a row for each attempt and guard")
    shape.add_argument("--json", action="store_const", const="json", dest="form", help="the same as JSON")
    words.add_argument("--plot", type=Path, metavar="FILE", help="draw it too, such as backtest.png")
    words.set_defaults(act=act)


def act(words: argparse.Namespace) -> None:
    """Replay, print, and draw. Raises `SetupError`."""
    from .backtesting import replayed

    if place() is None:
        raise SetupError(
            "The log is off (NBSTREAM_LOG=off), so there is nothing to replay but in the kernels themselves."
        )
    limit = limit_of(words.limit, "--limit")
    guards = {word: guard_of(word) for word in words.guards}
    draw = None if words.plot is None else into(words.plot, lambda frame: plot(frame)[0])
    frame = replayed(guards, frame_of(log_writer(), filters_from(words), limit, False))
    if words.form == "csv":
        print_csv(frame)
    elif words.form == "json":
        print_json(frame)
    else:
        print(shown(frame))
    if draw is not None:
        draw(frame)


def shown(frame: pd.DataFrame) -> str:
    """A line for each guard, then what the table cannot say."""
    if frame.empty:
        return "No such attempts are in the log."
    lines = summary(frame)
    table = lines.astype(object)
    table["guard"] = lines["guard"].map(visible)
    table["usd_saved"] = ["unknown" if known is None else f"{known:.4g}" for known in dollars(lines)]
    notes = [
        "caught: cut, and had not ended well. killed: cut, and had ended well, so a good answer.",
        *sorted({visible(note) for note in frame["note"].dropna().unique()})[:5],
    ]
    return "\n".join([table.to_string(index=False), *notes])


def dollars(lines: pd.DataFrame) -> list[float | None]:
    """What each guard saved, as far as that is known; a guard that cut nothing saved nothing."""
    cut = lines["caught"] + lines["killed"]
    pairs = zip(lines["usd_saved"].tolist(), lines["usd_saved"].isna(), cut, strict=True)
    return [(None if some else 0.0) if missing else float(usd) for usd, missing, some in pairs]
