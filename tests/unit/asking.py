"""A provider as a user names it, and the request that it makes."""

from __future__ import annotations

from nbstream.providers import Format, resolve
from nbstream.wire import Ask, Request, Secret

KEY = "sk-planted-0123456789"
AZURE = "https://me.openai.azure.com"


def found(model: str, base_url: str | None = None, api_key: str | None = None) -> Format:
    provider = resolve(model, base_url=base_url, api_key=api_key)
    assert isinstance(provider, Format)
    return provider


def asked(provider: Format, prompt: str = "Hi", **options: object) -> Request:
    provider.check(options)
    return provider.request(Ask("att_1", provider.model, [{"role": "user", "content": prompt}], options))


def shown(request: Request) -> dict[str, str]:
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in request.headers.items()}
