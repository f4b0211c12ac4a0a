"""Sends what an engine generates, as a stream or whole, and ends the engine when the client leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from .engine import Engine, Piece
from .shapes import DONE, Shapes, event

CLIENT_LEFT = 499  # nginx's code; nobody is there to read it


class StreamedAnswer(StreamingResponse):
    """Server-sent events. Starlette cancels the body when the client disconnects, as it does in vLLM."""

    def __init__(self, engine: Engine, shapes: Shapes) -> None:
        self.engine = engine
        super().__init__(
            events(engine, shapes),
            media_type="text/event-stream",
            headers={
                "Cache-Control": "no-cache",
                "X-Accel-Buffering": "no",
                "X-Generation-Id": engine.generation.id,
            },
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; whatever ends the sending ends the generation."""

        async def received() -> Message:
            message = await receive()
            # Starlette's own cancel waits for a moment when nothing is ready to be sent, which a busy server never has.
            if message["type"] == "http.disconnect":
                self.engine.cancel()
            return message

        try:
            await super().__call__(scope, received, send)
        finally:
            self.engine.cancel()


async def events(engine: Engine, shapes: Shapes) -> AsyncGenerator[bytes, None]:
    """One event for each token that has text to show; events that are due together travel together."""
    generation, pieces = engine.generation, engine.pieces
    item = await pieces.get()
    batch = [event(chunk) for chunk in shapes.opening()]
    while item is not None:
        batch.append(event(shapes.text(item.text, item.tokens)))
        sent = item.tokens
        if pieces.empty():
            generation.sent_tokens = sent
            yield b"".join(batch)
            batch.clear()
            item = await pieces.get()
        else:
            item = pieces.get_nowait()
    if generation.finish_reason is None:
        yield b"".join([*batch, event({"error": {"message": "The generation was ended.", "type": "server_error"}})])
        return
    generation.sent_tokens = generation.generated_tokens
    batch.append(event(shapes.finish()))
    if engine.ask.include_usage:
        batch.append(event(shapes.final_usage()))
    yield b"".join([*batch, DONE])


async def whole(engine: Engine, shapes: Shapes, request: Request) -> Response:
    """The answer in one piece, unless the client leaves before."""
    gone = asyncio.create_task(left(request))
    try:
        await asyncio.wait({engine.task, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        engine.cancel()
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
    if engine.generation.finish_reason is None:
        return Response(status_code=CLIENT_LEFT)
    engine.generation.sent_tokens = engine.generation.generated_tokens
    pieces: list[Piece | None] = []
    while not engine.pieces.empty():
        pieces.append(engine.pieces.get_nowait())
    text = "".join(piece.text for piece in pieces if piece is not None)
    return JSONResponse(shapes.whole(text), headers={"X-Generation-Id": engine.generation.id})


async def left(request: Request) -> None:
    """The client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
