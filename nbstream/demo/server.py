"""Runs the embedded server in a daemon thread: one per process, on 127.0.0.1 and a free port."""

from __future__ import annotations

import asyncio
import atexit
import os
import secrets
import socket
import threading
from dataclasses import dataclass, field

import uvicorn

from ..errors import ConnectFailed
from .app import Service, application
from .model import prepare

_START_S = 20.0
_STOP_S = 5.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server is, and the key that it asks for."""

    base_url: str
    key: str = field(repr=False)


class _Uvicorn(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self.ready = ready
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.loop = asyncio.get_running_loop()
        self.ready.set()


class DemoServer:
    """A server that is running from here on, until `stop`."""

    def __init__(self) -> None:
        prepare()
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        port = self.socket.getsockname()[1]
        self.address = Address(f"http://127.0.0.1:{port}/v1", secrets.token_urlsafe(32))
        self.service = Service()
        # h11, the asyncio loop and no websockets: the same behaviour wherever it runs, whatever else is installed.
        config = uvicorn.Config(
            application(self.service, self.address.key, port),
            http="h11",
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        ready = threading.Event()
        self.uvicorn = _Uvicorn(config, ready)
        self.thread = threading.Thread(target=self._run, name="nbstream demo server", daemon=True)
        self.thread.start()
        if not ready.wait(_START_S):
            self.stop()
            raise ConnectFailed(
                f"The embedded model's server did not start within {_START_S:g} s. Is the machine very busy, or does "
                "something forbid this process to listen on 127.0.0.1? Try again."
            )

    def _run(self) -> None:
        self.uvicorn.run(sockets=[self.socket])

    @property
    def alive(self) -> bool:
        """Whether the serving thread runs."""
        return self.thread.is_alive()

    def stop(self) -> None:
        """End all generations, close the sockets and wait for the thread."""
        self.uvicorn.should_exit = True
        if self.uvicorn.loop is not None and self.alive:
            self.uvicorn.loop.call_soon_threadsafe(self.service.cancel_all)
        self.thread.join(_STOP_S)
        self.socket.close()


_lock = threading.Lock()
_server: DemoServer | None = None


def address() -> Address:
    """The address of this process's server, which is started when first asked for. Safe from any thread."""
    global _server
    with _lock:
        if _server is None or not _server.alive:
            _server = DemoServer()
        return _server.address


def stop() -> None:
    """Stop the server, if there is one; the next `address()` starts a new one with a new key."""
    global _server
    with _lock:
        server, _server = _server, None
    if server is not None:
        server.stop()


def _forget() -> None:
    """After a fork: the thread has stayed with the parent, and so must the socket."""
    global _server, _lock
    _lock = threading.Lock()
    if _server is not None:
        _server.socket.close()
        _server = None


atexit.register(stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
