"""What goes over the wire, and the two seams: a `Provider` shapes and reads it, a `Transport` carries it."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypedDict, runtime_checkable

from .events import Event, Usage
from .framing import Framing, Record


class Message(TypedDict):
    """One message of a conversation. Content is text, or a list of parts as the provider has them."""

    role: str
    content: str | list[dict[str, object]]


class Secret:
    """A key that shows itself to nobody who does not ask: not in a repr, a traceback or a log."""

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled")

    def reveal(self) -> str:
        """The key itself, for the request header alone."""
        return self.value

    def parts(self) -> list[str]:
        """The key as a server may repeat it: with its scheme, without, and as the password it was made of."""
        bare = self.value.rpartition(" ")[2]
        found = [self.value, bare]
        if self.value.startswith("Basic "):
            with contextlib.suppress(ValueError):
                found.append(base64.b64decode(bare).decode().partition(":")[2])
        return found


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a model, before any provider gives it its own shape."""

    attempt_id: str
    model: str
    messages: Sequence[Message]
    options: Mapping[str, object] = field(default_factory=dict, repr=False)
    usage: bool = True
    """Ask for token counts, where that takes a field of its own: some servers refuse fields they do not know."""


def no_connection(keep: bool = False) -> bool:
    """There is nothing to close yet, or any more."""
    return False


def nothing_sent() -> bool:
    """There is nobody to be told, and will be nobody."""
    return True


@dataclass(slots=True)
class Line:
    """The connections of a request, as far as somebody else than its reader may close them."""

    hang_up: Callable[[bool], bool] = no_connection
    """Close them at once, on the loop's thread; tells whether there were any. A transport of sockets gives it. Told to
    keep what has come so far, the reader gets that as its last."""
    give_up: Callable[[], bool] = no_connection
    """From any thread: true, if the server has been told now that nobody listens, and will be sent nothing more."""
    then: Callable[[Callable[[], None]], object] | None = None
    """Calls something once, when the reader has taken all that came and has to wait. Given as the other is."""


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request for a stream. Limits are in seconds; `read_s` is the longest silence, `None` is no limit."""

    url: str = field(repr=False)  # it may hold a key, and so may the body
    body: Mapping[str, object] | None = field(repr=False)
    headers: Mapping[str, str | Secret] = field(default_factory=dict)
    framing: Framing = "sse"
    connect_s: float = 10.0
    read_s: float | None = 600.0
    id_header: str = ""
    """The response header that names the answer: handed on as a record of its own, before the stream's."""
    gather: bool = True
    """Read what comes within a moment as one piece, as a screen shows it; else each piece as it comes."""
    direct: bool = False
    """Go past any proxy of the environment: the embedded model is in this very process."""

    line: Line = field(default_factory=Line, repr=False, compare=False)

    def secrets(self) -> list[str]:
        """The keys this request carries, in all their forms, to be taken out of anything that is shown."""
        return [part for value in self.headers.values() if isinstance(value, Secret) for part in value.parts()]

    def scrub(self, text: str) -> str:
        """The text without this request's keys: servers like to repeat the key they refuse."""
        for secret in self.secrets():
            if len(secret) > 4:  # less is no key but the value of some plain header
                text = text.replace(secret, "***")
        return text


@runtime_checkable
class Provider(Protocol):
    """One service's way of asking and answering. Both methods are pure.

    An object with these is all that `generate(model=...)` needs; `nbstream.providers.Format` is a base with
    defaults for the rest: what a count can be trusted for, and how to ask for it after a stop.
    """

    name: str
    model: str
    base_url: str

    def request(self, ask: Ask) -> Request:
        """The request that asks `ask` of this service."""

    def decode(self, record: Record) -> Iterable[Event]:
        """What one record means; nothing, for a record that says nothing new."""


@runtime_checkable
class Accountant(Protocol):
    """What a provider has whose service can be asked afterwards what an attempt really generated."""

    def account(self, attempt_id: str, response_id: str | None) -> Request | None:
        """The question, or `None` where there is nothing to ask by."""

    def read_account(self, body: object) -> Usage | None:
        """The counts in its answer, or `None` while it has none yet."""


class Transport(Protocol):
    """Carries a request and yields its records, those that arrived together in one list."""

    def records(self, request: Request) -> AsyncGenerator[list[Record], None]:
        """Open, read, and always close; raises `ProviderError`."""

    async def fetch(self, request: Request) -> object | None:
        """The JSON that a plain request is answered with, or `None` for any other outcome."""
