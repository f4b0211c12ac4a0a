"""The command line: `nbstream demo`, `nbstream overrun`, `nbstream history`, `nbstream backtest`, `nbstream vocab`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from . import __version__, backtest_command, log_command, overrun_command
from .attempt import Attempt
from .errors import NbstreamError
from .visible import visible

SIGPIPE = 128 + 13
"""What a shell says of a program that nobody listened to."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; 0 if it went well, 1 if not, 2 for words it does not know."""
    words = parser().parse_args(arguments)
    try:
        words.act(words)
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where it can be told that it failed
    except NbstreamError as error:
        return failed(str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        drop_output()
        return SIGPIPE  # whoever read it has seen enough, such as `head`
    except UnicodeEncodeError as error:
        odd = error.object[error.start : error.start + 1]
        return failed(f"the output's encoding, {error.encoding}, has no {odd!a}: set PYTHONIOENCODING=utf-8.")
    except OSError as error:
        if error.filename is not None:  # not ours, which has no name
            raise
        drop_output()
        return failed(f"the output cannot be written: {error.strerror or error}.")
    return 0


def failed(why: str) -> int:
    """Say so, in words alone."""
    print(f"nbstream: {visible(why)}", file=sys.stderr)
    return 1


def drop_output() -> None:
    """Forget what could not be written: Python would try again at its end, and complain once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def parser() -> argparse.ArgumentParser:
    """The words and their meaning."""
    whole = argparse.ArgumentParser(prog="nbstream", description="Supervised generation in a notebook.")
    whole.add_argument("--version", action="version", version=f"nbstream {__version__}")
    commands = whole.add_subparsers(required=True, metavar="command")
    demo = commands.add_parser("demo", help="stream an answer of the embedded model to the terminal; Ctrl-C stops it")
    demo.add_argument("prompt", nargs="?", default="Introduce the GPT model structure in as much detail as possible.")
    demo.set_defaults(act=show_demo)
    overrun_command.add_to(commands)
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


def show_vocab(words: argparse.Namespace) -> None:
    """List, check and fetch vocabularies."""
    from .vocab_command import show_vocabularies

    show_vocabularies(words.names, words.fetch)


if __name__ == "__main__":
    sys.exit(main())
