"""What goes wrong in asyncio, in httpcore's words."""

from __future__ import annotations

import os
import ssl

import httpcore


class Mapped:
    """Turns what asyncio raises into httpcore's words. A class: entering a generator costs more, at each read."""

    def __init__(self, late: type[Exception], failed: type[Exception]) -> None:
        self.late = late
        self.failed = failed

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TimeoutError):
            raise self.late(str(error)) from error
        if isinstance(error, OSError):
            raise self.failed(words(error)) from error


CONNECTING = Mapped(httpcore.ConnectTimeout, httpcore.ConnectError)
WRITING = Mapped(httpcore.WriteTimeout, httpcore.WriteError)
READING = Mapped(httpcore.ReadTimeout, httpcore.ReadError)


def words(error: BaseException) -> str:
    """What went wrong, without the address that asyncio repeats."""
    number = getattr(error, "errno", None)
    if isinstance(error, ssl.SSLError) or not number or number < 0:
        return str(getattr(error, "strerror", None) or error) or type(error).__name__
    return os.strerror(number)
