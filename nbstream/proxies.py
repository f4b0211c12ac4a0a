"""The proxy that the environment puts before a server, for the words of an error; httpx itself chooses the way."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from .wire import Request

VARIABLES = "HTTP_PROXY, HTTPS_PROXY and ALL_PROXY"


def proxy_of(request: Request) -> str | None:
    """The proxy's address without credentials, or `None` for a server that is asked directly."""
    try:
        url = urlsplit(request.url)
        proxies = getproxies()
        proxy = proxies.get(url.scheme) or proxies.get("all")
        if request.direct or not proxy or not url.hostname or proxy_bypass(url.hostname):
            return None
        return proxy.rpartition("://")[2].rpartition("@")[2].rstrip("/")
    except ValueError:
        return None


def by_proxy(request: Request) -> str:
    """A sentence more, where a proxy stands between: it may be the one that fails."""
    proxy = proxy_of(request)
    return f" It was asked through the proxy {proxy} ({VARIABLES}; NO_PROXY names exceptions)." if proxy else ""
