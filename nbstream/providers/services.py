"""The services, one row each: where they are, what names their key, and what they tell of a stopped stream.

Sources: reference pages of each service as of 2026-11. What happens after a close is each server's own code, a
measurement, or OpenRouter's published list of upstreams that honour a cancel (`LIST`); no service promises it in its
terms, so each row names its source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Billing = Literal["stops", "runs on", "unknown"]
Prefill = Literal["assistant", "prefix", "continue_final_message", "raw completion", "user turn"]
"""How a partial answer is handed back: as the last assistant message, as one marked `prefix`, with
`continue_final_message`, as the end of a raw prompt, or, where nothing else works, by a user turn that asks to go on."""

Places = Mapping[str, str]
"""Where an option stands in the body, if not under its own name: `{"max_tokens": "options.num_predict"}`."""

OPENAI = {"chat": "openai chat", "completions": "openai completions"}
RESPONSES = OPENAI | {"responses": "openai responses"}

SAMPLERS = frozenset(
    "top_k min_p typical_p repetition_penalty ignore_eos min_tokens chat_template_kwargs continue_final_message "
    "add_generation_prompt".split()
)
ROUTER = frozenset("top_k min_p top_a repetition_penalty provider models transforms plugins reasoning usage".split())
REASONING_MODELS = r"(o\d|gpt-5)"
PREFILLED_CLAUDES = r"(anthropic/)?claude-(instant|2|3|[a-z]+-4([.-]?[015])?(-\d{8}|-latest|:.*)?$)"
"""Claude models up to the 4.5 generation; the later ones refuse a trailing assistant message with a 400."""

LIST = "openrouter.ai/docs/api-reference/streaming, 2026-11"


@dataclass(frozen=True, slots=True)
class Service:
    """A service that speaks a wire format, and its ways."""

    name: str
    base_url: str = ""
    key_variables: tuple[str, ...] = ()
    """The first that is set counts; all are named where none is."""
    base_url_variables: tuple[str, ...] = ()
    header_variables: tuple[tuple[str, str], ...] = ()
    """Variables whose value goes into a header, as (variable, header)."""
    headers_variable: str = ""
    """The variable with further headers, in lines `Name: value`."""
    key_needed: bool = True
    key_header: str = "Authorization"
    key_prefix: str = "Bearer "
    token_variables: tuple[str, ...] = ()
    """Variables with a token for `Authorization: Bearer`, where keys have a header of their own."""
    rule: Literal["plain", "versioned", "ollama", "azure"] = "plain"
    """How an address of the user's is read (`address.py`)."""
    formats: Mapping[str, str] = field(default_factory=lambda: OPENAI)
    """The wire formats it speaks, the default one first; `"<service>-<name>:model"` asks for another."""
    usage: Literal["ask", "ask each", "ask timings", "unasked"] = "ask"
    """`ask`: `stream_options.include_usage`; `ask each`: with every chunk too; `ask timings`: llama.cpp's way of
    the same; `unasked`: comes by itself, or not at all."""
    options: frozenset[str] = frozenset()
    """Options that it knows beyond those of its wire format."""
    places: Places = field(default_factory=dict)
    places_for: str = ""
    """Only models whose name begins so (a pattern) have their options at `places`."""
    billing_after_stop: Billing = "unknown"
    billing_source: str = "Nothing is known of this server."
    prefill: Prefill = "user turn"
    prefill_models: str = ""
    """Only models whose name begins so (a pattern) take `prefill`; the others take a user turn."""
    prefill_base_url: str = ""
    """Where it takes a prefill, if not at `base_url`."""
    account: str = ""
    """Path of what tells later what a response really cost, with `{id}` in it."""

    def prefill_for(self, model: str) -> Prefill:
        """How this model is handed a partial answer."""
        return self.prefill if re.match(self.prefill_models, model) else "user turn"

    def places_of(self, model: str) -> Places:
        """Where this model's options stand."""
        return self.places if re.match(self.places_for, model) else {}


TABLE = {
    service.name: service
    for service in (
        Service(
            "openai",
            "https://api.openai.com/v1",
            ("OPENAI_API_KEY",),
            ("OPENAI_BASE_URL",),
            (("OPENAI_ORG_ID", "OpenAI-Organization"), ("OPENAI_PROJECT_ID", "OpenAI-Project")),
            "OPENAI_CUSTOM_HEADERS",
            formats=RESPONSES,
            places={"max_tokens": "max_completion_tokens"},
            places_for=REASONING_MODELS,
            billing_after_stop="stops",
            billing_source=f"OpenRouter lists OpenAI as stopping when the connection closes ({LIST}).",
        ),
        Service(
            "azure",
            "",
            ("AZURE_OPENAI_API_KEY",),
            ("AZURE_OPENAI_ENDPOINT",),
            key_header="api-key",
            key_prefix="",
            token_variables=("AZURE_OPENAI_AD_TOKEN",),
            rule="azure",
            formats=RESPONSES,
            places={"max_tokens": "max_completion_tokens"},
            places_for=REASONING_MODELS,
            billing_after_stop="stops",
            billing_source=f"OpenRouter lists Azure as stopping when the connection closes ({LIST}).",
        ),
        Service(
            "anthropic",
            "https://api.anthropic.com/v1",
            ("ANTHROPIC_API_KEY",),
            ("ANTHROPIC_BASE_URL",),
            headers_variable="ANTHROPIC_CUSTOM_HEADERS",
            key_header="x-api-key",
            key_prefix="",
            token_variables=("ANTHROPIC_AUTH_TOKEN",),
            rule="versioned",
            formats={"messages": "anthropic messages"},
            billing_after_stop="stops",
            billing_source=f"OpenRouter lists Anthropic as stopping when the connection closes ({LIST}).",
            prefill="assistant",
            prefill_models=PREFILLED_CLAUDES,
        ),
        Service(
            "gemini",
            "https://generativelanguage.googleapis.com/v1beta",
            ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
            ("GOOGLE_GEMINI_BASE_URL",),
            key_header="x-goog-api-key",
            key_prefix="",
            rule="versioned",
            formats={"generate": "gemini"},
            billing_after_stop="runs on",
            billing_source=f"OpenRouter lists Google as not stopping ({LIST}); others report that it does.",
        ),
        Service(
            "openrouter",
            "https://openrouter.ai/api/v1",
            ("OPENROUTER_API_KEY",),
            usage="unasked",
            options=ROUTER,
            billing_source=f"It passes a close on to some of its upstreams only ({LIST}); asked for afterwards.",
            prefill="assistant",
            prefill_models=PREFILLED_CLAUDES,
            account="/generation?id={id}",
        ),
        Service(
            "mistral",
            "https://api.mistral.ai/v1",
            ("MISTRAL_API_KEY",),
            usage="unasked",
            options=frozenset({"safe_prompt", "random_seed", "prompt_mode"}),
            places={"seed": "random_seed"},
            billing_after_stop="runs on",
            billing_source=f"OpenRouter lists Mistral as not stopping ({LIST}).",
            prefill="prefix",
        ),
        Service(
            "deepseek",
            "https://api.deepseek.com/v1",
            ("DEEPSEEK_API_KEY",),
            options=frozenset({"thinking"}),
            billing_after_stop="stops",
            billing_source=f"OpenRouter lists DeepSeek as stopping when the connection closes ({LIST}).",
            prefill="prefix",
            prefill_base_url="https://api.deepseek.com/beta",
        ),
        Service(
            "groq",
            "https://api.groq.com/openai/v1",
            ("GROQ_API_KEY",),
            options=frozenset({"reasoning_format", "include_reasoning"}),
            billing_after_stop="runs on",
            billing_source=f"OpenRouter lists Groq as not stopping ({LIST}).",
        ),
        Service(
            "ollama",
            "http://127.0.0.1:11434",
            ("OLLAMA_API_KEY",),
            ("OLLAMA_HOST",),
            key_needed=False,
            rule="ollama",
            formats={"chat": "ollama chat", "generate": "ollama generate"},
            billing_after_stop="stops",
            billing_source="Its code cancels the request's context on a close; a prompt in work may finish first.",
        ),
        Service(
            "llamacpp",
            "http://127.0.0.1:8080/v1",
            ("LLAMA_API_KEY",),
            key_needed=False,
            formats=RESPONSES | {"completion": "llamacpp completion"},
            usage="ask timings",
            options=SAMPLERS | {"return_progress", "cache_prompt", "grammar", "json_schema", "think"},
            billing_after_stop="stops",
            billing_source="Measured on llama-server: 1 to 2 tokens after a close, none if nothing hides the close.",
            prefill="assistant",
        ),
        Service(
            "vllm",
            "http://127.0.0.1:8000/v1",
            ("VLLM_API_KEY",),
            key_needed=False,
            formats=RESPONSES,
            usage="ask each",
            options=SAMPLERS,
            billing_after_stop="stops",
            billing_source="Its code aborts the request when the connection closes; a proxy may hide that (vllm#54947).",
            prefill="continue_final_message",
        ),
        Service(
            "sglang",
            "http://127.0.0.1:30000/v1",
            ("SGLANG_API_KEY",),
            key_needed=False,
            usage="ask each",
            options=SAMPLERS | {"separate_reasoning", "regex", "ebnf"},
            billing_source="It depends on the version: some abort after a close, some do not (sglang#36333).",
            prefill="continue_final_message",
        ),
        Service(
            "lmstudio",
            "http://127.0.0.1:1234/v1",
            ("LM_API_TOKEN",),
            key_needed=False,
            formats=RESPONSES | {"native": "lmstudio native"},
            options=SAMPLERS,
            billing_after_stop="stops",
            billing_source="Measured by others on 0.4.20, in prefill too (AbstractCore, docs/generation-cancel.md).",
        ),
        Service(
            "tgi",
            "http://127.0.0.1:8080/v1",
            ("HF_TOKEN",),
            key_needed=False,
            formats=OPENAI | {"generate": "tgi generate"},
            options=SAMPLERS,
            billing_after_stop="stops",
            billing_source="Its code drops the request from the batch when the connection closes (TGI#495).",
        ),
        Service(
            "litellm",
            "http://127.0.0.1:4000/v1",
            ("LITELLM_API_KEY", "LITELLM_PROXY_API_KEY", "LITELLM_MASTER_KEY"),
            ("LITELLM_PROXY_API_BASE",),
            key_needed=False,
            formats=RESPONSES,
            options=SAMPLERS | ROUTER,
            billing_source="The proxy passes a close on, but may lag behind a fast upstream: 2,045 tokens once, measured.",
        ),
    )
}

DEMO = Service(
    "demo",
    "demo:",
    key_needed=False,
    usage="ask each",
    options=SAMPLERS,
    billing_after_stop="stops",
    billing_source="It is in this process, and counts what it generates.",
    prefill="assistant",
    account="/generation?id={id}",
)
"""The embedded model. It counts with every chunk, so that the overrun of a stop is exact."""


def at(base_url: str) -> Service:
    """The service behind an address of the user's own: what every OpenAI-compatible server understands."""
    return Service("openai-compatible", base_url, key_needed=False, formats=RESPONSES, options=SAMPLERS | ROUTER)
