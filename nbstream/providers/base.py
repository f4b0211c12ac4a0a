"""What the wire formats share: the checks of options, the headers, and reading records that may be broken."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from ..errors import SetupError, UnknownOption, near
from ..events import Event, Failed, FinishReason
from ..framing import Framing, Record
from ..wire import Ask, Request, Secret
from .address import locate
from .services import TABLE, Service, at

FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}


class Format:
    """A wire format spoken to one service. A new format is a subclass with `body` and `events`.

    `options` names what the format's API knows; anything else goes into `extra_body={...}`.
    """

    path: ClassVar[str]
    options: ClassVar[frozenset[str]]
    framing: ClassVar[Framing] = "sse"

    def __init__(
        self, model: str, *, base_url: str | None = None, api_key: str | None = None, service: Service | None = None
    ) -> None:
        self.service = service or (at(base_url) if base_url else TABLE["openai"])
        self.model = model
        self.name = self.service.name
        self.base_url, self.key = locate(self.service, base_url, api_key)
        self.billing_after_stop = self.service.billing_after_stop

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}:{self.model} at {self.base_url}>"

    def check(self, options: Mapping[str, object]) -> None:
        """Refuse, before anything is sent, what cannot work. Raises `SetupError`."""
        for name in options:
            if name not in self.options and name not in COMMON:
                raise UnknownOption(
                    f"{name!r} is not an option of {self.name}.{near(name, self.options | COMMON)} "
                    f"What only this server knows goes into extra_body={{{name!r}: ...}}."
                )
        if options.get("n") not in (None, 1):
            raise SetupError("One attempt is one answer, so n must be 1. For more, call generate or retry again.")
        timeout = options.get("timeout")
        if timeout is not None and not (isinstance(timeout, int | float) and timeout > 0):
            raise SetupError(f"timeout is the longest silence in seconds, above 0, or None; not {timeout!r}.")
        for name in ("extra_body", "extra_headers"):
            if not isinstance(options.get(name, {}), Mapping):
                raise SetupError(f"{name} must be a dict, not {options[name]!r}.")
        try:
            json.dumps(dict(options))
        except (TypeError, ValueError) as error:
            raise SetupError(f"Options are sent as JSON, and this one cannot be: {error}.") from None

    def request(self, ask: Ask) -> Request:
        """The request for a stream."""
        timeout = ask.options.get("timeout", 600.0)
        body = self.body(ask) | as_dict(ask.options.get("extra_body"))
        return Request(
            url=self.base_url + self.path,
            body=body,
            headers=self.all_headers()
            | {name: Secret(str(value)) for name, value in as_dict(ask.options.get("extra_headers")).items()},
            framing=self.framing,
            read_s=None if timeout is None else float(str(timeout)),
        )

    def all_headers(self) -> dict[str, str | Secret]:
        """The service's headers, and the key."""
        headers: dict[str, str | Secret] = {
            header: value for variable, header in self.service.header_variables if (value := os.environ.get(variable))
        }
        return headers if self.key is None else headers | {self.service.key_header: self.key}

    def body(self, ask: Ask) -> dict[str, Any]:
        """The JSON body in the format's shape."""
        raise NotImplementedError

    def events(self, data: dict[str, Any]) -> Iterable[Event]:
        """What one JSON object of the stream means."""
        raise NotImplementedError

    def decode(self, record: Record) -> Iterable[Event]:
        """What one record means. Never raises: what makes no sense is a `Failed` event."""
        try:
            data = json.loads(record.data)
        except (ValueError, RecursionError):
            return [Failed(broken(record.data), retryable=True)]
        if not isinstance(data, dict):
            return [Failed(broken(record.data), retryable=True)]
        if problem := error_in(data):
            return [*self.safely(data), Failed(problem, retryable=True)]
        return self.safely(data)

    def safely(self, data: dict[str, Any]) -> list[Event]:
        """The events of an object whose inner shape may be anything."""
        try:
            return list(self.events(data))
        except (AttributeError, KeyError, TypeError, ValueError, IndexError):
            return [Failed(broken(json.dumps(data)), retryable=True)]


COMMON = frozenset({"timeout", "extra_body", "extra_headers"})


def as_dict(value: object) -> dict[str, Any]:
    """A mapping as a dict; anything else is an empty one."""
    return dict(value) if isinstance(value, Mapping) else {}


def plain(options: Mapping[str, object]) -> dict[str, Any]:
    """The options that go into the body under their own name."""
    return {name: value for name, value in options.items() if name not in COMMON}


def error_in(data: Mapping[str, Any]) -> str | None:
    """The error that an object in mid-stream carries, in any of the shapes seen, or nothing."""
    error = data.get("error")
    if not error and data.get("object") == "error":
        error = data
    if not error:
        return None
    message = error.get("message") if isinstance(error, dict) else error
    text = message if isinstance(message, str) and message else json.dumps(error)
    return f"The server reported an error: {text.strip()[:500]}"


def broken(data: str) -> str:
    """The sentence for a record that makes no sense."""
    return (
        f"The server sent something that is no {'JSON' if data else 'event'}: {data[:120]!r}. "
        "What came before it is kept; retry, or check that base_url is a model server's."
    )


def whole_number(value: object) -> int | None:
    """A count, if it is one."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
