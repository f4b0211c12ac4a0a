"""Where a service is and which key goes there."""

from __future__ import annotations

import base64
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from ..errors import MissingKey, SetupError
from ..wire import Secret
from .services import Service

OPENAI_ROUTES = "/chat/completions|/completions|/responses"
KEYS_IN_A_QUERY = ("key", "api_key", "api-key", "apikey", "access_token", "token")


@dataclass(frozen=True, slots=True)
class Location:
    """Where to ask and with what; `known` if the environment or the table named the address, not the call."""

    base_url: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)  # some services take the key there
    key: Secret | None = None
    key_header: str = "Authorization"
    known: bool = True


def locate(
    service: Service,
    base_url: str | None,
    api_key: str | None,
    *,
    model: str = "",
    root: str = "/v1",
    routes: str = OPENAI_ROUTES,
    spell: Callable[[str], str] = str.strip,
) -> Location:
    """The address to ask, and what goes into its key header.

    A key from the environment goes only where the environment or the table says: any other address that the call
    names gets the key that the call names. Raises `SetupError`, and `MissingKey` where the service cannot do without.
    """
    if api_key is not None and (not isinstance(api_key, str) or not api_key.strip()):
        raise SetupError("api_key must be text and not empty.")
    named = base_url or from_environment(service.base_url_variables) or service.base_url
    if not named:
        raise SetupError(
            f"{service.name} has an address for each customer. Set the environment variable "
            f"{service.base_url_variables[0]}, or give generate(base_url=...)."
        )
    address, credentials, query = clean_base_url(spell(named), root, routes)
    known = not base_url or belongs(service, address)
    in_query = query_key(query)
    if known and not address.endswith("/openai/v1"):
        for variable, name in service.query_variables:
            if name not in query and (value := from_environment((variable,))):
                query[name] = value
    if service.deployments:
        address = azure_base(address, model, query)
    header, prefix, key = service.key_header, service.key_prefix, api_key or in_query
    if known and not key and not (key := from_environment(service.key_variables)):
        header, prefix, key = "Authorization", "Bearer ", from_environment(service.token_variables)
    if not key and credentials:
        header, prefix, key = "Authorization", "Basic ", base64.b64encode(unquote(credentials).encode()).decode()
    if key:
        return Location(address, query, Secret(prefix + sendable(key.strip())), header, known)
    if service.key_needed and known:
        raise MissingKey(
            f"{service.name} needs a key. Set the environment variable {service.key_variables[0]}, or give "
            "generate(api_key=...). Nothing was sent."
        )
    return Location(address, query, None, service.key_header, known)


def key_named(variable: str | None) -> str | None:
    """The key in a variable of the environment that a command or a cell names. Raises `SetupError`.

    Never the key itself there: others may read the one on the machine, and the other is saved with its notebook.
    """
    if variable is None:
        return None
    if not (key := from_environment((variable,))):
        raise SetupError(f"The environment variable {variable} is not set. Set it before you start, or name another.")
    return key


def from_environment(variables: tuple[str, ...]) -> str | None:
    """The first of these variables that is set to something."""
    return next((value for name in variables if (value := os.environ.get(name, "").strip())), None)


def sendable(key: str) -> str:
    """The key, if a header can carry it: the libraries' own complaint would show it."""
    if not (key.isascii() and key.isprintable()):
        raise SetupError(
            "The key has characters that no key has: line breaks, blanks or typographic marks. Copy it anew."
        )
    return key


def query_key(query: dict[str, str]) -> str | None:
    """A key that was given in the address, taken out of it: addresses are shown and logged."""
    found = [query.pop(name) for name in list(query) if name.lower() in KEYS_IN_A_QUERY]
    return found[0] if found else None


def belongs(service: Service, address: str) -> bool:
    """Whether the table knows this address, however it got here, as the service's own."""
    there, own = urlsplit(address), urlsplit(service.base_url)
    if service.base_url and (there.scheme, there.netloc) == (own.scheme, own.netloc):
        return True
    host = there.hostname or ""
    return there.scheme == "https" and any(host == end or host.endswith("." + end.lstrip(".")) for end in service.hosts)


def clean_base_url(
    base_url: str, root: str = "/v1", routes: str = OPENAI_ROUTES
) -> tuple[str, str | None, dict[str, str]]:
    """The address as the user means it, without credentials and query; the credentials; the query.

    A missing scheme is http on this machine and https elsewhere; a bare host gets `root`; the full address of a
    route (`routes`, a regular expression) is cut back to its base. Raises `SetupError`.
    """
    text = base_url.strip()
    if "://" not in text:
        local = text.partition(":")[0].partition("/")[0] in ("localhost", "127.0.0.1", "[", "0.0.0.0")
        text = ("http://" if local else "https://") + text
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in ("http", "https") or not host:
        raise SetupError(f"base_url must look like http://localhost:8000/v1, not {hide(base_url)!r}.")
    name = f"[{host}]" if ":" in host else host
    path = re.sub(rf"(?:{routes})/*$", "", parts.path.rstrip("/")).rstrip("/")
    clean = urlunsplit((parts.scheme, f"{name}:{port}" if port else name, path or root, "", ""))
    return clean, parts.netloc.rpartition("@")[0] or None, dict(parse_qsl(parts.query))


def hide(base_url: str) -> str:
    """An address without the credentials and the query in it."""
    scheme, mark, rest = base_url.partition("?")[0].partition("://")
    return scheme + mark + rest.rpartition("@")[2] if mark else scheme.rpartition("@")[2]


def azure_base(address: str, deployment: str, query: Mapping[str, str]) -> str:
    """Azure's classic address, which holds the deployment, where an API version is given; else its v1 address.

    https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
    """
    if "/deployments/" in address or address.endswith("/openai/v1"):
        return address
    endpoint = address.removesuffix("/v1").removesuffix("/openai")
    if "api-version" in query:
        return f"{endpoint}/openai/deployments/{quote(deployment, safe='')}"
    return f"{endpoint}/openai/v1"


def ollama_host(text: str) -> str:
    """The URL for a value of `OLLAMA_HOST`, by Ollama's own rule (envconfig/config.go), as a client needs it.

    Without a scheme it is http and port 11434; with one, the scheme's own port. Every address of the machine,
    which a server listens at, is this machine for a client.
    """
    value = text.strip().strip("\"'")
    scheme, mark, rest = value.partition("://")
    if not mark:
        scheme, rest = ("https" if value == "ollama.com" else "http"), value
    standard = 443 if scheme == "https" else 80 if mark else 11434
    place, _, path = rest.partition("/")
    credentials, at, place = place.rpartition("@")
    match = re.fullmatch(r"\[([^]]*)\](?::(.*))?|([^:]*)(?::([^:]*))?", place)
    host, port = (match[1] or match[3] or "", match[2] or match[4] or "") if match else (place, "")
    number = int(port) if port.isascii() and port.isdigit() and int(port[:6]) <= 65535 else standard
    try:
        address = ipaddress.ip_address(host)
        if address.is_unspecified:
            address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
        host = f"[{address}]" if address.version == 6 else str(address)
    except ValueError:
        host = host or "127.0.0.1"
    shown = "" if number == (443 if scheme == "https" else 80) else f":{number}"
    return f"{scheme}://{credentials}{at}{host}{shown}" + (f"/{path.rstrip('/')}" if path.rstrip("/") else "")
