"""What the wire formats share: the places of options, the headers, and reading records that may be broken."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any, ClassVar
from urllib.parse import urlencode

from ..errors import SetupError, UnknownOption, near
from ..events import Closing, Event, Failed, ReasoningDelta, Started, TextDelta
from ..framing import HEADER, Framing, Record
from ..surrogates import mended
from ..wire import Ask, Request, Secret
from .address import OPENAI_ROUTES, belongs, from_environment, locate
from .reading import as_dict, broken, error_in, may_pass, sentence_of, unescaped
from .services import TABLE, Prefill, Service, at

COMMON = frozenset({"timeout", "extra_body", "extra_headers", "n"})
"""Options that every format knows; `n` may only be 1."""

OF_GENERATE = frozenset({"guards", "retries", "changes", "budget", "system", "base_url", "api_key", "model"})
"""What `generate` takes itself, so that a slip in one of those is told, too."""


class Format:
    """A wire format spoken to one service. A new format is a subclass with `body` and `events`.

    `options` maps the words of the user to places in the body (`"options.num_predict"`); of those, `lists` are
    places that want a list. What no word is known for goes into `extra_body={...}`. `routes` is what a full address
    ends in, as a regular expression, and `root` what a bare host lacks.
    """

    route: ClassVar[str]
    path: ClassVar[str]
    options: ClassVar[Mapping[str, str]]
    lists: ClassVar[frozenset[str]] = frozenset()
    fixed_headers: ClassVar[Mapping[str, str]] = {}
    framing: ClassVar[Framing] = "sse"
    id_header: ClassVar[str] = ""
    """A response header that names the answer before any of it has come."""
    home: ClassVar[str] = "openai"
    root: ClassVar[str] = "/v1"
    routes: ClassVar[str] = OPENAI_ROUTES
    has_roles: ClassVar[bool] = True
    one_text: ClassVar[bool] = False
    """The prompt is one text, which the server makes a turn of."""

    def __init__(
        self, model: str, *, base_url: str | None = None, api_key: str | None = None, service: Service | None = None
    ) -> None:
        own = TABLE[self.home]
        self.service = service or (at(base_url) if base_url and own.route == "chat" else own)
        self.model = model
        self.name = self.service.name
        self.location = locate(
            self.service, base_url, api_key, model=model, root=self.root, routes=self.routes, spell=self.spell
        )
        self.base_url = self.location.base_url
        self.key = self.location.key
        # what is known of a hosted service is known of its own address; of other software, wherever it runs
        theirs = not self.service.key_needed or belongs(self.service, self.base_url)
        self.billing_after_stop = self.service.billing_after_stop if theirs else "unknown"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}:{self.model} at {self.base_url}>"

    @property
    def prefill(self) -> Prefill:
        """How this model is handed a partial answer to go on from."""
        return self.service.prefill_for(self.model) if self.has_roles else "prompt"

    def hides_reasoning(self, options: Mapping[str, object]) -> bool:
        """Whether the model may reason where the stream does not show it."""
        pattern = self.service.hidden_reasoning
        efforts = (options.get("reasoning_effort"), as_dict(options.get("reasoning")).get("effort"))
        return bool(pattern and re.search(pattern, self.model)) and "none" not in efforts

    def spell(self, address: str) -> str:
        """An address in the service's own spelling as a URL."""
        return address.strip()

    def check(self, options: Mapping[str, object]) -> None:
        """Refuse, before anything is sent, what cannot work. Raises `SetupError`."""
        known = COMMON.union(self.options)
        for name in options:
            if name not in known:
                raise UnknownOption(
                    f"{name!r} is not an option of {self.name}.{near(name, known | OF_GENERATE)} "
                    f"What only this server knows goes into extra_body={{{name!r}: ...}}."
                )
        timeout = options.get("timeout")
        if timeout is not None and not (isinstance(timeout, int | float) and timeout > 0):
            raise SetupError(f"timeout is the longest silence in seconds, above 0, or None; not {timeout!r}.")
        for name in ("extra_body", "extra_headers"):
            if not isinstance(options.get(name) or {}, Mapping):
                raise SetupError(f"{name} must be a dict, not {type(options[name]).__name__}.")
        try:
            json.dumps(dict(options), allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise SetupError(f"Options are sent as JSON, and this one cannot be: {error}.") from None
        one_answer(merged(merged(as_dict(options), self.placed(options)), as_dict(options.get("extra_body"))))

    def request(self, ask: Ask) -> Request:
        """The request for a stream."""
        timeout = ask.options.get("timeout", 600.0)
        return Request(
            url=self.url(ask),
            body=merged(self.body(ask), as_dict(ask.options.get("extra_body"))),
            headers=self.all_headers()
            | {name: Secret(str(value)) for name, value in as_dict(ask.options.get("extra_headers")).items()},
            framing=self.framing,
            id_header=self.id_header,
            read_s=None if timeout is None else float(str(timeout)),
        )

    def url(self, ask: Ask) -> str:
        """The whole address, with what the user's address had after a question mark."""
        return self.address_of(self.path)

    def address_of(self, path: str, **query: str) -> str:
        """The whole address of a path of this service."""
        every = {**self.location.query, **query}
        return self.base_url + path + (f"?{urlencode(every)}" if every else "")

    def all_headers(self) -> dict[str, str | Secret]:
        """The format's and the service's headers, and the key."""
        headers: dict[str, str | Secret] = {**self.fixed_headers}
        for variable, header in self.service.header_variables:
            if value := from_environment((variable,)):
                headers[header] = value
        if self.location.known and self.service.custom_headers_variable:
            for line in os.environ.get(self.service.custom_headers_variable, "").splitlines():
                name, mark, value = line.partition(":")
                if mark and name.strip():
                    headers[name.strip()] = Secret(value.strip())
        return headers if self.key is None else headers | {self.location.key_header: self.key}

    def body(self, ask: Ask) -> dict[str, Any]:
        """The JSON body in the format's shape."""
        raise NotImplementedError

    def placed(self, options: Mapping[str, object]) -> dict[str, Any]:
        """The options at their places in the body. Raises `SetupError` for two that mean the same place."""
        body: dict[str, Any] = {}
        words: dict[str, str] = {}
        for name, value in options.items():
            place = self.options.get(name)
            if place is None or value is None:
                continue
            if place in words:
                raise SetupError(f"{words[place]!r} and {name!r} are one option of {self.name}. Give one of them.")
            words[place] = name
            part: Any = [value] if place in self.lists and not isinstance(value, list | tuple) else value
            for step in reversed(place.split(".")):
                part = {step: part}
            body = merged(body, part)
        return body

    def events(self, data: dict[str, Any]) -> Iterable[Event]:
        """What one JSON object of the stream means."""
        raise NotImplementedError

    def whole(self, data: dict[str, Any]) -> Iterable[Event]:
        """What the answer of a server that does not stream means; in most formats one object has both shapes."""
        return self.events(data)

    def decode(self, record: Record) -> Iterable[Event]:
        """What one record means. Never raises: what makes no sense is a `Failed` event."""
        if record.event == HEADER:
            return [Started(record.data)]
        if record.data.startswith("[DONE]"):
            return [Closing()]
        try:
            data = json.loads(record.data)
        except (ValueError, RecursionError):
            message = unescaped(record.data)
            return [Failed(sentence_of(message) if message else broken(record.data), retryable=True)]
        events: list[Event] = []
        for item in data if isinstance(data, list) and data else [data]:
            if record.event and isinstance(item, dict):
                item.setdefault("type", record.event)
            events += self.one(item, record)
        if record.whole:
            events.append(Closing())
        return [whole_text(event) for event in events] if "\\u" in record.data else events

    def one(self, data: object, record: Record) -> list[Event]:
        """The events of one object, whose inner shape may be anything; what came before an odd part is kept."""
        if not isinstance(data, dict):
            return [Failed(broken(record.data), retryable=True)]
        events: list[Event] = []
        try:
            for event in self.whole(data) if record.whole else self.events(data):
                events.append(event)
        except (AttributeError, KeyError, TypeError, ValueError, IndexError, RecursionError):
            events.append(Failed(broken(record.data), retryable=True))
        if error := error_in(data):
            events.append(Failed(sentence_of(error), retryable=may_pass(error)))
        return events


def same(words: str, under: str = "", **others: str) -> dict[str, str]:
    """Options that go by their own name, those `under` an inner object, and `others` that are named differently."""
    return {word: under + word for word in words.split()} | {word: under + place for word, place in others.items()}


def merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Both objects in one; where both have an object these are merged too, else the second wins."""
    both = dict(first)
    for name, value in second.items():
        old = both.get(name)
        both[name] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return both


def one_answer(options: Mapping[str, Any]) -> None:
    """Several answers at once would be one jumble of a text, and paid for each. Raises `SetupError`."""
    inner = as_dict(options.get("generationConfig"))
    for values in (options, inner):
        for name in ("n", "candidateCount", "candidate_count", "n_cmpl"):
            if values.get(name) not in (None, 1):
                raise SetupError(
                    f"One attempt is one answer, so {name} must be 1. For more, call generate or retry again."
                )


def whole_text(event: Event) -> Event:
    """The event without halves of characters; those of growing texts may find their other one in the next event."""
    if isinstance(event, TextDelta | ReasoningDelta):
        return event
    texts = {item.name: value for item in fields(event) if isinstance(value := getattr(event, item.name), str)}
    return replace(event, **{name: mended(text) for name, text in texts.items()})  # type: ignore[arg-type]
