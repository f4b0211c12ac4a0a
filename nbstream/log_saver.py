"""Saves attempts in the log: opens it when there is first something to save, and anew once it has failed or is lost."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from . import log_place
from .attempt import Attempt, new_id
from .errors import SetupError
from .processes import this_process

if TYPE_CHECKING:
    from .store import Save, Store
    from .store.engine import File

AT_ONCE, PAUSE_S = 16, 0.002
BEAT_S = 30.0

log = logging.getLogger("nbstream")


@dataclass(slots=True)
class Entry:
    """An attempt with something unsaved; `text` unless it is only the numbers."""

    attempt: Attempt
    text: bool


class Saver:
    """What one kernel knows of the log, and how it writes there; all of it on one thread."""

    def __init__(self) -> None:
        self.kernel_id = new_id("krn")
        self.place: log_place.Place = None
        self.store: Store | None = None
        self.file: File | None = None  # the one that was last written to
        self.saved: dict[str, int] = {}  # open attempts that are in the log: how many of their deltas are
        self.alive: WeakValueDictionary[str, Attempt] = WeakValueDictionary()  # all that are in it, while they last
        self.trouble: str | None = None
        self.warned = False
        self.news: str | None = None  # for whoever runs the next cell
        self.failures = 0
        self.beaten = 0.0

    def save(self, entries: list[Entry]) -> list[Entry]:
        """Write these attempts, some at a time; gives those that could not be written."""
        if self.lost():
            entries = self.all_again(entries)
        for start in range(0, len(entries), AT_ONCE):
            if start:  # a thread that computes makes that of the streams wait 5 ms at each of its reads
                time.sleep(PAUSE_S)
            if left := self.tried(entries[start : start + AT_ONCE]):
                return left + entries[start + AT_ONCE :]
            self.recovered()
        return []

    def tried(self, entries: list[Entry]) -> list[Entry]:
        """Write them in one go; where one of them is not to the database's taste, it must not keep out the others."""
        from .store import is_outage

        try:
            self.opened()
        except Exception as error:  # whatever a disk or a database may raise: the streams go on
            self.failed(error)
            return entries
        try:
            self.write(entries)
        except Exception as error:
            if is_outage(error) or len(entries) < 2:
                self.failed(error)
                return entries
            return [entry for alone in entries for entry in self.tried([alone])]
        return []

    def write(self, entries: list[Entry]) -> None:
        """Write these attempts, or raise."""
        store = self.opened()
        if time.monotonic() - self.beaten > BEAT_S:
            self.beat(store)
        saves = [self.save_of(entry) for entry in entries]
        if saves:
            store.write(saves)
        for save in saves:
            name = str(save.row["attempt_id"])
            if save.row["ended_by"]:
                self.saved.pop(name, None)
            else:
                self.saved[name] = self.saved.get(name, 0) if save.start is None else save.start + len(save.deltas)
        self.alive.update({entry.attempt.attempt_id: entry.attempt for entry in entries})

    def save_of(self, entry: Entry) -> Save:
        """What of an attempt is to be stored: all of it at its end and the first time, else what is new."""
        from .store import Save, row_to_store

        attempt = entry.attempt
        known = attempt.attempt_id in self.saved
        whole = attempt.ended_by is not None or not known
        start = 0 if whole else self.saved[attempt.attempt_id]
        deltas = attempt.deltas[start:] if entry.text else []
        row = row_to_store(attempt, self.kernel_id, known)
        return Save(row, known, start if entry.text and (whole or deltas) else None, deltas)

    def opened(self) -> Store:
        """The log, opened when there is first something to write, and anew after it has failed."""
        from .store import Store

        if self.store is None:
            assert self.place is not None
            store = Store(self.place)
            try:
                self.beat(store)
                store.sweep(time.time_ns() // 1000)
            except BaseException:
                store.close()
                raise
            self.store, self.file = store, store.file
        return self.store

    def lost(self) -> bool:
        """Whether the file that was written to is no longer in its place: SQLite would write to it all the same."""
        return self.file is not None and self.file.gone()

    def all_again(self, entries: list[Entry]) -> list[Entry]:
        """Leave the lost file; what goes into a new one, with all that this kernel still has in memory."""
        if self.store is not None:
            self.store.settle()
        self.shut()
        self.saved.clear()
        self.file = None
        self.news = (
            f"The log at {log_place.shown(self.place)} was moved or deleted. A new one is begun there, with those "
            "attempts that this kernel still has."
        )
        log.warning(self.news)
        known = {name: Entry(attempt, True) for name, attempt in self.alive.items()}
        known |= {entry.attempt.attempt_id: Entry(entry.attempt, True) for entry in entries}
        return [known[name] for name in sorted(known)]

    def beat(self, store: Store) -> None:
        """Say that this kernel lives."""
        store.beat(self.kernel_id, this_process(), time.time_ns() // 1000)
        self.beaten = time.monotonic()

    def failed(self, error: Exception) -> None:
        """The log cannot be written: say so once, forget what is known of it, and try again later."""
        self.shut()
        self.saved.clear()
        self.failures += 1
        if self.trouble is None:
            why = str(error) if isinstance(error, SetupError) else str(getattr(error, "orig", error)).partition("\n")[0]
            self.trouble = (
                f"The log at {log_place.shown(self.place)} cannot be written: {why.rstrip('.')}. "
                "Attempts are kept in memory, and written once that is put right."
            )
            log.warning(self.trouble)

    def recovered(self) -> None:
        """It can be written again."""
        if self.trouble is not None:
            log.warning("the log can be written again; nothing was lost")
            self.trouble, self.warned, self.failures = None, False, 0

    def shut(self) -> None:
        """Close the connections."""
        if self.store is not None:
            self.store.close()
            self.store = None
