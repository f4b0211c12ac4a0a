"""A text with `{python expressions}` in it, filled in once: what an expression gives is never looked at again.

As in an f-string there may be a conversion and a format, `{price!r}`, `{price:.2f}`; `{{` and `}}` are braces.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

from .errors import SetupError

LONGEST = 2000
"""Characters of an expression. What is longer is a brace that was meant as one."""
MOST_TRIES = 2000
"""Readings of what may be an expression, some 0.1 ms each."""
BRACES = "Write {{ and }} for braces that are meant as such."
CONVERSIONS: dict[str, Callable[[Any], str]] = {"r": repr, "s": str, "a": ascii}
PARTS = re.compile(r"\{\{|\}\}|\{")


def filled(text: str, evaluate: Callable[[str], Any], line: int = 1) -> str:
    """The text with the value of each expression in its place; `evaluate` is told its source.

    Raises `SetupError`, which names the expression and its line, for the first that makes no sense or fails.
    """
    parts, at = [], 0
    while found := PARTS.search(text, at):
        parts.append(text[at : found.start()])
        at = found.end()
        if found[0] == "{":
            here = line + text.count("\n", 0, found.start())
            inside, source, conversion, form = expression(text[at : at + LONGEST], here)
            parts.append(value_of(inside, source, conversion, form, evaluate, here))
            at += len(inside) + 1
        else:
            parts.append(found[0][0])
    return "".join([*parts, text[at:]])


def expression(rest: str, line: int) -> tuple[str, str, str, str]:
    """What stands before the first closing brace that ends an expression: all of it, its source, conversion, format."""
    tries = 0
    for end in (place for place, letter in enumerate(rest) if letter == "}"):
        inside = rest[:end]
        if (tries := tries + 1 + inside.count(":")) > MOST_TRIES:
            break
        if is_expression(inside):
            return inside, inside, "", ""
        for colon in (place for place, letter in enumerate(f"{inside}:") if letter == ":"):
            source, mark, conversion = inside[:colon].rpartition("!")
            if not mark or conversion.strip() not in CONVERSIONS:
                source, conversion = inside[:colon], ""
            form = inside[colon + 1 :]
            if is_expression(source) and form.count("{") == form.count("}"):
                return inside, source, conversion.strip(), form
    start = " ".join(rest.split())[:30]
    raise SetupError(
        f"What follows the brace in line {line} of the prompt is no Python expression: {start!r}. {BRACES}"
    )


def is_expression(source: str) -> bool:
    """Whether Python takes it for one."""
    try:
        ast.parse(f"({source.strip()}\n)", mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return bool(source.strip()) and source.strip() != ","


def value_of(inside: str, source: str, conversion: str, form: str, evaluate: Callable[[str], Any], line: int) -> str:
    """The text that an expression gives."""
    try:
        value = evaluate(source.strip())
        if conversion:
            value = CONVERSIONS[conversion](value)
        return format(value, filled(form, evaluate, line))
    except SetupError:
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise SetupError(f"{{{inside}}} in line {line} of the prompt failed with {what}. {BRACES}") from None
