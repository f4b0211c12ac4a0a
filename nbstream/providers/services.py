"""The services, one row each: where they are, what names their key, and what they tell of a stopped stream.

What happens after a close is told with its source. No service promises it in its terms; "OpenRouter's list" is its
published, undated list of upstreams where a cancel does and does not stop processing and billing:
https://openrouter.ai/docs/api-reference/streaming#stream-cancellation
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ..model_names import REASONING

Billing = Literal["stops", "runs on", "unknown"]
Usage = Literal["ask", "ask each", "ask timings", "unasked"]
Prefill = Literal["assistant", "prefix", "continue_final_message", "prompt", "ask"]


@dataclass(frozen=True, slots=True)
class Service:
    """A service that speaks a wire format, and its ways."""

    name: str
    base_url: str = ""
    key_variables: tuple[str, ...] = ()
    """Variables with the key; the first is the one that an error names."""
    base_url_variables: tuple[str, ...] = ()
    header_variables: tuple[tuple[str, str], ...] = ()
    route: str = "chat"
    """The wire format, by the name that its class gives itself."""
    token_variables: tuple[str, ...] = ()
    """Variables with a token that always goes into `Authorization: Bearer`, whatever the key's header is."""
    query_variables: tuple[tuple[str, str], ...] = ()
    custom_headers_variable: str = ""
    """A variable with further headers, one `Name: value` a line."""
    hosts: tuple[str, ...] = ()
    """Further addresses of the service, by how they end: a key from the environment may go there too."""
    deployments: bool = False
    """The model is a deployment, and part of the address where an API version is given."""
    key_needed: bool = True
    key_header: str = "Authorization"
    key_prefix: str = "Bearer "
    usage: Usage = "ask"
    """`ask`: `stream_options.include_usage`; `ask each`: `continuous_usage_stats` too; `ask timings`:
    `timings_per_token` too; `unasked`: comes by itself."""
    billing_after_stop: Billing = "unknown"
    source: str = "Nothing is known of this server."
    """Where that is known from."""
    prefill: Prefill = "ask"
    """How a partial answer is handed back: as a last `assistant` message; the same, marked with `prefix` or with
    `continue_final_message`; as part of the `prompt`; or by a user turn that can only `ask` to go on."""
    hidden_reasoning: str = ""
    """The models that reason where the stream does not show it, as a regular expression."""
    prefill_base_url: str = ""
    """Where alone that works, if not at the service's usual address."""
    prefill_models: str = ""
    """The models that way works for, as a regular expression; for all others it is `ask`."""

    def prefill_for(self, model: str) -> Prefill:
        """How this service is handed the partial answer of this model."""
        return self.prefill if re.search(self.prefill_models, model) else "ask"


OPENAI_REASONS = f"({REASONING.pattern})"

TABLE = {
    service.name: service
    for service in (
        Service(
            "openai",
            "https://api.openai.com/v1",
            ("OPENAI_API_KEY",),
            ("OPENAI_BASE_URL", "OPENAI_API_BASE"),
            (("OPENAI_ORG_ID", "OpenAI-Organization"), ("OPENAI_PROJECT_ID", "OpenAI-Project")),
            custom_headers_variable="OPENAI_CUSTOM_HEADERS",
            hosts=(".api.openai.com",),
            hidden_reasoning=f"^{OPENAI_REASONS}",
            billing_after_stop="stops",
            source="On OpenRouter's list as one that stops.",
        ),
        Service(
            "azure",
            "",
            ("AZURE_OPENAI_API_KEY", "AZURE_API_KEY"),
            ("AZURE_OPENAI_ENDPOINT", "AZURE_API_BASE"),
            token_variables=("AZURE_OPENAI_AD_TOKEN",),
            query_variables=(("OPENAI_API_VERSION", "api-version"), ("AZURE_API_VERSION", "api-version")),
            hosts=(".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"),
            deployments=True,
            hidden_reasoning=f"^{OPENAI_REASONS}",
            key_header="api-key",
            key_prefix="",
            billing_after_stop="stops",
            source="On OpenRouter's list as one that stops.",
        ),
        Service(
            "anthropic",
            "https://api.anthropic.com",
            ("ANTHROPIC_API_KEY",),
            ("ANTHROPIC_BASE_URL",),
            route="messages",
            token_variables=("ANTHROPIC_AUTH_TOKEN",),
            custom_headers_variable="ANTHROPIC_CUSTOM_HEADERS",
            key_header="x-api-key",
            key_prefix="",
            usage="unasked",
            billing_after_stop="stops",
            source="On OpenRouter's list as one that stops.",
            prefill="assistant",
            # Up to the 4.5 generation; newer models refuse a conversation that ends with the assistant.
            prefill_models=r"claude-(instant|[123]\b|(opus|sonnet|haiku)-4(-[0-5])?(-\d{8}|-latest|@|$))",
        ),
        Service(
            "gemini",
            "https://generativelanguage.googleapis.com/v1beta",
            ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
            ("GOOGLE_GEMINI_BASE_URL", "GEMINI_BASE_URL"),
            route="generateContent",
            key_header="x-goog-api-key",
            key_prefix="",
            usage="unasked",
            hidden_reasoning=r"gemini-(2\.5|[3-9])",
            source="OpenRouter's list says it runs on, reports of Firebase users that a closed socket stops it.",
        ),
        Service(
            "ollama",
            "http://127.0.0.1:11434",
            ("OLLAMA_API_KEY",),
            ("OLLAMA_HOST",),
            route="ollama",
            hosts=("ollama.com",),
            key_needed=False,
            billing_after_stop="stops",
            source="Its source: the request's context is cancelled; a prompt being read may be finished first.",
        ),
        Service(
            "llamacpp",
            "http://127.0.0.1:8080",
            ("LLAMA_API_KEY", "LLAMACPP_API_KEY"),
            ("LLAMACPP_BASE_URL",),
            key_needed=False,
            usage="ask timings",
            billing_after_stop="stops",
            source="Its source: it polls the connection while it reads the prompt and while it generates.",
            prefill="assistant",
        ),
        Service(
            "vllm",
            "http://127.0.0.1:8000",
            ("VLLM_API_KEY",),
            ("VLLM_BASE_URL",),
            key_needed=False,
            usage="ask each",
            billing_after_stop="stops",
            source="Its source: a closed connection cancels the response, which aborts the request.",
            prefill="continue_final_message",
        ),
        Service(
            "sglang",
            "http://127.0.0.1:30000",
            ("SGLANG_API_KEY",),
            ("SGLANG_BASE_URL",),
            key_needed=False,
            usage="ask each",
            source="Depends on its version: 0.5.10 aborts 2 s after a close, later ones may not (sglang#36333).",
            prefill="continue_final_message",
        ),
        Service(
            "openrouter",
            "https://openrouter.ai/api/v1",
            ("OPENROUTER_API_KEY",),
            ("OPENROUTER_BASE_URL",),
            route="openrouter",
            hidden_reasoning=rf"^openai/{OPENAI_REASONS}|gemini-(2\.5|[3-9])",
            usage="unasked",
            source="Its list: it depends on the upstream, so the attempt is asked about afterwards.",
        ),
        Service(
            "mistral",
            "https://api.mistral.ai/v1",
            ("MISTRAL_API_KEY",),
            ("MISTRAL_BASE_URL",),
            usage="unasked",
            billing_after_stop="runs on",
            source="On OpenRouter's list as one that does not stop.",
            prefill="prefix",
        ),
        Service(
            "deepseek",
            "https://api.deepseek.com/v1",
            ("DEEPSEEK_API_KEY",),
            ("DEEPSEEK_BASE_URL",),
            billing_after_stop="stops",
            source="On OpenRouter's list as one that stops.",
            prefill="prefix",
            prefill_base_url="https://api.deepseek.com/beta",
        ),
        Service(
            "groq",
            "https://api.groq.com/openai/v1",
            ("GROQ_API_KEY",),
            ("GROQ_BASE_URL",),
            billing_after_stop="runs on",
            source="On OpenRouter's list as one that does not stop.",
        ),
        Service(
            "lmstudio",
            "http://127.0.0.1:1234",
            ("LM_API_TOKEN", "LMSTUDIO_API_KEY"),
            ("LMSTUDIO_BASE_URL",),
            key_needed=False,
            billing_after_stop="stops",
            source="Measured by others on 0.4.20, also while it reads the prompt.",
        ),
        Service(
            "tgi",
            "http://127.0.0.1:3000",
            ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"),
            ("TGI_BASE_URL",),
            hosts=(".huggingface.co", ".endpoints.huggingface.cloud"),
            key_needed=False,
            billing_after_stop="stops",
            source="Its source: a closed response channel takes the request out of the batch and the queue.",
        ),
        Service(
            "litellm",
            "http://127.0.0.1:4000",
            ("LITELLM_API_KEY", "LITELLM_PROXY_API_KEY", "LITELLM_MASTER_KEY"),
            ("LITELLM_PROXY_API_BASE", "LITELLM_BASE_URL"),
            key_needed=False,
            source="A proxy: it depends on what is behind it, and it estimates usage that it is not told.",
        ),
    )
}

DEMO = Service(
    "demo",
    "demo:",
    key_needed=False,
    usage="ask each",
    billing_after_stop="stops",
    source="The embedded model: it stops generating when the connection closes, and counts what it generated.",
    prefill="assistant",
)
"""The embedded model. It counts with every chunk, so that the overrun of a stop is exact."""

ALIASES = {
    "google": "gemini",
    "claude": "anthropic",
    "gpt": "openai",
    "llama.cpp": "llamacpp",
    "llama_cpp": "llamacpp",
    "llama-cpp": "llamacpp",
    "lm-studio": "lmstudio",
    "lm_studio": "lmstudio",
    "azure_openai": "azure",
    "azure-openai": "azure",
    "huggingface": "tgi",
}
"""Other names that people know services by; an error leads from them to ours."""


def at(base_url: str) -> Service:
    """The service behind an address of the user's own: what every OpenAI-compatible server understands."""
    return Service("openai-compatible", base_url, key_needed=False)
