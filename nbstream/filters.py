"""Which attempts of the log are meant: the filters of `history()`, checked."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import get_args

from .attempt import EndedBy
from .errors import SetupError, UnknownOption, near
from .surrogates import mended

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

MOST = 2**31 - 1
"""No log has so many attempts, and any database takes it as a limit."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What an attempt must match; `None` is anything. `since <= started_at < until`, both in UTC."""

    since: datetime | None = None
    until: datetime | None = None
    model: tuple[str, ...] | None = None
    provider: tuple[str, ...] | None = None
    ended_by: tuple[str, ...] | None = None
    generation_id: tuple[str, ...] | None = None

    def match(self, row: Mapping[str, object]) -> bool:
        """Whether a row of `frames.row_of` is meant."""
        started = row["started_at"]
        assert isinstance(started, datetime)
        return (
            (self.since is None or started >= self.since)
            and (self.until is None or started < self.until)
            and (self.model is None or not {row["model"], f"{row['provider']}:{row['model']}"}.isdisjoint(self.model))
            and (self.provider is None or row["provider"] in self.provider)
            and (self.ended_by is None or row["ended_by"] in self.ended_by)
            and (self.generation_id is None or row["generation_id"] in self.generation_id)
        )


def filters_of(words: Mapping[str, object], function: str = "history") -> Filters:
    """Filters from the keywords of `history()` or another function.

    Raises `SetupError`, for an unknown one with the near ones named.
    """
    known = [field.name for field in fields(Filters)]
    for name in words:
        if name not in known:
            raise UnknownOption(f"{function}() has no filter {name!r}. It has {', '.join(known)}.{near(name, known)}")
    now = datetime.now(UTC)
    times = {name: moment(name, words[name], now) for name in ("since", "until") if words.get(name) is not None}
    names = {
        name: listed(name, value)
        for name, value in words.items()
        if name not in ("since", "until") and value is not None
    }
    for by in names.get("ended_by", ()):
        if by not in get_args(EndedBy):
            raise SetupError(
                f"ended_by is one of {', '.join(get_args(EndedBy))}; not {by!r}.{near(by, get_args(EndedBy))}"
            )
    return Filters(**times, **names)  # type: ignore[arg-type]  # since and until are in times alone


def limit_of(value: object, name: str = "limit") -> int | None:
    """How many at most, as a database takes it; `None` for all. Raises `SetupError`."""
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise SetupError(f"{name} must be a whole number above 0, not {shortly(value)}.")
    return min(value, MOST)


def listed(name: str, value: object) -> tuple[str, ...]:
    """One name, or several of which any will do; none at all matches nothing."""
    values = (value,) if isinstance(value, str) else value
    if not isinstance(values, list | tuple | set | frozenset) or not all(isinstance(item, str) for item in values):
        raise SetupError(f"{name} must be text, or a list of texts; not {shortly(value)}.")
    for item in values:
        if "\0" in item or mended(item) != item:
            raise SetupError(f"{name} has a zero or half a character in it, as no text in the log has: {item!a}.")
    return tuple(values)


def shortly(value: object) -> str:
    """A value that was not expected, on one line."""
    text = " ".join(reprlib.repr(value).split())
    return text if isinstance(value, str | int) else f"{text} ({type(value).__name__})"


def moment(name: str, value: object, now: datetime) -> datetime:
    """A time in UTC from a datetime, a date, ISO text, or so long before now: a timedelta, or a text such as `7d`.

    What has no time zone is local time. A date means its start; for `until` its end, so that the day is included.
    Raises `SetupError`.
    """
    try:
        return in_utc(name, value, now)
    except SetupError:
        raise
    except (OverflowError, ValueError, OSError):
        raise SetupError(f"{name} must lie between the years 1 and 9999; {shortly(value)} leads out of them.") from None


def in_utc(name: str, value: object, now: datetime) -> datetime:
    """The same, with Python's own errors for what no calendar has."""
    if isinstance(value, str):
        value = age(value) or iso(name, value)
    if isinstance(value, timedelta):
        return now - value
    if not isinstance(value, date) or value != value:  # pandas' NaT is a datetime, but no time
        raise SetupError(f"{name} must be a datetime, a date, ISO text or a timedelta; not {shortly(value)}.")
    if not isinstance(value, datetime):
        value = datetime.combine(value, time()) + timedelta(days=name == "until")
    # pandas' own does not take what has no time zone for local time
    plain: datetime = value.to_pydatetime() if hasattr(value, "to_pydatetime") else value
    return plain.astimezone(UTC)


def age(text: str) -> timedelta | None:
    """`90d`, `12h`: so long; `None` for what is no age. Raises `OverflowError` if no calendar is that long."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhdw])", text.strip().lower())
    return timedelta(**{UNITS[match[2]]: float(match[1])}) if match else None


def iso(name: str, text: str) -> date:
    """A date or a datetime from its ISO text."""
    for kind in (date, datetime):
        try:
            return kind.fromisoformat(text.strip())
        except ValueError:
            pass
    raise SetupError(f"{name} must look like 2026-11-21, 2026-11-21T14:30 or 7d; not {text!r}.")
