"""What the browser asks, on its way to the loop's thread: few however many messages come, and each of them once."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from . import messages
from .messages import FromBrowser
from .run import Decision, Run, give_up, tell


class Inbox:
    """Takes messages on any thread and acts on the loop's; only the server is told of a Stop at once. `runs`: those
    that may be named, by their ids.

    Of what waits there is one of a kind for each attempt, or each guard of it. The first one counts: a second Stop says
    nothing new, and what a second view has missed it will ask for again.
    """

    def __init__(self, runs: Mapping[str, Run], act: Callable[[FromBrowser, float], None]) -> None:
        self.runs = runs
        self.act = act
        self.lock = threading.Lock()
        self.waiting: dict[tuple[object, ...], tuple[FromBrowser, float]] = {}
        self.nonces: deque[str] = deque(maxlen=64)
        self.retried: set[str] = set()  # a retry's slowest copy may come when `nonces` has long forgotten it

    def put(self, content: object) -> bool:
        """Take a message; true if the loop does not know yet that something waits."""
        message = messages.read(content)
        if message is None:
            return False
        attempts = [message[key] for key in ("attempt", "other") if key in message]
        if not all(name in self.runs for name in attempts):
            return False
        at = time.monotonic()
        if message["type"] == "stop":
            give_up(self.runs[message["attempt"]], Decision("person", None, at))
        about = (message["type"], *attempts, message.get("guard"), message.get("name"))
        with self.lock:
            first = not self.waiting
            self.waiting.setdefault(about, (message, at))
        return first

    def empty(self) -> None:
        """Act on what has come since the last time, but for copies of what came before; a Stop waits for nothing."""
        with self.lock:
            waiting, self.waiting = self.waiting, {}
        for message, at in sorted(waiting.values(), key=lambda one: one[0]["type"] != "stop"):
            if self.is_new(message):
                tell(self.act, message, at)

    def is_new(self, message: FromBrowser) -> bool:
        """Whether this is no copy that another route has brought already."""
        nonce = message["nonce"]
        if nonce in self.nonces or nonce in self.retried:
            return False
        self.nonces.append(nonce)
        if message["type"] in ("retry", "resume"):
            self.retried.add(nonce)
        return True
