"""Lets in only requests with this process's key, meant for this address, and not sent by a web page."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from .refusals import Refused


@dataclass(slots=True)
class Gate:
    """A pure ASGI layer: starlette's BaseHTTPMiddleware would hide the client's disconnect."""

    app: ASGIApp
    key: str
    port: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer why not."""
        refusal = self.refusal_of(Headers(scope=scope)) if scope["type"] == "http" else None
        await (refusal.response() if refusal else self.app)(scope, receive, send)

    def refusal_of(self, headers: Headers) -> Refused | None:
        """Why this request is not let in, if it is not."""
        # Host and Origin first: a rebound name or a web page must not even learn whether its key was right.
        if headers.get("host") not in (f"127.0.0.1:{self.port}", f"localhost:{self.port}"):
            return Refused("This server answers only to 127.0.0.1 and localhost.", status=421, code="wrong_host")
        if "origin" in headers:
            return Refused("This server does not answer web pages.", status=403, code="origin_refused")
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if not given:
            return Refused("The header `Authorization: Bearer KEY` is missing.", status=401, code="missing_api_key")
        if scheme.lower() != "bearer":
            return Refused("The Authorization header must begin with `Bearer`.", status=401, code="invalid_api_key")
        if not hmac.compare_digest(given.strip().encode(), self.key.encode()):
            return Refused("The key is not that of this process.", status=401, code="invalid_api_key")
        return None
