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

START_S = 20.0
STOP_S = 5.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server is, and the key that it asks for."""

    base_url: str
    key: str = field(repr=False)


class Uvicorn(uvicorn.Server):
    """The server, which tells when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self.ready = ready
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the sockets, then say so."""
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
        self.uvicorn = Uvicorn(config, ready)
        self.thread = threading.Thread(target=self.serve, name="nbstream demo server", daemon=True)
        self.thread.start()
        if not ready.wait(START_S):
            self.stop()
            raise ConnectFailed(
                f"The embedded model's server did not start within {START_S:g} s. Is the machine very busy, or does "
                "something forbid this process to listen on 127.0.0.1? Try again."
            )

    def serve(self) -> None:
        """The thread's work."""
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
        self.thread.join(STOP_S)
        self.socket.close()


lock = threading.Lock()
the_server: DemoServer | None = None


def address() -> Address:
    """The address of this process's server, which is started when first asked for. Safe from any thread."""
    global the_server
    with lock:
        if the_server is None or not the_server.alive:
            the_server = DemoServer()
        return the_server.address


def running() -> Address | None:
    """As `address`, if it runs; waits for nothing."""
    server = the_server
    return server.address if server is not None and server.alive else None


def stop() -> None:
    """Stop the server, if there is one; the next `address()` starts a new one with a new key."""
    global the_server
    with lock:
        server, the_server = the_server, None
    if server is not None:
        server.stop()


def forget() -> None:
    """After a fork: the thread has stayed with the parent, and so must the socket."""
    global the_server, lock
    lock = threading.Lock()
    if the_server is not None:
        the_server.socket.close()
        the_server = None


atexit.register(stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget)
