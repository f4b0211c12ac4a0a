"""The providers: `resolve` finds the one that is meant; the classes serve for explicit construction.

A new service is a row in `services.py`. A new wire format is one file with a subclass of `Format`; an object with
`name`, `model`, `base_url`, `request` and `decode` may be given to `generate(model=...)` as it is.
"""

from __future__ import annotations

import os

from ..errors import UnknownModel, near
from ..wire import Provider
from .anthropic_messages import AnthropicMessages
from .base import Format
from .demo import Demo
from .gemini import Gemini
from .llamacpp_completion import LlamaCppCompletion
from .lmstudio_chat import LMStudioChat
from .ollama import Ollama, OllamaGenerate
from .openai_chat import OpenAIChat
from .openai_completions import OpenAICompletions
from .openai_responses import OpenAIResponses
from .openrouter import OpenRouter
from .services import ALIASES, TABLE, Service, at
from .tgi_generate import TgiGenerate

__all__ = [
    "AnthropicMessages",
    "Demo",
    "Format",
    "Gemini",
    "LMStudioChat",
    "LlamaCppCompletion",
    "Ollama",
    "OllamaGenerate",
    "OpenAIChat",
    "OpenAICompletions",
    "OpenAIResponses",
    "OpenRouter",
    "Provider",
    "Service",
    "TgiGenerate",
    "resolve",
]

ROUTES: dict[str, type[Format]] = {
    kind.route: kind
    for kind in (
        OpenAIChat,
        OpenAICompletions,
        OpenAIResponses,
        OpenRouter,
        AnthropicMessages,
        Gemini,
        Ollama,
        OllamaGenerate,
        LlamaCppCompletion,
        LMStudioChat,
        TgiGenerate,
    )
}
"""The wire formats, by the name that a service, or a user who wants another one, gives them."""

WITHOUT_ROLES = ("gpt-3.5-turbo-instruct", "davinci-002", "babbage-002")
"""OpenAI models that know legacy completions alone."""


def resolve(model: str | Provider | None, *, base_url: str | None = None, api_key: str | None = None) -> Provider:
    """The provider for `"provider:model"`, a model at `base_url`, or a provider object, ready to ask.

    A service that speaks several wire formats is asked in another one by `"provider/format:model"`, such as
    `"vllm/completions:my-model"` for legacy completions; formats are `chat`, `completions`, `responses`, `messages`
    (Anthropic's), `generateContent` (Gemini's), `ollama` and `generate` (Ollama's), `completion` (llama.cpp's),
    `lmstudio` and `generate_stream` (TGI's).

    `model=None` means `NBSTREAM_MODEL`, and without that the embedded model. Raises `SetupError`.
    """
    if model is not None and not isinstance(model, str):
        if not isinstance(model, Provider):
            raise UnknownModel(f"model must be text such as 'openai:gpt-4.1-mini' or a provider, not {model!r}.")
        return model
    name = (model or os.environ.get("NBSTREAM_MODEL") or ("" if base_url else "demo")).strip()
    if name == "demo" and base_url is None:
        return Demo()
    service, route, model_name = find_service(name, base_url)
    if not route and service.route == "chat" and model_name.startswith(WITHOUT_ROLES):
        route = "completions"
    return ROUTES[route or service.route](model_name, base_url=base_url, api_key=api_key, service=service)


def find_service(name: str, base_url: str | None) -> tuple[Service, str, str]:
    """The service, the wire format if one is named, and the model's own name, which may hold colons too."""
    prefix, mark, rest = name.partition(":")
    known, slash, route = prefix.partition("/")
    if mark and known in TABLE and (not slash or route in ROUTES):
        if not rest:
            raise UnknownModel(f"{name!r} names no model. Write {prefix + ':<model>'!r}.")
        return TABLE[known], route, rest
    if base_url:
        if not name:
            raise UnknownModel("base_url needs the model's name too: generate(prompt, 'my-model', base_url=...).")
        return at(base_url), "", name
    if mark and slash and known in TABLE:
        raise UnknownModel(f"{route!r} is no wire format.{near(route, ROUTES)} Known are {', '.join(sorted(ROUTES))}.")
    if mark:
        meant = f" Did you mean {ALIASES[prefix.lower()]!r}?" if prefix.lower() in ALIASES else near(prefix, TABLE)
        raise UnknownModel(
            f"There is no provider {prefix!r}.{meant} Known are {', '.join(sorted(TABLE))} and demo; "
            "any other OpenAI-compatible server works with base_url=..."
        )
    raise UnknownModel(
        f"{name!r} does not say whose model it is.{near(name, [*TABLE, 'demo'])} "
        f"Write it as 'openai:{name}', or give base_url=... for a server of your own."
    )
