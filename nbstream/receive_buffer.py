"""How much of what has come to a socket nobody has read: the system has it in the socket's receive buffer."""

from __future__ import annotations

import sys
from typing import Any

if sys.platform != "win32":
    import fcntl
    import termios

    def unread(peer: Any) -> int:
        """In bytes."""
        return int.from_bytes(fcntl.ioctl(peer.fileno(), termios.FIONREAD, bytes(4)), sys.byteorder)

else:

    def unread(peer: Any) -> int:
        """Windows does not tell: what nobody has read is not kept."""
        return 0
