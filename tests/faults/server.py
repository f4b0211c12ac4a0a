"""A scripted HTTP server on a real socket: does what each test tells it, and notes when and how its client left.

A script is a list of steps, done in order for one request; then the connection is closed. Each request takes the next
script, the last one again and again. A watcher per connection reads until the client closes, so that the moment is
known while the script is silent or sends.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

PATIENCE = 60.0
"""Seconds after which a test gives up on an event. Generous: it is only ever reached by a failure."""

FOREVER = 600.0


@dataclass(frozen=True)
class Closed:
    """How the client left: at which monotonic second, by `eof` or `reset`, during which step of the script."""

    at: float
    how: str
    during: str


@dataclass(eq=False)
class Connection:
    """One connection, what it asked, and how it ended."""

    socket: socket.socket
    line: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    sent: int = 0
    trip: Trip | None = None
    doing: str = ""
    closed: Closed | None = None
    gone: threading.Event = field(default_factory=threading.Event)
    ready: threading.Event = field(default_factory=threading.Event)

    @property
    def json(self) -> dict[str, object]:
        """The body of the request."""
        asked: dict[str, object] = json.loads(self.body)
        return asked

    def left(self) -> Closed:
        """How the client left, awaited. `during` is sure only of a step that was `ready` before the client could leave:
        one that has just received the end of a step may be gone before the server is at the next."""
        assert self.gone.wait(PATIENCE), f"the client never left; the server is at {self.doing!r}"
        assert self.closed is not None
        return self.closed

    def send(self, data: bytes) -> None:
        """Send; at the byte that a test has named, let it act first."""
        if self.trip is not None and self.sent + len(data) >= self.trip[0]:
            (at, act), self.trip = self.trip, None
            first, data = data[: at - self.sent], data[at - self.sent :]
            self.push(first)
            act(self)
        self.push(data)

    def push(self, data: bytes) -> None:
        """Send; what fails because the client left is not an error here."""
        try:
            self.socket.sendall(data)
            self.sent += len(data)
        except OSError:
            self.gone.wait(PATIENCE)

    def watch(self) -> None:
        """Note how the client leaves."""
        how = "eof"
        try:
            while self.socket.recv(65536):
                pass
        except OSError:
            how = "reset"
        if not self.gone.is_set():
            self.closed = Closed(time.monotonic(), how, self.doing)
            self.gone.set()


Step = Callable[[Connection], None]


Trip = tuple[int, Step]
"""What a test does once so many bytes have been sent on a connection."""


def named(name: str, act: Step, size: int = 0) -> Step:
    """A step with its name, and how many bytes it sends at least."""
    act.__name__ = name
    act.size = size  # type: ignore[attr-defined]
    return act


def headers(status: str = "200 OK", kind: str = "text/event-stream", **more: str) -> Step:
    """The head of an answer that ends with the connection; `location=` and such become headers."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return send("\r\n".join([*lines, "", ""]).encode(), "headers")


def send(data: bytes | str, name: str = "send") -> Step:
    data = data.encode() if isinstance(data, str) else data
    return named(name, lambda connection: connection.send(data), len(data))


def chunk(text: str, **fields: object) -> bytes:
    """One event of OpenAI's chat format with a piece of text."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return event({"id": "c1", "choices": [choice]} | fields)


def event(data: object) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def text(*pieces: str) -> Step:
    return send(b"".join(chunk(piece) for piece in pieces), "text")


def finish(reason: str = "stop", usage: dict[str, int] | None = None) -> Step:
    """The end of an answer as OpenAI sends it."""
    data = event({"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    data += event({"id": "c1", "choices": [], "usage": usage}) if usage else b""
    return send(data + b"data: [DONE]\n\n", "finish")


def answer(*pieces: str) -> list[Step]:
    """A whole good answer."""
    return [headers(), text(*pieces), finish()]


def body(content: str | bytes, status: str = "200 OK", kind: str = "application/json", **more: str) -> list[Step]:
    """An answer in one piece."""
    data = content.encode() if isinstance(content, str) else content
    return [headers(status, kind, Content_Length=str(len(data)), **more), send(data)]


def wait(for_event: threading.Event, name: str = "wait") -> Step:
    def act(connection: Connection) -> None:
        connection.ready.set()
        assert for_event.wait(PATIENCE), "the test never set the event"

    return named(name, act)


def silence(name: str = "silence") -> Step:
    """Nothing, for as long as the client stays."""

    def act(connection: Connection) -> None:
        connection.ready.set()
        connection.gone.wait(FOREVER)

    return named(name, act)


def flood(piece: bytes, name: str = "flood") -> Step:
    """Send without pause for as long as the client stays."""

    def act(connection: Connection) -> None:
        connection.ready.set()
        while not connection.gone.is_set():
            connection.send(piece)

    return named(name, act, len(piece))


def drip(data: bytes, size: int = 1, pause: float = 0.0, name: str = "drip", forever: bool = False) -> Step:
    """Send in pieces, each in a packet of its own."""

    def act(connection: Connection) -> None:
        connection.ready.set()
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while not connection.gone.is_set():
            for start in range(0, len(data), size):
                connection.send(data[start : start + size])
                connection.gone.wait(pause)
            if not forever:
                return

    return named(name, act, len(data))


def reset() -> Step:
    """Break the connection off (RST)."""

    def act(connection: Connection) -> None:
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.gone.set()

    return named("reset", act)


class Server:
    """Listens on 127.0.0.1 until `stop`."""

    def __init__(self) -> None:
        self.scripts: list[list[Step]] = []
        self.trips: dict[int, Trip] = {}
        self.connections: list[Connection] = []
        self.change = threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}/v1"
        thread(self.accept)

    def script(self, *steps: Step | list[Step]) -> Server:
        """What to do with the next request."""
        self.scripts.append([s for step in steps for s in (step if isinstance(step, list) else [step])])
        return self

    def connection(self, number: int = 0) -> Connection:
        """The connection of the nth request, once its request has been read."""
        with self.change:
            assert self.change.wait_for(lambda: len(self.connections) > number, PATIENCE), "no such request came"
            return self.connections[number]

    def accept(self) -> None:
        while True:
            try:
                accepted, _ = self.listener.accept()
            except OSError:
                return
            thread(self.serve, Connection(accepted))

    def serve(self, connection: Connection) -> None:
        if not read_request(connection):
            return connection.socket.close()
        with self.change:
            script = self.scripts[min(len(self.connections), len(self.scripts) - 1)]
            connection.trip = self.trips.get(len(self.connections))
            self.connections.append(connection)
            self.change.notify_all()
        watcher = thread(connection.watch)
        connection.send(b"")
        for step in script:
            connection.doing = step.__name__
            step(connection)
            if connection.gone.is_set():
                break
        else:
            connection.doing = "end"
            shut(connection.socket, socket.SHUT_WR)
            connection.gone.wait(PATIENCE)
        if connection.trip is not None:  # the client had left before that byte
            connection.trip[1](connection)
        if connection.doing == "reset":  # the watcher holds the descriptor while it reads, so wake it first
            shut(connection.socket, socket.SHUT_RD)
            watcher.join(PATIENCE)
        connection.socket.close()

    def stop(self) -> None:
        shut(self.listener, socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.connections:
            connection.gone.set()
            shut(connection.socket, socket.SHUT_RDWR)


def thread(act: Callable[..., None], *args: object) -> threading.Thread:
    started = threading.Thread(target=act, args=args, name="scripted server", daemon=True)
    started.start()
    return started


def shut(peer: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):
        peer.shutdown(how)


def read_request(connection: Connection) -> bool:
    """Read head and body; false if the client left before."""
    data = b""
    with contextlib.suppress(OSError):
        while received := connection.socket.recv(65536):
            data += received
            head, blank, rest = data.partition(b"\r\n\r\n")
            connection.line, *lines = head.decode("latin-1").split("\r\n")
            pairs = (line.partition(":") for line in lines)
            connection.headers = {name.lower(): value.strip() for name, _, value in pairs}
            if blank and len(rest) >= int(connection.headers.get("content-length", 0)):
                connection.body = rest
                return True
    return False
