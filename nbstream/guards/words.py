"""A guard by a word: `max_tokens=500`, `repetition`, as the command line and `%%generate` take them."""

from __future__ import annotations

import importlib
import inspect
import json
import re
from typing import Any

from ..errors import SetupError, UnknownOption, near
from .base import Guard


def guard_of(word: str) -> Guard:
    """The guard that a word means: the class's name in small letters, and after `=` what it is given first.

    `pattern=as an AI` is `Pattern("as an AI")`, `stall=10` is `Stall(10)`. Raises `SetupError` with the near words
    named.
    """
    name, has_value, value = word.lstrip().partition("=")
    name = snake(name.strip()).replace("-", "_")
    known = classes()
    if name not in known:
        raise UnknownOption(
            f"There is no guard {name or word!r}. There are: {', '.join(known) or 'none'}.{near(name, known)}"
        )
    try:
        guard: Guard = known[name](argument(known[name], name, value)) if has_value else known[name]()
    except TypeError:
        what = f"takes no {value!r}" if has_value else f"needs a value, such as {name}=10"
        raise SetupError(f"The guard {name} {what}.") from None
    return guard


def classes() -> dict[str, Any]:
    """The guards of `nbstream.guards` by their words. Found by name when asked: this file stands below them."""
    package = importlib.import_module(__package__ or "nbstream.guards")
    names = getattr(package, "__all__", None) or [name for name in dir(package) if not name.startswith("_")]
    found = {snake(name): getattr(package, name) for name in names}
    return {
        word: what
        for word, what in sorted(found.items())
        if inspect.isclass(what) and hasattr(what, "arm") and what is not Guard
    }


def snake(name: str) -> str:
    """`MaxTokens` -> `max_tokens`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def argument(guard: Any, name: str, value: str) -> object:
    """What stands after `=`: text or JSON where the guard takes that first, else a number."""
    first = next(iter(inspect.signature(guard).parameters.values()), None)
    if first is None:
        raise SetupError(f"The guard {name} takes no value.")
    kinds = str(first.annotation)
    if "Mapping" in kinds:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise SetupError(f"{name} takes JSON, such as {name}={{...}}; not {value!r}.") from None
    if "str" in kinds:
        return value
    number = value.strip().replace("_", "")
    for kind in (int, float):
        try:
            return kind(number)
        except ValueError:
            pass
    raise SetupError(f"{name} takes a number, such as {name}=10; not {value!r}.")
