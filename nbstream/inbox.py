"""What the browser asks, on its way to the loop's thread: few however many messages come, and each of them once."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Container

from . import messages
from .messages import FromBrowser


class Inbox:
    """Takes messages on any thread and acts on the loop's. `known`: the ids of the attempts that may be named.

    Of what waits there is one of a kind for each attempt, or each guard of it. The first one counts: a second Stop says
    nothing new, and what a second view has missed it will ask for again.
    """

    def __init__(self, known: Container[str], act: Callable[[FromBrowser, float], None]) -> None:
        self.known = known
        self.act = act
        self.lock = threading.Lock()
        self.waiting: dict[tuple[str, str, object], tuple[FromBrowser, float]] = {}
        self.nonces: deque[str] = deque(maxlen=64)
        self.retried: set[str] = set()  # a retry's slowest copy may come when `nonces` has long forgotten it

    def put(self, content: object) -> bool:
        """Take a message; true if the loop does not know yet that something waits."""
        message = messages.read(content)
        if message is None:
            return False
        of_none = message["type"] in messages.OF_NO_ATTEMPT
        target = "" if of_none else message.get("attempt", "")
        if not of_none and target not in self.known:
            return False
        other = message.get("other", "")  # of a comparison: another pair is another question
        if other and other not in self.known:
            return False
        with self.lock:
            first = not self.waiting
            about = message.get("guard", message.get("other", message.get("name")))
            self.waiting.setdefault((message["type"], target, about), (message, time.monotonic()))
        return first

    def empty(self) -> None:
        """Act on what has come since the last time, but for copies of what came before."""
        with self.lock:
            waiting, self.waiting = self.waiting, {}
        for message, at in waiting.values():
            if self.is_new(message):
                self.act(message, at)

    def is_new(self, message: FromBrowser) -> bool:
        """Whether this is no copy that another route has brought already."""
        nonce = message["nonce"]
        if nonce in self.nonces or nonce in self.retried:
            return False
        self.nonces.append(nonce)
        if message["type"] in ("retry", "resume"):
            self.retried.add(nonce)
        return True
