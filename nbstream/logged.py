"""history(): the durable log as a DataFrame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .attempt import Delta
from .errors import SetupError
from .filters import Filters, filters_of, limit_of
from .frames import COLUMNS, from_columns, row_of, to_frame
from .log_place import Place, absent, shown
from .log_writer import LogWriter, log_writer

if TYPE_CHECKING:
    import pandas as pd

    from .store import Store

INSIST_S = 2.5
"""Longer than a locked SQLite file is waited for."""

TEXTS = ("text", "reasoning")


def history(limit: int | None = None, *, text: bool = False, **filters: Any) -> pd.DataFrame:
    """Every attempt that was ever logged here, this kernel's and earlier ones'; one row each, newest last.

    Args:
        limit: Only the newest so many.
        text: Bring the columns `text` and `reasoning` too, which may be large.
        filters: `since` and `until` take a datetime, a date, ISO text, or an age (a timedelta, or `"7d"`),
            local time unless they say otherwise; `model` (also as `"provider:model"`), `provider`, `ended_by`
            and `generation_id` take one text or a list of them; `None` is no filter, an empty list no attempt.

    Columns as in `nbstream.frames.COLUMNS`, units in their names, `<NA>` for what is not known.

    Raises:
        SetupError: A filter that is unknown or makes no sense.
    """
    return frame_of(log_writer(), filters_of(filters), limit_of(limit), text)


def frame_of(writer: LogWriter, filters: Filters, limit: int | None, text: bool) -> pd.DataFrame:
    """The rows of the log, with what could not be written yet in their place."""
    import pandas as pd

    writer.flush(INSIST_S, insist=True)
    held = writer.unsaved()
    names = [name for name in COLUMNS if text or name not in TEXTS]
    stored = from_columns(stored_columns(writer.place, filters, limit, text, bool(writer.trouble)))
    if not held:
        return stored
    here = to_frame(row for attempt in held if filters.match(row := row_of(attempt)))[names]
    others = stored[~stored["attempt_id"].isin([attempt.attempt_id for attempt in held])] if len(stored) else stored
    frame = pd.concat([part for part in (others, here) if len(part)] or [here])
    frame = frame.sort_values("attempt_id", kind="stable", ignore_index=True)
    return frame.tail(limit).reset_index(drop=True) if limit else frame


def stored_columns(
    place: Place, filters: Filters, limit: int | None, text: bool, failing: bool
) -> dict[str, list[Any]]:
    """The columns as the database has them; nothing where there is none. Raises `SetupError` unless it is `failing`."""
    if place is not None and not absent(place):
        try:
            with opened(place) as store:
                return store.columns(filters, limit, text)
        except SetupError:
            if not failing:
                raise
    return {name: [] for name in COLUMNS if text or name not in TEXTS}


def recorded(ids: Iterable[str]) -> dict[str, list[Delta]]:
    """The deltas of logged attempts with their times, for replaying guards over them; unknown ids are left out."""
    writer = log_writer()
    writer.flush(INSIST_S, insist=True)
    wanted = list(dict.fromkeys(ids))
    found = {attempt.attempt_id: list(attempt.deltas) for attempt in writer.unsaved() if attempt.attempt_id in wanted}
    if writer.place is not None and (rest := [name for name in wanted if name not in found]):
        with opened(writer.place) as store:
            found |= store.recorded(rest)
    return found


def kept(ids: Iterable[str]) -> dict[str, str]:
    """The text that each of these attempts was resumed from, for those that were; `recorded` has what came after it."""
    writer = log_writer()
    wanted = list(dict.fromkeys(ids))
    found: dict[str, str] = {}
    if writer.place is not None:
        with opened(writer.place) as store:
            found = store.kept(wanted)
    return found | {one.attempt_id: one.kept for one in writer.unsaved() if one.attempt_id in wanted and one.kept}


@contextmanager
def opened(place: Path | str) -> Iterator[Store]:
    """The log, opened to read or prune it. Raises `SetupError` with what the database says."""
    from .store import is_unreadable, opened_to_read

    try:
        store = opened_to_read(place)
        try:
            yield store
        finally:
            store.close()
    except SetupError:
        raise
    except Exception as error:
        if not is_unreadable(error):
            raise
        why = str(getattr(error, "orig", error)).partition("\n")[0].rstrip(".")
        raise SetupError(f"The log at {shown(place)} cannot be used: {why}. Look at NBSTREAM_LOG.") from None
