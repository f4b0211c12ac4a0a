"""The providers: `resolve` finds the one that is meant; the classes serve for explicit construction.

A new service is a row in `services.py`. A new wire format is one file with a subclass of `Format`; an object with
`name`, `model`, `base_url`, `request` and `decode` may be given to `generate(model=...)` as it is.
"""

from __future__ import annotations

import os

from ..errors import UnknownModel, near
from ..wire import Provider
from .base import Format
from .demo import Demo
from .openai_chat import OpenAIChat
from .openai_completions import OpenAICompletions
from .services import TABLE, Service, at

__all__ = ["Demo", "Format", "OpenAIChat", "OpenAICompletions", "Provider", "Service", "resolve"]

WITHOUT_ROLES = ("gpt-3.5-turbo-instruct", "davinci-002", "babbage-002")
"""OpenAI models that know legacy completions alone."""


def resolve(model: str | Provider | None, *, base_url: str | None = None, api_key: str | None = None) -> Provider:
    """The provider for `"provider:model"`, a model at `base_url`, or a provider object, ready to ask.

    `model=None` means `NBSTREAM_MODEL`, and without that the embedded model. Raises `SetupError`.
    """
    if model is not None and not isinstance(model, str):
        if not isinstance(model, Provider):
            raise UnknownModel(f"model must be text such as 'openai:gpt-4.1-mini' or a provider, not {model!r}.")
        return model
    name = (model or os.environ.get("NBSTREAM_MODEL") or ("" if base_url else "demo")).strip()
    if name == "demo" and base_url is None:
        return Demo()
    service, model_name = find_service(name, base_url)
    kind = OpenAICompletions if model_name.startswith(WITHOUT_ROLES) else OpenAIChat
    return kind(model_name, base_url=base_url, api_key=api_key, service=service)


def find_service(name: str, base_url: str | None) -> tuple[Service, str]:
    """The service and the model's own name in `"provider:model"`."""
    prefix, mark, rest = name.partition(":")
    if mark and prefix in TABLE:
        if not rest:
            raise UnknownModel(f"{name!r} names no model. Write {prefix + ':<model>'!r}.")
        return TABLE[prefix], rest
    if base_url:
        if not name:
            raise UnknownModel("base_url needs the model's name too: generate(prompt, 'my-model', base_url=...).")
        return at(base_url), name
    if mark:
        raise UnknownModel(
            f"There is no provider {prefix!r}.{near(prefix, TABLE)} Known are {', '.join(sorted(TABLE))} and demo; "
            "any other OpenAI-compatible server works with base_url=..."
        )
    raise UnknownModel(
        f"{name!r} does not say whose model it is.{near(name, [*TABLE, 'demo'])} "
        f"Write it as 'openai:{name}', or give base_url=... for a server of your own."
    )
