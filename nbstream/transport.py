"""httpx: opens a stream, reads it, closes it, and says in words what went wrong. The one `import httpx`.

HTTP/1.1 only: over HTTP/2 httpcore sends no RST_STREAM when a response is given up, so the server would
generate on (httpcore#943). One client per attempt, always closed: closing is what stops the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import ssl
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import httpx

from .backoff import retry_after_s, should_retry
from .errors import (
    BadRequest,
    ConnectFailed,
    NotAStream,
    ProviderError,
    ServerError,
    StreamBroken,
    TimedOut,
)
from .framing import HEADER, Record, decoder
from .network import Network
from .proxies import VARIABLES, by_proxy, proxy_of
from .refusals import meaning, said_by
from .wire import Request, Secret, no_connection, nothing_sent

BODY_LIMIT = 16 * 1024 * 1024
ERROR_LIMIT = 64 * 1024
ERROR_S = 5.0
FETCH_S = 30.0
TURN = 16 * 1024
"""Bytes that are taken in one go; full of small events they take some milliseconds."""


class HttpTransport:
    """The real transport."""

    async def records(self, request: Request) -> AsyncGenerator[list[Record], None]:
        """Send a request and yield its records as they arrive, one list per read.

        Cancelling the reading task closes the connection. Raises `ProviderError` for everything else.
        """
        with said_in_words(request):
            async with answer(request) as response:
                if response.status_code >= 400:
                    error = refused(response, await error_body(response), request)
                    error.retry_after_s = retry_after_s(response.headers)
                    raise error
                if response.status_code >= 300:
                    raise redirected(response, request)
                kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
                if kind in ("text/html", "application/xhtml+xml"):
                    raise NotAStream(
                        f"{place(request)} answered with a web page instead of a stream. "
                        "Check base_url: it usually ends in /v1."
                    )
                if kind == "application/json" and request.framing == "sse":
                    yield [whole(await read_body(response, BODY_LIMIT))]
                    return
                if name := response.headers.get(request.id_header or ":"):
                    yield [Record(name, HEADER)]
                frames = decoder(request.framing)
                # the decoder of what is not encoded costs some microseconds for each chunk
                encoded = "content-encoding" in response.headers
                async for chunk in response.aiter_bytes() if encoded else response.aiter_raw():
                    for start in range(0, len(chunk), TURN):
                        if start:  # a flood: leave the loop time for a stop, and for other streams
                            await asyncio.sleep(0)
                        if records := frames.feed(chunk[start : start + TURN]):
                            yield records
                if records := frames.flush():
                    yield records

    async def fetch(self, request: Request) -> object | None:
        """The JSON that a plain GET (or a POST, with a body) is answered with, `None` for any other outcome.

        All of it must have come `FETCH_S` after it was asked for: nobody can stop a server that drips here.
        """
        failures = (httpx.HTTPError, httpx.InvalidURL, ProviderError, ValueError, RecursionError, TimeoutError)
        with contextlib.suppress(*failures):
            async with asyncio.timeout(FETCH_S), answer(request) as response:
                body = await read_body(response, ERROR_LIMIT)
                return json.loads(body) if response.status_code == 200 else None
        return None


async def download(request: Request, limit: int) -> bytes:
    """The bytes that a plain GET is answered with, as they are on the server. Raises `ProviderError`."""
    try:
        async with answer(request) as response:
            if response.status_code != 200:
                raise ServerError(f"{place(request)} answered {response.status_code}.")
            data = await read_bytes(response, limit)
    except httpx.TimeoutException:
        raise TimedOut(f"{place(request)} did not answer in time.") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ConnectFailed(f"{place(request)} could not be reached: {cause(error, request)}.") from None
    if len(data) > limit:
        raise NotAStream(f"{place(request)} sent more than the {limit:,} bytes that were expected.")
    return data


@contextlib.asynccontextmanager
async def answer(request: Request) -> AsyncGenerator[httpx.Response, None]:
    """Send the request; every socket that was opened for it is closed when the context ends.

    httpcore alone would not see to that: a cancel in the midst of a TLS handshake loses it the socket.
    """
    network = Network(request.gather)
    line = request.line
    line.hang_up, line.give_up, line.then = network.close, network.give_up, network.then
    try:
        async with open_client(request, network) as client, client.stream(**asked(request)) as response:
            network.answered(response.headers.get("transfer-encoding", "").lower() == "chunked")
            yield response
    finally:
        network.close()
        line.hang_up, line.give_up, line.then = no_connection, nothing_sent, None


def open_client(request: Request, network: Network) -> httpx.AsyncClient:
    """A client for one request. What is wrong with the environment shows here. Raises `BadRequest`."""
    timeout = httpx.Timeout(connect=request.connect_s, read=request.read_s, write=30.0, pool=None)
    try:
        certificates = tls_context()
    except OSError as error:
        raise BadRequest(
            f"The certificates cannot be read: {error.strerror or error}. Check SSL_CERT_FILE and SSL_CERT_DIR."
        ) from None
    try:
        client = httpx.AsyncClient(
            http2=False, verify=certificates, timeout=timeout, trust_env=not request.direct, follow_redirects=False
        )
    except (ValueError, ImportError, httpx.InvalidURL) as error:  # they repeat the address, with its password
        why = "its package is missing: pip install 'httpx[socks]'" if isinstance(error, ImportError) else "it is no URL"
        raise BadRequest(
            f"A proxy that the environment names cannot be used: {why}. Check {VARIABLES} and NO_PROXY."
        ) from None
    # httpx has no word for this setting of its pools, direct or through a proxy
    for way in (client._transport, *client._mounts.values()):
        if isinstance(way, httpx.AsyncHTTPTransport):
            way._pool._network_backend = network
    return client


def asked(request: Request) -> dict[str, Any]:
    """The request in httpx's words."""
    if (httpx.URL(request.url).port or 0) > 65535:
        raise httpx.InvalidURL("there is no port above 65535")
    # identity: a compressed stream would be held back until the compressor's block is full
    headers = {"accept-encoding": "identity"} | {
        name: value.reveal() if isinstance(value, Secret) else value for name, value in request.headers.items()
    }
    if request.body is None:
        return {"method": "GET", "url": request.url, "headers": headers}
    accept = "text/event-stream" if request.framing == "sse" else "application/x-ndjson"
    return {"method": "POST", "url": request.url, "headers": {"accept": accept} | headers, "json": request.body}


@functools.cache
def tls_context() -> ssl.SSLContext:
    """One for all clients: reading the certificates costs some 20 ms."""
    return httpx.create_ssl_context()


async def read_body(response: httpx.Response, limit: int) -> str:
    """A text that is no stream, as far as `limit` bytes."""
    return (await read_bytes(response, limit))[:limit].decode("utf-8", "replace")


async def read_bytes(response: httpx.Response, limit: int) -> bytes:
    """A body; no more of it is read once it is longer than `limit`."""
    parts: list[bytes] = []
    size = 0
    async for chunk in response.aiter_bytes():
        parts.append(chunk)
        size += len(chunk)
        if size > limit:
            break
    return b"".join(parts)


async def error_body(response: httpx.Response) -> str:
    """What the server says about a refusal; its status counts even if the words never come."""
    with contextlib.suppress(httpx.HTTPError, TimeoutError):
        async with asyncio.timeout(ERROR_S):
            return await read_body(response, ERROR_LIMIT)
    return ""


def whole(body: str) -> Record:
    """A server that ignores `stream` answers in one piece."""
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        raise NotAStream(
            "The server promised JSON and sent something else. Check base_url, and that the server is up to date."
        ) from None
    return Record(body, whole=True)


@contextlib.contextmanager
def said_in_words(request: Request) -> Iterator[None]:
    """Turn httpx's exceptions into ours. Their texts may hold the URL or a header, so no cause is chained."""
    limits = f"connect {request.connect_s:g} s, silence {request.read_s or 0:g} s"
    try:
        yield
    except httpx.ConnectTimeout:
        raise TimedOut(
            f"No connection to {place(request)} within {request.connect_s:g} s. Is the server up and reachable?"
            + by_proxy(request)
        ) from None
    except httpx.ReadTimeout:
        silent = TimedOut(
            f"{place(request)} sent nothing for {request.read_s:g} s, so the connection was closed. "
            "If its model may think longer, give generate(timeout=...) more seconds."
        )
        silent.retryable = False  # the server may have been thinking all that time, and bill for it
        raise silent from None
    except httpx.TimeoutException:
        raise TimedOut(f"{place(request)} did not take the request in time ({limits}). Try again.") from None
    except httpx.ConnectError as error:
        raise unconnected(error, request) from None
    except httpx.ProxyError as error:
        raise BadRequest(
            f"The proxy {proxy_of(request)} gives no way to {place(request)}: {cause(error, request)}. "
            f"Check {VARIABLES} (http://user:password@host:port), or name the host in NO_PROXY."
        ) from None
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.DecodingError) as error:
        raise StreamBroken(
            f"The connection to {place(request)} broke off: {cause(error, request)}. What came before it is kept; "
            "retry, or look at the server's log." + by_proxy(request)
        ) from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise BadRequest(
            f"The request to {place(request)} cannot be made: {cause(error, request)}. Check base_url."
        ) from None
    except (httpx.LocalProtocolError, UnicodeEncodeError):  # h11's own words repeat the header, so the key
        raise BadRequest(
            f"The request to {place(request)} cannot be made: a header or the text holds characters that may "
            "not be sent. Check the key: was something copied along with it?"
        ) from None
    except httpx.HTTPError as error:
        raise ConnectFailed(f"The request to {place(request)} failed: {cause(error, request)}. Try again.") from None


def refused(response: httpx.Response, body: str, request: Request) -> ProviderError:
    """The error for a status of 400 and above: what the server said, then what to do."""
    status = response.status_code
    said = request.scrub(said_by(request.scrub(body)))  # twice: said in part, a key is not found any more
    kind, advice = meaning(status)
    between = by_proxy(request) if status >= 500 or status == 407 else ""
    error = kind(f"{place(request)} answered {status}{': ' + said if said else '.'} {advice}{between}")
    error.status = status
    # a quota that is used up comes as 429 too, and no wait brings it back
    error.retryable = should_retry(status, response.headers) and "insufficient_quota" not in body
    return error


def unconnected(error: httpx.ConnectError, request: Request) -> ConnectFailed:
    """The error for a connection, or its TLS, that did not come about."""
    why = cause(error, request)
    advice = "Is the server running, and is base_url right?"
    if "SSL" in why:
        advice = "If it speaks no TLS, base_url begins with http://; trust for a certificate comes by SSL_CERT_FILE."
    failed = ConnectFailed(f"Could not connect to {place(request)}: {why}. {advice}{by_proxy(request)}")
    failed.retryable = not any(word in why for word in ("CERTIFICATE", "WRONG_VERSION"))  # no wait mends those
    return failed


def redirected(response: httpx.Response, request: Request) -> BadRequest:
    """Redirects are not followed: the key would go to whoever the address names."""
    target = response.headers.get("location", "elsewhere")
    return BadRequest(
        f"{place(request)} redirects to {request.scrub(target)}. "
        "If you trust that address, give it as base_url; the key is not sent on by itself."
    )


def place(request: Request) -> str:
    """The server's address without path, query or credentials."""
    try:
        url = httpx.URL(request.url)
    except httpx.InvalidURL:
        return "an address that is none"
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}"


def cause(error: Exception, request: Request) -> str:
    """What an exception says, without a full stop; h11's may repeat what the server sent."""
    return request.scrub(str(error)).strip().rstrip(".") or type(error).__name__
