"""Writes every attempt to the durable log, on a thread of its own.

The queue holds attempts, not deltas: one entry for each that has something unsaved. So it is bounded by what is in
memory anyhow, partial text coalesces by itself, and nothing that has ended can be dropped. The loop's thread does no
more than put an attempt into a dict. While the database cannot be written, the entries simply stay.
"""

from __future__ import annotations

import logging
import math
import threading
import time
import warnings
from collections.abc import Callable

from . import log_place
from .attempt import Attempt
from .errors import SetupError
from .forking import in_child
from .log_saver import BEAT_S, Entry, Saver

SAVE_S = 0.2
"""Longest time that streamed text waits for the thread; with the write itself it stays under half a second."""

RETRY_S = (0.5, 1.0, 2.0, 5.0)
FLUSH_S = 0.5
EXIT_S = 2.0
HANGS_S = 15.0
"""A write that takes longer is trouble, though it has not failed; longer than a locked database is waited for."""

REMEMBERED = 10_000
"""Attempts that are kept in memory where there is no log at all."""

log = logging.getLogger("nbstream")


class LogWriter(Saver):
    """The log as a listener of the supervisor: told on the loop's thread, writes on its own."""

    def __init__(self, find_place: Callable[[], log_place.Place] = log_place.place) -> None:
        super().__init__()
        self.entries: dict[str, Entry] = {}
        self.memory: dict[str, Attempt] = {}  # all attempts, where the log is off
        self.asked = self.done = 0
        self.writing: dict[str, Entry] = {}  # what the thread has taken and not yet written
        self.due = math.inf
        self.since = math.inf  # when that began
        self.closing = False
        self.change = threading.Condition()
        self.thread = threading.Thread(target=self.turn, name="nbstream log", daemon=True)
        try:
            self.place = find_place()
        except SetupError as error:
            self.trouble = f"{error} Attempts are kept in memory."
        if self.place is not None:
            self.thread.start()

    # ---- told by the supervisor, on the loop's thread

    def started(self, attempt: Attempt) -> None:
        """The request is being sent: the row is written now."""
        self.put(attempt, text=True)

    def progressed(self, attempt: Attempt, before: int) -> None:
        """Text has come; it is written with the next tick."""
        if attempt.attempt_id not in self.entries:
            self.put(attempt, text=True, within=SAVE_S)

    def noted(self, attempt: Attempt) -> None:
        """Each second: the widget says so while the log is in trouble."""
        if self.trouble and not attempt.note:
            attempt.note = "the log cannot be written; kept in memory"

    def ended(self, attempt: Attempt) -> None:
        """All there is but for counts."""
        self.put(attempt, text=True)

    def updated(self, attempt: Attempt) -> None:
        """Something became known after the end."""
        self.put(attempt, text=False)

    def put(self, attempt: Attempt, text: bool, within: float = 0.0) -> None:
        """Note that an attempt has something unsaved; never waits for the database."""
        with self.change:
            self.hold(attempt, text)
            if not self.failures:
                self.hurry(within)

    def hold(self, attempt: Attempt, text: bool) -> None:
        """Queue an attempt, or keep it where there is nothing to write to."""
        name = attempt.attempt_id
        if self.place is None:
            self.memory[name] = attempt
            if len(self.memory) > REMEMBERED:
                del self.memory[next(iter(self.memory))]
        elif name in self.entries:
            self.entries[name].text |= text
        else:
            self.entries[name] = Entry(attempt, text)

    def hurry(self, within: float) -> None:
        """Let the thread write in `within` seconds at the latest."""
        due = time.monotonic() + within
        if due < self.due:
            self.due = due
            self.change.notify_all()

    # ---- from any other thread

    def flush(self, timeout: float | None = None, insist: bool = False) -> bool:
        """Wait until all that has been told is in the log; false if it is not, after `timeout` (`FLUSH_S`) seconds.

        While the database fails, that is known at once; `insist` tries it again first. What is wrong is warned of
        here, once, because here is a cell to show it.
        """
        in_time = self.place is not None and not self.closing
        self.doubt()
        with self.change:
            if in_time and (insist or (not self.trouble and (self.entries or self.asked > self.done or self.writing))):
                self.asked = mine = self.asked + 1
                self.hurry(0.0)
                in_time = self.change.wait_for(lambda: self.done >= mine, FLUSH_S if timeout is None else timeout)
        news, self.news = self.news, None
        if self.trouble and not self.warned:
            self.warned, news = True, self.trouble
        if news:
            warnings.warn(news, RuntimeWarning, stacklevel=4)
        return in_time and not self.trouble

    def doubt(self) -> None:
        """A database that keeps silent for ever raises nothing."""
        if self.trouble is None and time.monotonic() - self.since > HANGS_S:
            self.trouble = (
                f"The log at {log_place.shown(self.place)} does not answer. "
                "Attempts are kept in memory, and written once it does."
            )

    def unsaved(self) -> list[Attempt]:
        """The attempts that are not, or not as they are now, in the log; oldest first."""
        with self.change:
            queued = {name: entry.attempt for name, entry in (self.writing | self.entries).items()}
            held = self.memory | queued
        return [held[name] for name in sorted(held)]

    def close(self) -> None:
        """The process ends: write what is left, within reason."""
        if not self.thread.is_alive():
            return
        with warnings.catch_warnings():
            warnings.simplefilter("always")  # as an error it would help nobody any more
            if not self.flush(EXIT_S, insist=True) and (left := self.unsaved()):
                what = "1 attempt" if len(left) == 1 else f"{len(left)} attempts"
                why = f"The process ends with {what} that could not be logged at {log_place.shown(self.place)}."
                warnings.warn(why, RuntimeWarning, stacklevel=2)
        with self.change:
            self.closing = True
            self.change.notify_all()
        self.thread.join(EXIT_S)

    # ---- on the log's thread

    def turn(self) -> None:
        """The thread's work: write what has gathered, then wait for more."""
        while True:
            with self.change:
                while not self.closing and (wait := self.due - time.monotonic()) > 0:
                    self.change.wait(None if wait == math.inf else wait)
                if self.closing:
                    break
                self.writing, self.entries = self.entries, {}
                asked, self.due, self.since = self.asked, math.inf, time.monotonic()
            left = self.save(list(self.writing.values()))
            with self.change:
                for entry in left:
                    self.hold(entry.attempt, entry.text)
                if left:
                    self.due = time.monotonic() + RETRY_S[min(self.failures, len(RETRY_S)) - 1]
                elif self.saved:
                    self.hurry(BEAT_S)
                self.done, self.writing, self.since = asked, {}, math.inf
                self.change.notify_all()
        self.shut()


the_lock = threading.Lock()
the_writer: LogWriter | None = None


def log_writer() -> LogWriter:
    """The one log of this process, made when first asked for."""
    global the_writer
    with the_lock:
        if the_writer is None:
            the_writer = LogWriter()
            if the_writer.place is not None:
                # Not on the log's own thread: an import there meets one of the user's cell half-way, which then fails
                # (seen in marimo: `from sqlalchemy.engine import Engine`, "partially initialized module").
                from . import store as store
        return the_writer


@in_child
def forget() -> LogWriter | None:
    """A child of `os.fork` has no such thread, and logs by one of its own; gives what it leaves to its parent."""
    global the_writer, the_lock
    parents, the_writer, the_lock = the_writer, None, threading.Lock()
    return parents
