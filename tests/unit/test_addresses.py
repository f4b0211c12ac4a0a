"""An address is what the user means: with or without `/v1`, a path, a trailing slash, or by a variable's own rule."""

from __future__ import annotations

import pytest
from asking import AZURE, KEY, asked, found, shown

from nbstream.errors import SetupError
from nbstream.providers import resolve
from nbstream.providers.address import ollama_host


@pytest.mark.parametrize(
    ("model", "base_url", "url"),
    [
        ("m", "http://localhost:8000", "http://localhost:8000/v1/chat/completions"),
        ("m", "http://localhost:8000/", "http://localhost:8000/v1/chat/completions"),
        ("m", "http://localhost:8000/v1", "http://localhost:8000/v1/chat/completions"),
        ("m", "http://localhost:8000/v1/", "http://localhost:8000/v1/chat/completions"),
        ("m", "localhost:8000", "http://localhost:8000/v1/chat/completions"),
        ("m", "example.org/api/v3", "https://example.org/api/v3/chat/completions"),
        ("m", "http://h/v1/chat/completions", "http://h/v1/chat/completions"),
        ("m", "http://h/v1/completions/", "http://h/v1/chat/completions"),
        ("m", "http://h/v1?team=a%20b", "http://h/v1/chat/completions?team=a+b"),
        ("m", "http://[::1]:8000", "http://[::1]:8000/v1/chat/completions"),
        ("vllm/completions:m", "http://h", "http://h/v1/completions"),
        ("openai/responses:m", "http://h/v1/responses", "http://h/v1/responses"),
        ("anthropic:m", "https://h", "https://h/v1/messages"),
        ("anthropic:m", "https://h/v1", "https://h/v1/messages"),
        ("anthropic:m", "https://h/v1/", "https://h/v1/messages"),
        ("anthropic:m", "https://h/v1/messages", "https://h/v1/messages"),
        ("anthropic:m", "https://h/api/anthropic/", "https://h/api/anthropic/v1/messages"),
        ("vllm/messages:m", "http://h/v1", "http://h/v1/messages"),
        ("gemini:m", "https://h", "https://h/v1beta/models/m:streamGenerateContent?alt=sse"),
        ("gemini:models/m", "https://h/v1", "https://h/v1/models/m:streamGenerateContent?alt=sse"),
        (
            "gemini:tunedModels/t",
            "https://h/v1beta/openai/",
            "https://h/v1beta/tunedModels/t:streamGenerateContent?alt=sse",
        ),
        (
            "gemini:m",
            "https://h/v1beta/models/x:streamGenerateContent",
            "https://h/v1beta/models/m:streamGenerateContent?alt=sse",
        ),
        ("ollama:m", "localhost", "http://localhost:11434/api/chat"),
        ("ollama:m", "http://h:11434/v1", "http://h:11434/api/chat"),
        ("ollama:m", "http://h:11434/api/chat/", "http://h:11434/api/chat"),
        ("ollama/generate:m", "h", "http://h:11434/api/generate"),
        ("ollama/chat:m", "http://h:11434", "http://h:11434/v1/chat/completions"),
        ("llamacpp:m", "http://h:8080", "http://h:8080/v1/chat/completions"),
        ("llamacpp/completion:m", "http://h:8080/v1", "http://h:8080/completion"),
        ("llamacpp/completion:m", "http://h:8080/completion", "http://h:8080/completion"),
    ],
)
def test_an_address_is_taken_as_it_is_meant(model: str, base_url: str, url: str) -> None:
    assert asked(found(model, base_url)).url == url


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("myhost", "http://myhost:11434"),
        (" 'myhost:99' ", "http://myhost:99"),
        ("http://myhost", "http://myhost"),
        ("https://myhost", "https://myhost"),
        ("https://myhost:11434/", "https://myhost:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8000", "http://127.0.0.1:8000"),
        ("[::]:8000", "http://[::1]:8000"),
        ("[::1]", "http://[::1]:11434"),
        ("::1", "http://[::1]:11434"),
        ("::", "http://[::1]:11434"),
        (":8000", "http://127.0.0.1:8000"),
        ("myhost:x", "http://myhost:11434"),
        ("myhost:99999", "http://myhost:11434"),
        ("http://myhost:66000", "http://myhost"),
        ("http://myhost/some/path/", "http://myhost/some/path"),
        ("myhost:99/path", "http://myhost:99/path"),
        ("ollama.com", "https://ollama.com"),
    ],
)
def test_ollamas_variable_is_read_by_its_own_rule(value: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ollama_host(value) == url
    monkeypatch.setenv("OLLAMA_HOST", value)
    assert found("ollama:llama3.2:1b").base_url == url


@pytest.mark.parametrize(
    ("base_url", "version", "url"),
    [
        (AZURE, "", f"{AZURE}/openai/v1/chat/completions"),
        (f"{AZURE}/openai/v1/", "2025-01-01", f"{AZURE}/openai/v1/chat/completions"),
        (AZURE, "2024-10-21", f"{AZURE}/openai/deployments/my%2Fm/chat/completions?api-version=2024-10-21"),
        (
            f"{AZURE}?api-version=2024-06-01",
            "",
            f"{AZURE}/openai/deployments/my%2Fm/chat/completions?api-version=2024-06-01",
        ),
        (
            f"{AZURE}/openai/deployments/d/chat/completions?api-version=1",
            "2",
            f"{AZURE}/openai/deployments/d/chat/completions?api-version=1",
        ),
    ],
)
def test_azure_has_two_kinds_of_address(base_url: str, version: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    if version:
        monkeypatch.setenv("OPENAI_API_VERSION", version)
    request = asked(found("azure:my/m", base_url))
    assert request.url == url
    assert shown(request) == {"api-key": KEY}


def test_azure_without_an_address_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SetupError, match="AZURE_OPENAI_ENDPOINT"):
        resolve("azure:m", api_key=KEY)
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", AZURE)
    assert found("azure:m", api_key=KEY).base_url == f"{AZURE}/openai/v1"


@pytest.mark.parametrize(
    ("model", "at_home", "elsewhere"),
    [("openai:x", "stops", "unknown"), ("mistral:x", "runs on", "unknown"), ("llamacpp:x", "stops", "stops")],
)
def test_what_is_known_of_a_hosted_service_is_known_of_its_own_address(
    model: str, at_home: str, elsewhere: str
) -> None:
    assert found(model, api_key="sk-planted-0123456789").billing_after_stop == at_home
    assert found(model, "https://example.org/v1", "sk-planted-0123456789").billing_after_stop == elsewhere
