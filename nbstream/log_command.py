"""`nbstream history`: the log on the command line, as a table, CSV, JSON lines or Parquet; and its pruning."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import SetupError
from .filters import Filters, age, filters_of, limit_of
from .frames import from_columns
from .log_place import Place, absent, place, shown
from .logged import opened, stored_columns
from .printing import print_csv, print_json
from .visible import visible

if TYPE_CHECKING:
    import pandas as pd

    from .store.reading import Weight

TABLE = (
    "started_at",
    "provider",
    "model",
    "ended_by",
    "received_tokens",
    "output_tokens",
    "overrun_tokens",
    "cost_usd",
    "duration_s",
    "reason",
)
TABLE_ROWS = 20
BYTES = {"": 1, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}


def add_to(commands: Any) -> None:
    """The words of this command."""
    words = commands.add_parser("history", help="every attempt that was logged; prune the log")
    words.add_argument("--limit", type=int, metavar="N", help=f"the newest N; a table has {TABLE_ROWS} unless told")
    add_filters(words)
    words.add_argument("--text", action="store_true", help="with the text and the reasoning; not in a table")
    shape = words.add_mutually_exclusive_group()
    shape.add_argument("--csv", action="store_true", help="all columns, as CSV")
    shape.add_argument("--jsonl", action="store_true", help="all columns, a JSON object a line")
    shape.add_argument("--parquet", type=Path, metavar="FILE", help="all columns, into a Parquet file")
    shape.add_argument("--prune", action="store_true", help="remove old ones of these attempts for good, after asking")
    words.add_argument("--older-than", metavar="AGE", help="with --prune: attempts that began so long ago: 90d")
    words.add_argument("--larger-than", metavar="SIZE", help="with --prune: the oldest, until the log is below: 500M")
    words.add_argument("--yes", action="store_true", help="with --prune: do not ask")
    words.set_defaults(act=act)


def add_filters(words: argparse.ArgumentParser) -> None:
    """The words that say which attempts are meant, for `filters_from`."""
    words.add_argument("--since", metavar="WHEN", help="2026-11-21, 2026-11-21T14:30, or so long ago: 12h, 7d")
    words.add_argument("--until", metavar="WHEN", help="the same; a day is meant with its end")
    words.add_argument("--model", action="append", help="such as gpt-4.1-mini or openai:gpt-4.1-mini; may be repeated")
    words.add_argument("--provider", action="append")
    words.add_argument("--ended-by", action="append", metavar="WHO", help="model, person, guard, error or kernel")
    words.add_argument("--generation-id", action="append", metavar="ID")


def act(words: argparse.Namespace) -> None:
    """Show or prune. Raises `SetupError`."""
    where = place()
    if where is None:
        raise SetupError("The log is off (NBSTREAM_LOG=off), so there is no history but in the kernels themselves.")
    if words.prune:
        prune(words, where)
        return
    if words.older_than or words.larger_than or words.yes:
        raise SetupError("--older-than, --larger-than and --yes go with --prune; to filter, use --since and --until.")
    table = not (words.csv or words.jsonl or words.parquet)
    limit = limit_of(words.limit, "--limit") or (TABLE_ROWS if table else None)
    frame = from_columns(stored_columns(where, filters_from(words), limit, words.text and not table, False))
    if words.parquet:
        write_parquet(frame, words.parquet)
    elif words.csv:
        print_csv(frame)
    elif words.jsonl:
        print_json(frame, lines=True)
    else:
        print_table(frame, where)


def filters_from(words: argparse.Namespace) -> Filters:
    """The filters among the words."""
    names = [field.name for field in fields(Filters)]
    return filters_of({name: getattr(words, name) or None for name in names})


def print_table(frame: pd.DataFrame, where: Place) -> None:
    """The columns that fit a screen, times as the clock on the wall has them."""
    if frame.empty:
        print(f"No attempts in {shown(where)}.")
        return
    small = frame[list(TABLE)].copy()
    small["started_at"] = small["started_at"].dt.tz_convert(datetime.now().astimezone().tzinfo)
    small["started_at"] = small["started_at"].dt.strftime("%Y-%m-%d %H:%M:%S")
    small["duration_s"] = small["duration_s"].round(1)
    for name in ("provider", "model", "ended_by", "reason"):
        small[name] = small[name].map(visible, na_action="ignore")
    small["reason"] = small["reason"].str.slice(0, 60)
    print(small.to_string(index=False, na_rep="-"))


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """One file with all columns and their types."""
    try:
        frame.to_parquet(path, index=False)
    except ImportError:
        raise SetupError("Parquet needs pyarrow: pip install pyarrow. --csv and --jsonl need nothing.") from None
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror or error}.") from None
    print(f"{len(frame)} attempts in {path}")


def prune(words: argparse.Namespace, where: Path | str) -> None:
    """Remove what is too old, and the oldest of what is too much, of what is meant; what has not ended stays."""
    if words.limit is not None or words.text:
        raise SetupError("--limit and --text show attempts and do not choose them: --prune takes neither.")
    before = start_of(words.older_than, datetime.now(UTC)) if words.older_than else None
    most = number_of_bytes(words.larger_than) if words.larger_than else None
    if before is None and most is None:
        raise SetupError("Say what to prune: --older-than 90d, --larger-than 500M, or both.")
    filters = filters_from(words)
    if absent(where):
        print(f"No attempts in {shown(where)}.")
        return
    with opened(where) as store:
        weights, size, meant = store.weights(), store.size(), store.ids(filters)
        chosen = [weight for weight in weights if weight[0] in meant]
        gone = doomed(chosen, size, before, most)
        if not gone:
            print(f"Nothing to prune: {len(chosen)} of {len(weights)} attempts are meant, {size / 1e6:.1f} MB in all.")
            return
        freed = sum(bytes_ for _, _, bytes_ in gone) / 1e6
        first, last = (datetime.fromtimestamp(at / 1e6) for at in (gone[0][1], gone[-1][1]))
        print(
            f"{len(gone)} of {len(weights)} attempts, from {first:%Y-%m-%d} to {last:%Y-%m-%d}, about {freed:.1f} MB, "
            f"would be removed from {shown(where)} for good."
        )
        if not words.yes and not agreed():
            print("Nothing was removed.")
            return
        store.delete([name for name, _, _ in gone])
        print(f"Removed. {len(weights) - len(gone)} attempts are left, {store.size() / 1e6:.1f} MB.")


def start_of(text: str, now: datetime) -> datetime:
    """When what is exactly so old began."""
    try:
        if (old := age(text)) is not None:
            return now - old
    except OverflowError:
        raise SetupError(f"--older-than {text} is longer ago than the year 1.") from None
    raise SetupError(f"--older-than takes an age such as 90d or 12h, not {text!r}.")


def doomed(weights: Sequence[Weight], size: int, before: datetime | None, most: float | None) -> list[Weight]:
    """Which to remove, from the oldest on: those that began `before`, and as many as leave `most` of all bytes."""
    start = 0.0 if before is None else before.timestamp() * 1e6
    gone = []
    for weight in weights:
        _, at, bytes_ = weight
        if at >= start and (most is None or size <= most):
            break
        gone.append(weight)
        size -= bytes_
    return gone


def number_of_bytes(text: str) -> float:
    """`500M`, `2G`, `1000000`."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?", text.strip().lower())
    if match is None:
        raise SetupError(f"--larger-than takes a size such as 500M or 2G, not {text!r}.")
    return float(match[1]) * BYTES[match[2]]


def agreed() -> bool:
    """Ask; only `y` or `yes` from a person is a yes."""
    if not sys.stdin.isatty():
        raise SetupError("Nobody is there to ask. Add --yes to prune without asking.")
    return input("Go on? [y/N] ").strip().lower() in ("y", "yes")
