"""`nbstream overrun`: the experiment on the command line, as a table, CSV or JSON, and as a picture."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ProviderError, SetupError
from .plotting import into
from .printing import print_csv, print_json
from .providers.address import key_named
from .visible import visible

if TYPE_CHECKING:
    import pandas as pd


def add_to(commands: Any) -> None:
    """The words of this command."""
    words = commands.add_parser("overrun", help="how much a server generates after a stop")
    words.add_argument("model", nargs="?", help="such as openai:gpt-4.1-mini; the embedded model unless given")
    words.add_argument("--model", dest="named", metavar="MODEL", help="the model, by a name of its own")
    words.add_argument("--prompt", help="what to ask; a long text on GPT unless given")
    words.add_argument("--stop-after", type=numbers, default=[9, 100], metavar="TOKENS", help="such as 9,100")
    words.add_argument("--repeat", type=int, default=1, metavar="TIMES")
    words.add_argument("--max-tokens", type=int, metavar="TOKENS", help="end of the full run, which is paid for too")
    words.add_argument("--base-url", metavar="URL", help="any OpenAI-compatible server")
    words.add_argument(
        "--key-variable", metavar="NAME", help="the environment variable with the key; the service's own unless given"
    )
    form = words.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_const", const="csv", dest="form", help="print CSV instead of a table")
    form.add_argument("--json", action="store_const", const="json", dest="form", help="print JSON instead of a table")
    words.add_argument("--plot", type=Path, metavar="FILE", help="draw it too, such as overrun.png")
    words.set_defaults(act=act)


def numbers(text: str) -> list[int]:
    """Whole numbers with commas between them."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"whole numbers with commas between them, such as 9,100; not {text!r}"
        ) from None


def act(words: argparse.Namespace) -> None:
    """Run the experiment, print what it measured, also when it was cut short, and draw it."""
    from .experiment import PROMPT, prepare

    if words.model and words.named:
        raise SetupError("The model is given twice. Give it once, with or without --model.")
    draw = None if words.plot is None else into(words.plot)
    experiment = prepare(
        words.named or words.model,
        PROMPT if words.prompt is None else words.prompt,
        words.stop_after,
        words.repeat,
        words.base_url,
        key_named(words.key_variable),
        {} if words.max_tokens is None else {"max_tokens": words.max_tokens},
    )
    ended = 0

    def tell(row: Mapping[str, object]) -> None:
        nonlocal ended
        ended += 1
        print(f"{ended} of {experiment.runs}: {visible(str(row['reason']))}", file=sys.stderr)

    try:
        frame = experiment.run(tell)
    except (ProviderError, KeyboardInterrupt) as error:
        show(error.measured, words.form)  # type: ignore[union-attr]
        raise
    show(frame, words.form)
    if draw is not None:
        draw(frame)


def show(frame: pd.DataFrame, form: str | None) -> None:
    """Print all columns for a program, or the table that tells the story."""
    if form == "csv":
        print_csv(frame)
    elif form == "json":
        print_json(frame)
    else:
        print(table_of(frame))


def table_of(frame: pd.DataFrame) -> str:
    """The columns that tell the story, and the notes."""
    unknown = {"stop_after": "never", "stop_latency_ms": ""}
    names = ["stop_after", "received_tokens", "billed_tokens", "overrun_tokens", "cost_usd", "stop_latency_ms"]
    if frame["cost_usd"].isna().all():
        names.remove("cost_usd")
    table = frame[names].round({"stop_latency_ms": 2}).astype(object)
    for name in names:
        table[name] = table[name].where(frame[name].notna(), unknown.get(name, "unknown"))
    return "\n".join([table.to_string(index=False), *map(visible, frame["note"].dropna().unique())])
