"""What a child of `os.fork` leaves to its parent, whose threads, sockets and open databases they are."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from typing import Protocol, TypeVar


class Closes(Protocol):
    """Something with a thread that is told when the process ends."""

    def close(self) -> None:
        """The process ends."""


Forget = TypeVar("Forget", bound=Callable[[], Closes | None])

kept: list[Closes] = []
"""Never closed and never collected in the child: either would end a connection that the parent uses."""


def in_child(forget: Forget) -> Forget:
    """Have a child of `os.fork` call this, which gives what is to be left to the parent."""

    def leave() -> None:
        if (parents := forget()) is not None:
            atexit.unregister(parents.close)
            kept.append(parents)

    if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
        os.register_at_fork(after_in_child=leave)
    return forget
