"""nbstream's pipeline as in `own`, with uvloop on its thread: a worker, `python -m bench.on_uvloop`.

As shipped it would not work: uvloop's sockets cannot be shut down from outside. Here that goes through a second
descriptor of the same socket. uvloop's reads are not counted.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys

from nbstream.connection import Stream

from .clients import turns
from .own import counted, gathering, read
from .place import PEERS

sys.path.append(str(PEERS / "uvloop"))


def abort(self: Stream, keep: bool = False) -> bool:
    """As `Stream.abort`."""
    if self.transport is None:
        return False
    try:
        with socket.socket(fileno=os.dup(self.socket.fileno())) as same:
            same.shutdown(socket.SHUT_RDWR)
        was_open = True
    except (OSError, AttributeError, ValueError):  # it has no socket any more
        was_open = False
    self.transport.abort()
    return was_open


if __name__ == "__main__":
    import uvloop

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    Stream.abort = abort  # type: ignore[method-assign]
    counted()
    turns(read, gathering)
