"""The command line: `nbstream demo`, `nbstream overrun`, `nbstream history`, `nbstream backtest`, `nbstream vocab`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import __version__, backtest_command, log_command
from .attempt import Attempt
from .errors import NbstreamError, ProviderError, SetupError
from .visible import visible

if TYPE_CHECKING:
    import pandas as pd


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; 0 if it went well, 1 if not, 2 for words it does not know."""
    words = parser().parse_args(arguments)
    try:
        words.act(words)
    except NbstreamError as error:
        print(f"nbstream: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def parser() -> argparse.ArgumentParser:
    """The words and their meaning."""
    whole = argparse.ArgumentParser(prog="nbstream", description="Supervised generation in a notebook.")
    whole.add_argument("--version", action="version", version=f"nbstream {__version__}")
    commands = whole.add_subparsers(required=True, metavar="command")
    demo = commands.add_parser("demo", help="stream an answer of the embedded model to the terminal; Ctrl-C stops it")
    demo.add_argument("prompt", nargs="?", default="Introduce the GPT model structure in as much detail as possible.")
    demo.set_defaults(act=show_demo)
    experiment = commands.add_parser("overrun", help="how much a server generates after a stop")
    experiment.add_argument("model", nargs="?", help="such as openai:gpt-4.1-mini; the embedded model unless given")
    experiment.add_argument("--model", dest="named", metavar="MODEL", help="the model, by a name of its own")
    experiment.add_argument("--prompt", help="what to ask; a long text on GPT unless given")
    experiment.add_argument("--stop-after", type=numbers, default=[9, 100], metavar="TOKENS", help="such as 9,100")
    experiment.add_argument("--repeat", type=int, default=1, metavar="TIMES")
    experiment.add_argument(
        "--max-tokens", type=int, metavar="TOKENS", help="end of the full run, which is paid for too"
    )
    experiment.add_argument("--base-url", metavar="URL", help="any OpenAI-compatible server")
    experiment.add_argument(
        "--key-variable", metavar="NAME", help="the environment variable with the key; the service's own unless given"
    )
    form = experiment.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_const", const="csv", dest="form", help="print CSV instead of a table")
    form.add_argument("--json", action="store_const", const="json", dest="form", help="print JSON instead of a table")
    experiment.add_argument("--plot", type=Path, metavar="FILE", help="draw it too, such as overrun.png")
    experiment.set_defaults(act=show_overrun)
    vocab = commands.add_parser("vocab", help="the vocabularies that tokens are counted in, and where their files are")
    vocab.add_argument("names", nargs="*", metavar="NAME", help="such as o200k_base; all of them unless given")
    vocab.add_argument("--fetch", action="store_true", help="fetch what is missing into tiktoken's own cache")
    vocab.set_defaults(act=show_vocab)
    log_command.add_to(commands)
    backtest_command.add_to(commands)
    return whole


def show_demo(words: argparse.Namespace) -> None:
    """Stream to the terminal, then say what it took."""
    from .generating import generate

    shown = 0

    def show(attempt: Attempt, now: float) -> None:
        nonlocal shown
        print(visible(attempt.text[shown:]), end="", flush=True)
        shown = len(attempt.text)

    generation = generate(words.prompt, "demo", guards=[show])
    try:
        generation.wait()
    except KeyboardInterrupt:
        generation.wait()
    attempt = generation.attempt
    print(f"\n\n{attempt.reason} {attempt.received.tokens} tokens received, {attempt.output.tokens} generated.")


def numbers(text: str) -> list[int]:
    """Whole numbers with commas between them."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"whole numbers with commas between them, such as 9,100; not {text!r}"
        ) from None


def show_overrun(words: argparse.Namespace) -> None:
    """Run the experiment, print what it measured, also when it was cut short, and draw it."""
    from .experiment import PROMPT, prepare
    from .plotting import into

    if words.model and words.named:
        raise SetupError("The model is given twice. Give it once, with or without --model.")
    draw = None if words.plot is None else into(words.plot)
    experiment = prepare(
        words.named or words.model,
        PROMPT if words.prompt is None else words.prompt,
        words.stop_after,
        words.repeat,
        words.base_url,
        key_from(words.key_variable),
        {} if words.max_tokens is None else {"max_tokens": words.max_tokens},
    )
    ended = 0

    def tell(row: Mapping[str, object]) -> None:
        nonlocal ended
        ended += 1
        print(f"{ended} of {experiment.runs}: {row['reason']}", file=sys.stderr)

    try:
        frame = experiment.run(tell)
    except (ProviderError, KeyboardInterrupt) as error:
        print(shown(error.measured, words.form))  # type: ignore[union-attr]
        raise
    print(shown(frame, words.form))
    if draw is not None:
        draw(frame)


def key_from(variable: str | None) -> str | None:
    """The key in an environment variable; never on the command line, which other users of the machine can read."""
    if variable is None:
        return None
    if not (key := os.environ.get(variable)):
        raise SetupError(f"The environment variable {variable} is not set.")
    return key


def shown(frame: pd.DataFrame, form: str | None) -> str:
    """The table as text: all columns as CSV or JSON, else those that tell the story, and the notes."""
    if form == "csv":
        return str(frame.to_csv(index=False)).rstrip()
    if form == "json":
        return str(frame.to_json(orient="records", indent=2))
    unknown = {"stop_after": "never", "stop_latency_ms": ""}
    names = ["stop_after", "received_tokens", "billed_tokens", "overrun_tokens", "cost_usd", "stop_latency_ms"]
    if frame["cost_usd"].isna().all():
        names.remove("cost_usd")
    table = frame[names].round({"stop_latency_ms": 2}).astype(object)
    for name in names:
        table[name] = table[name].where(frame[name].notna(), unknown.get(name, "unknown"))
    return "\n".join([table.to_string(index=False), *frame["note"].dropna().unique()])


def show_vocab(words: argparse.Namespace) -> None:
    """List, check and fetch vocabularies."""
    from .vocab_command import show_vocabularies

    show_vocabularies(words.names, words.fetch)


if __name__ == "__main__":
    sys.exit(main())
