"""The embedded model: a small language model behind a real HTTP server in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .server import Address, address, running, stop

__all__ = ["Address", "address", "running", "stop"]


def __getattr__(name: str) -> object:
    # Loaded when first used: starlette, uvicorn and tiktoken must not weigh on whoever only imports a neighbour.
    if name in __all__:
        from . import server

        return getattr(server, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
