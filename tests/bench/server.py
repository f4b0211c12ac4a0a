"""A raw-socket server in a process of its own: plays the recorded stream, and says when its clients left.

`/MODE/PACE/NUMBER/v1/…`: `coalesced` sends as fast as it goes; `paced` an event PACE µs after the other; `timed` keeps
to that time all in all, and says on stdout when it sent the last piece of text; `headers`, `token`, `silent` fall
silent before the headers, before the first token, after it; `flowing` sends on and on. Of the last four it says on
stdout when it has sent what it sends first, and when it saw its client leave, on the monotonic clock, which all
processes of a machine share. A line on stdin ends all that stays at such a point. It ends with its stdin, and after an
hour. With the file of a certificate it speaks TLS.
"""

from __future__ import annotations

import contextlib
import heapq
import json
import os
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import ClassVar

from . import stream

LONGEST_S = 3600.0
TICK_S, LATE_S = 0.001, 1.0
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"
staying: set[socket.socket] = set()


def chunk(event: bytes) -> bytes:
    """In the transfer encoding that model servers use, each event by itself."""
    return b"%x\r\n%s\r\n" % (len(event), event)


@cache
def events(anthropic: bool, number: int) -> list[bytes]:
    """A whole answer, as it goes over the wire."""
    texts = stream.recorded(number)
    if anthropic:
        made = [stream.anthropic_start(), *map(stream.anthropic_event, texts), stream.anthropic_end(number)]
    else:
        made = [*map(stream.openai_event, texts), stream.openai_end(number)]
    return [chunk(event) for event in made]


@cache
def whole(anthropic: bool, number: int) -> bytes:
    return b"".join(events(anthropic, number))


def say(**what: object) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def serve(peer: socket.socket) -> None:
    """One request."""
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with peer:
        path = request(peer)
        if path is None:
            return
        mode, pace, number, *rest = path.strip("/").split("/")
        anthropic = rest[-1] == "messages"
        try:
            if mode == "coalesced":
                peer.sendall(CHUNKED + whole(anthropic, int(number)) + LAST)
            elif mode == "paced":
                paced(peer, events(anthropic, int(number)), int(pace) / 1e6)
            elif mode == "timed":
                timed(peer, events(anthropic, int(number)), int(pace) / 1e6)
            else:
                phase(peer, mode, int(pace) / 1e6, int(number))
        except OSError:
            return


def paced(peer: socket.socket, made: list[bytes], pause_s: float) -> None:
    """Each event in a packet of its own, and time to read it."""
    peer.sendall(CHUNKED)
    for event in made:
        time.sleep(pause_s)
        peer.sendall(event)
    peer.sendall(LAST)


def timed(peer: socket.socket, made: list[bytes], pause_s: float) -> None:
    """The same, but one that is sent late does not delay those after it. The last event only ends the answer."""
    at = None
    try:
        peer.sendall(CHUNKED)
        began = time.monotonic()
        for place, event in enumerate(made[:-1], 1):
            time.sleep(max(0.0, began + place * pause_s - time.monotonic()))
            at = time.monotonic() if place == len(made) - 1 else None
            peer.sendall(event)
    finally:
        say(sent=at)
    peer.sendall(made[-1] + LAST)


def phase(peer: socket.socket, mode: str, pause_s: float, number: int) -> None:
    """Come to that point, stay there, and note when the client leaves; the number tells which client it was."""
    event = chunk(stream.openai_event(" word"))
    if mode != "headers":
        peer.sendall(CHUNKED + (event if mode in ("silent", "flowing") else b""))
    gone = threading.Event()
    watcher = threading.Thread(target=watch, args=(peer, gone, number), daemon=True)
    watcher.start()
    staying.add(peer)
    say(asked=mode)
    if mode == "flowing":
        Flow(peer, event, pause_s, gone).start()
    watcher.join(LONGEST_S)
    staying.discard(peer)


class Flow:
    """An event again and again, without pause in the long run. All flows are one thread's: two hundred threads that
    sleep and send take three quarters of a core from what is measured.
    """

    waiting: ClassVar[list[tuple[float, int, Flow]]] = []
    change = threading.Condition()

    def __init__(self, peer: socket.socket, event: bytes, pause_s: float, gone: threading.Event) -> None:
        self.peer = peer
        self.event = event
        self.pause_s = pause_s
        self.gone = gone
        self.rest = b""  # of an event that the peer has not taken whole yet
        self.due = time.monotonic() + pause_s

    def start(self) -> None:
        with Flow.change:
            heapq.heappush(Flow.waiting, (self.due, id(self), self))
            Flow.change.notify_all()

    def send(self) -> bool:
        """The next event, if the peer takes any; false once it has left, as its watcher has seen."""
        try:
            self.rest = self.rest or self.event
            self.rest = self.rest[self.peer.send(self.rest, socket.MSG_DONTWAIT) :]
        except BlockingIOError:
            pass  # it takes no more for now
        except OSError:
            return False
        return not self.gone.is_set()

    @classmethod
    def turn(cls) -> None:
        """Send what is due, each millisecond."""
        while True:
            with cls.change:
                while not cls.waiting:
                    cls.change.wait()
                due = cls.waiting[0][0]
            time.sleep(max(TICK_S, due - time.monotonic()))
            now = time.monotonic()
            while cls.waiting and cls.waiting[0][0] <= now:
                with cls.change:
                    flow = heapq.heappop(cls.waiting)[2]
                flow.due = max(flow.due + flow.pause_s, now - LATE_S)
                if flow.send():
                    flow.start()


def watch(peer: socket.socket, gone: threading.Event, number: int) -> None:
    try:
        while peer.recv(65536):
            pass
    except OSError:
        pass
    left = time.monotonic()
    gone.set()
    say(left=left, number=number)


def request(peer: socket.socket) -> str | None:
    """Read a request; its path, `None` if the client left before."""
    received = b""
    while b"\r\n\r\n" not in received:
        if not (more := peer.recv(65536)):
            return None
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in lines)}
    while len(body) < int(fields.get("content-length", 0)):
        body += peer.recv(65536)
    return line.split()[1]


def thread(act: Callable[..., None], *args: object) -> None:
    threading.Thread(target=act, args=args, daemon=True).start()


def accept(listener: socket.socket, secure: ssl.SSLContext | None) -> None:
    while True:
        peer = listener.accept()[0]
        thread(shake_hands, secure, peer) if secure else thread(serve, peer)


def shake_hands(secure: ssl.SSLContext, peer: socket.socket) -> None:
    """TLS, and what comes after; not `flowing`, for Python's TLS cannot send and receive at once."""
    with contextlib.suppress(OSError):
        serve(secure.wrap_socket(peer, server_side=True))


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    say(port=listener.getsockname()[1])
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if sys.argv[1:] else None
    if secure:
        secure.load_cert_chain(sys.argv[1])
    thread(accept, listener, secure)
    thread(Flow.turn)
    end = threading.Timer(LONGEST_S, os._exit, (1,))
    end.daemon = True
    end.start()
    for _ in sys.stdin:
        for peer in list(staying):
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    main()
