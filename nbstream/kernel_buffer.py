"""What the operating system holds for a socket."""

from __future__ import annotations

import sys
from typing import Any

if sys.platform != "win32":
    import fcntl
    import termios

    def unread(peer: Any) -> int:
        """How many bytes have come that nobody has read."""
        return int.from_bytes(fcntl.ioctl(peer.fileno(), termios.FIONREAD, bytes(4)), sys.byteorder)

else:

    def unread(peer: Any) -> int:
        """Windows does not tell: what nobody has read is not kept."""
        return 0
