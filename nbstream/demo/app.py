"""The routes of the embedded server: completions as OpenAI has them, and what a generation really cost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from .answers import StreamedAnswer, whole
from .ask import CONTEXT, MODEL, Ask, read_chat, read_legacy
from .engine import Engine
from .gate import Gate
from .ledger import Ledger
from .refusals import Refused
from .shapes import Shapes

LARGEST_BODY = 4 * 1024 * 1024
ALIAS = re.compile(r"[A-Za-z0-9_-]{1,128}")


class Service:
    """The routes and what they share. All of it runs on the server's one event loop."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.engines: set[Engine] = set()

    async def chat(self, request: Request) -> Response:
        """`POST /v1/chat/completions`."""
        return await self.complete(request, read_chat, chat=True)

    async def legacy(self, request: Request) -> Response:
        """`POST /v1/completions`."""
        return await self.complete(request, read_legacy, chat=False)

    async def models(self, request: Request) -> Response:
        """`GET /v1/models`."""
        model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "nbstream", "max_model_len": CONTEXT}
        return JSONResponse({"object": "list", "data": [model]})

    async def generation(self, request: Request) -> Response:
        """`GET /v1/generation?id=`: the counts, as soon as generation has really ended."""
        name = request.query_params.get("id", "")
        found = self.ledger.find(name)
        if found is None:
            raise Refused(f"No generation has the id {name[:128]!r}.", status=404, param="id", code="not_found")
        if found.closed_s is None:
            raise Refused("This generation has not ended yet.", status=404, param="id", code="not_ready")
        return JSONResponse({"data": found.as_json()})

    def cancel_all(self) -> None:
        """End all generations. Call it on the server's loop."""
        for engine in list(self.engines):
            engine.cancel()

    async def complete(self, request: Request, read: Callable[[object], Ask], chat: bool) -> Response:
        """Answer a request for a completion, as a stream or whole."""
        alias = request.headers.get("x-request-id")
        if alias is not None and not ALIAS.fullmatch(alias):
            raise Refused("`X-Request-Id` must be 1 to 128 characters of A-Z, a-z, 0-9, `_` and `-`.")
        ask = read(await json_of(request))
        generation = self.ledger.open("chatcmpl" if chat else "cmpl", ask.prompt_tokens, ask.stream, alias)
        engine = Engine(ask, generation)
        self.engines.add(engine)
        engine.task.add_done_callback(lambda _: self.engines.discard(engine))
        shapes = Shapes(chat, generation, ask.continuous_usage)
        return StreamedAnswer(engine, shapes) if ask.stream else await whole(engine, shapes, request)


def application(service: Service, key: str, port: int) -> ASGIApp:
    """The whole application, behind its gate."""
    routes = [
        Route("/v1/chat/completions", service.chat, methods=["POST"]),
        Route("/v1/completions", service.legacy, methods=["POST"]),
        Route("/v1/models", service.models, methods=["GET"]),
        Route("/v1/generation", service.generation, methods=["GET"]),
    ]
    return Gate(Starlette(routes=routes, exception_handlers={Refused: refused, HTTPException: no_route}), key, port)


async def json_of(request: Request) -> object:
    """The body as JSON. Raises `Refused`."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > LARGEST_BODY:
            raise Refused(f"The body is larger than {LARGEST_BODY} bytes.", status=413, code="body_too_large")
    try:
        body: object = json.loads(data)
    except (ValueError, RecursionError):
        raise Refused("The body is not valid JSON.", code="invalid_json") from None
    return body


async def refused(request: Request, error: Exception) -> Response:
    """A refusal in the shape of OpenAI's errors."""
    assert isinstance(error, Refused)
    return error.response()


async def no_route(request: Request, error: Exception) -> Response:
    """A path or a method that is not served, in the same shape."""
    assert isinstance(error, HTTPException)
    path = f"{request.method} {request.url.path}"
    return Refused(f"{path}: {error.detail}.", status=error.status_code, code="unknown_route").response()
