"""What a guard is: a frozen rule whose `arm()` gives the checker of one attempt.

A checker is called on the loop's thread with each batch of deltas and once a second in between. It does no I/O, has no
clock of its own and costs what is new, never what the answer is long; its state dies with the attempt.

A guard may offer more, all of it optional: `ready(attempt)`, asked before anything is sent or stopped, answers why the
guard could not do its work (the call is refused with that sentence), or `None`; `name`, `limit` and `about` are how the
widget shows it; and its checker's `near(attempt, now)` tells how near the limit is, from 0 to 1, or `None`.
"""

from __future__ import annotations

import inspect
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any, Protocol

from ..attempt import Attempt
from ..errors import SetupError
from ..events import Channel
from ..messages import MOST_GUARDS, GuardState
from ..visible import visible

log = logging.getLogger("nbstream")

Check = Callable[[Attempt, float], str | None]
"""Told the attempt and the time of the monotonic clock, it answers with the reason to stop, or `None`."""

BEAT_S = 1.0
"""So often guards look while nothing comes."""

LONGEST_WORD = 60
LONGEST_ABOUT = 300
LONGEST_SPELLED = 80
LONGEST_REASON = 1000


class Guard(Protocol):
    """A rule that may end an attempt."""

    def arm(self) -> Check:
        """A fresh checker for one attempt."""


@dataclass(slots=True, eq=False)
class Armed:
    """A guard that watches one attempt: its checker, how it is shown, and whether it still judges."""

    check: Check
    name: str = "guard"
    limit: str = ""
    about: str = ""
    rule: Any = None
    state: GuardState = "on"
    failure: str = ""

    def fail(self, error: BaseException) -> None:
        """It has raised an error, and judges no more; the widget says which. An error may quote the model."""
        self.state = "failed"
        self.failure = short(visible(f"{type(error).__name__}: {error}"), LONGEST_ABOUT)
        self.about = short(f"It failed and is switched off: {self.failure}", LONGEST_ABOUT)

    def near(self, attempt: Attempt, now: float) -> float | None:
        """How near the limit is, from 0 to 1; `None` where that is not known, or nobody judges any more."""
        measure = getattr(self.check, "near", None)
        if self.state != "on" or measure is None:
            return None
        try:
            near = float(measure(attempt, now))
        except Exception:  # what is only shown must not end anything
            return None
        return round(min(1.0, max(0.0, near)), 2) if math.isfinite(near) else None


def arm(guard: Any) -> Armed:
    """A fresh checker for one attempt: what state it needs lives in it, so a retry starts clean."""
    check = guard.arm() if hasattr(guard, "arm") else guard
    plain = inspect.isroutine(guard)
    name = getattr(guard, "name", None) or (guard.__name__ if plain else type(guard).__name__)
    about = getattr(guard, "about", None) or (inspect.getdoc(guard) if plain else None) or "A rule of your own."
    return Armed(
        check,
        short("function" if name == "<lambda>" else name, LONGEST_WORD),
        short(getattr(guard, "limit", None) or "", LONGEST_WORD),
        short(str(about).partition("\n\n")[0], LONGEST_ABOUT),
        guard,
    )


def short(text: object, most: int) -> str:
    """The text in one line, as far as a screen has room for it."""
    line = " ".join(str(text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def spelled(guard: Any) -> str:
    """A guard in a table: a function's name; else what it prints as, where that does not change from run to run.

    Of a dataclass only what differs from its defaults is told: `Repetition(patience=100)`, `MaxTokens(500)`.
    """
    if is_dataclass(guard) and not inspect.isclass(guard) and guard.__dataclass_params__.repr:  # type: ignore[attr-defined]
        name = f"{type(guard).__name__}({', '.join(settings(guard))})"
    else:
        name = getattr(guard, "__name__", None) or repr(guard)
    return type(guard).__name__ if " at 0x" in name else short(name, LONGEST_SPELLED)


def settings(guard: Any) -> Iterator[str]:
    """What a dataclass was given other than its defaults; its first field needs no name."""
    for place, field in enumerate(fields(guard)):
        default = field.default if field.default_factory is MISSING else field.default_factory()
        value = getattr(guard, field.name)
        if field.repr and value != default:
            yield repr(value) if place == 0 and not field.kw_only else f"{field.name}={value!r}"


def guard_list(guards: Any, where: str = "guards") -> list[Any]:
    """The guards of a call as a list; one alone needs none. Raises `SetupError`."""
    found = list(guards) if isinstance(guards, list | tuple) else [guards]
    for guard in found:
        if inspect.isclass(guard):
            raise SetupError(f"{guard.__name__} in {where} is a class; a guard is one of it: {guard.__name__}(...).")
        if not callable(getattr(guard, "arm", guard)) or inspect.iscoroutinefunction(guard):
            raise SetupError(
                f"A guard is a function of (attempt, now), or an object with arm(); not {guard!r} in {where}."
            )
        if not hasattr(guard, "arm") and not takes_two(guard):
            raise SetupError(f"A guard is called with (attempt, now); {spelled(guard)} in {where} does not take these.")
    return found


def takes_two(function: Callable[..., object]) -> bool:
    """Whether it can be called with two values, as far as that is known."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # it tells nothing
        return True
    try:
        signature.bind(None, 0.0)
    except TypeError:
        return False
    return True


def refuse_unready(guards: Sequence[Any], attempt: Attempt) -> None:
    """Refuse an attempt that a guard could not watch, before anything is sent or stopped. Raises `SetupError`."""
    if len(guards) > MOST_GUARDS:
        raise SetupError(f"{len(guards)} guards are too many for one attempt. Give at most {MOST_GUARDS}.")
    for guard in guards:
        ready = getattr(guard, "ready", None)
        if ready is not None and (why := ready(attempt)):
            raise SetupError(why)


def reason_of(said: object) -> str | None:
    """What a check has answered as a reason; one that says only `True` has none of its own. Raises what it raises."""
    if inspect.isawaitable(said):
        raise TypeError("a guard is a plain function, not an async one")
    if isinstance(said, str):
        return short(said, LONGEST_REASON) or None
    return "Stopped by a guard." if said else None


class News:
    """What has come since it was last asked."""

    __slots__ = ("channel", "seen")

    def __init__(self, channel: Channel = "text") -> None:
        self.channel = channel
        self.seen = 0

    def of(self, attempt: Attempt) -> str:
        """The text of the channel that no earlier call has given."""
        new = attempt.deltas[self.seen :]
        self.seen += len(new)
        return "".join(delta.text for delta in new if delta.channel == self.channel)


def above_zero(what: str, value: object, unit: str, *, whole: bool = False) -> None:
    """Refuse a setting that is no number above 0. Raises `SetupError`."""
    try:
        number = math.nan if isinstance(value, bool | str) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not (0 < number < math.inf) or (whole and number != int(number)):
        raise SetupError(f"{what} takes a {'whole ' if whole else ''}number of {unit} above 0, not {value!r}.")
