"""Where a service is and which key goes there."""

from __future__ import annotations

import base64
import os
from urllib.parse import urlsplit, urlunsplit

from ..errors import MissingKey, SetupError
from ..wire import Secret
from .services import Service


def locate(service: Service, base_url: str | None, api_key: str | None) -> tuple[str, Secret | None]:
    """The address to ask, and what goes into its key header.

    A key from the environment goes only where the environment or the table says: an address that the call names
    gets the key that the call names. Raises `SetupError`, and `MissingKey` where the service cannot do without.
    """
    if api_key is not None and (not isinstance(api_key, str) or not api_key.strip()):
        raise SetupError("api_key must be text and not empty.")
    address, credentials = clean_base_url(base_url or from_environment(service.base_url_variables) or service.base_url)
    key = api_key or (None if base_url else from_environment(service.key_variables))
    if key:
        return address, Secret(service.key_prefix + key.strip())
    if credentials:
        return address, Secret("Basic " + base64.b64encode(credentials.encode()).decode())
    if service.key_needed and not base_url:
        raise MissingKey(
            f"{service.name} needs a key. Set the environment variable {service.key_variables[0]}, or give "
            "generate(api_key=...). Nothing was sent."
        )
    return address, None


def from_environment(variables: tuple[str, ...]) -> str | None:
    """The first of these variables that is set to something."""
    return next((value for name in variables if (value := os.environ.get(name, "").strip())), None)


def clean_base_url(base_url: str) -> tuple[str, str | None]:
    """The address as the user means it, without credentials, and the credentials.

    A missing scheme is http on this machine and https elsewhere; a bare host gets `/v1`; the full address of a
    route is cut back to its base. Raises `SetupError`.
    """
    text = base_url.strip()
    if "://" not in text:
        local = text.partition(":")[0].partition("/")[0] in ("localhost", "127.0.0.1", "[", "0.0.0.0")
        text = ("http://" if local else "https://") + text
    parts = urlsplit(text)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if parts.scheme not in ("http", "https") or not host:
        raise SetupError(f"base_url must look like http://localhost:8000/v1, not {hide(base_url)!r}.")
    name = f"[{host}]" if ":" in host else host
    path = parts.path.rstrip("/")
    for route in ("/chat/completions", "/completions", "/responses"):
        path = path.removesuffix(route)
    clean = urlunsplit((parts.scheme, f"{name}:{port}" if port else name, path or "/v1", parts.query, ""))
    return clean, parts.netloc.rpartition("@")[0] or None


def hide(base_url: str) -> str:
    """An address without the credentials in it."""
    scheme, mark, rest = base_url.partition("://")
    return scheme + mark + rest.rpartition("@")[2] if mark else base_url.rpartition("@")[2]
