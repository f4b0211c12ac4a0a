"""Every error nbstream raises or reports.

    NbstreamError
    ├── SetupError                   found before anything is sent; also a ValueError
    │   ├── UnknownModel             no such provider, or the model name does not say which
    │   ├── UnknownOption            a keyword nobody knows; names the close ones
    │   ├── MissingKey               names the environment variable to set
    │   └── BadPrompt                neither text nor a list of messages
    └── ProviderError                the request was sent, or tried; `retryable` tells if trying again may help
        ├── ConnectFailed            refused, unreachable, unknown host, TLS
        ├── TimedOut                 no connection, or no byte, within the limit
        ├── AuthError                401, 403: the key
        ├── BadRequest               400, 404, 413, 422: the request
        ├── RateLimited              429
        ├── ServerError              5xx, or an error event in mid-stream
        ├── NotAStream               HTML, JSON or nothing where a stream was promised
        └── StreamBroken             the connection ended in mid-answer, or its bytes make no sense

A guard that ends an attempt is not an error, and neither is Stop. Each message says what happened, then what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from .visible import visible


class NbstreamError(Exception):
    """Anything nbstream raises by itself."""

    def __str__(self) -> str:
        return visible(super().__str__())  # it may quote a server, and a traceback goes to a terminal


class SetupError(NbstreamError, ValueError):
    """The call cannot work; nothing was sent."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in the place of a traceback: the fault lies in the call, not in the frames below it."""
        return [f"{type(self).__name__}: {self}"]


class UnknownModel(SetupError):
    """No such provider, or the model's name does not say whose it is."""


class UnknownOption(SetupError):
    """A keyword that neither nbstream nor the provider knows."""


class MissingKey(SetupError):
    """The service needs a key and none was given."""


class BadPrompt(SetupError):
    """The prompt is neither text nor a list of messages."""


class ProviderError(NbstreamError):
    """The request was sent, or tried, and did not end well.

    `retryable`: trying again may help. `retry_after_s`: seconds that the server asks to wait first. `status`: the
    HTTP status, where it was one of 400 and above.
    """

    status: int | None = None
    retryable: bool = False
    retry_after_s: float | None = None


class ConnectFailed(ProviderError):
    """No connection: refused, unreachable, unknown host, or TLS failed."""

    retryable = True


class TimedOut(ProviderError):
    """No connection, or not one byte, within the limit."""

    retryable = True


class AuthError(ProviderError):
    """The server refused the key."""


class BadRequest(ProviderError):
    """The server refused the request itself."""


class RateLimited(ProviderError):
    """Too many requests, or no credit left."""

    retryable = True


class ServerError(ProviderError):
    """The server failed, or said so in mid-stream."""

    retryable = True


class NotAStream(ProviderError):
    """Something else came where a stream was promised."""


class StreamBroken(ProviderError):
    """The connection ended in mid-answer, or its bytes make no sense."""

    retryable = True


def near(word: str, known: Iterable[str]) -> str:
    """A tail for an error message that names what is close to `word`, or nothing."""
    close = difflib.get_close_matches(word.lower(), list(known), n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(repr(name) for name in close)}?" if close else ""
