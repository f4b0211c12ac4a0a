"""The table of services: every one is found, gets its key and nobody else's, and is asked at the right address."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest
from asking import AZURE, KEY, asked, found, shown

from nbstream.errors import MissingKey, SetupError, UnknownModel
from nbstream.events import Usage
from nbstream.plan import make_plan
from nbstream.providers import ROUTES, OpenAIChat, OpenRouter, resolve
from nbstream.providers.services import ALIASES, TABLE, Service
from nbstream.wire import Accountant

NAMES = (
    "openai azure anthropic gemini ollama llamacpp vllm sglang openrouter mistral deepseek groq lmstudio tgi litellm"
)
SERVICES = [pytest.param(service, id=name) for name, service in TABLE.items()]
each_service = pytest.mark.parametrize("service", SERVICES)


def test_the_table_has_every_service() -> None:
    assert set(TABLE) == set(NAMES.split())


@each_service
def test_a_row_is_complete(service: Service) -> None:
    assert service.route in ROUTES
    assert service.key_variables
    assert service.base_url_variables
    assert service.base_url.startswith("http") or service.name == "azure"
    assert service.source.endswith(".")
    assert "Nothing is known" not in service.source


def test_other_names_lead_to_a_service() -> None:
    assert set(ALIASES.values()) <= set(TABLE)
    with pytest.raises(UnknownModel, match="Did you mean 'gemini'"):
        resolve("google:gemini-2.5-flash")


@each_service
def test_every_key_variable_is_used(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(service.base_url_variables[0], service.base_url or AZURE)
    for name in service.key_variables:
        with monkeypatch.context() as patch:
            patch.setenv(name, KEY)
            headers = shown(asked(found(f"{service.name}:m")))
            assert headers[service.key_header] == service.key_prefix + KEY


@each_service
def test_a_token_goes_into_authorization(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(service.base_url_variables[0], service.base_url or AZURE)
    for name in service.token_variables:
        monkeypatch.setenv(name, KEY)
        assert shown(asked(found(f"{service.name}:m")))["Authorization"] == f"Bearer {KEY}"


@each_service
def test_a_missing_key_is_named_where_one_is_needed(service: Service) -> None:
    base_url = AZURE if service.name == "azure" else None
    if service.key_needed:
        with pytest.raises(MissingKey, match=service.key_variables[0]):
            resolve(f"{service.name}:m", base_url=base_url)
    else:
        assert found(f"{service.name}:m").key is None


@each_service
def test_a_key_goes_to_no_other_address(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*service.key_variables, *service.token_variables):
        monkeypatch.setenv(name, KEY)
    for address in ("https://example.org/v1", "http://api.openai.com/v1", "https://openai.azure.com.example.org"):
        assert asked(found(f"{service.name}:m", address)).secrets() == []


@each_service
def test_no_key_is_ever_shown(service: Service) -> None:
    provider = found(f"{service.name}:m", f"https://user:{KEY}@example.org/v1?key={KEY}", KEY)
    request = asked(provider, extra_headers={"X-Other": KEY})
    for text in (repr(provider), repr(request), str(request), provider.base_url, repr(provider.location), request.url):
        assert KEY not in text
    assert KEY in "".join(request.secrets())


@pytest.mark.parametrize(
    ("options", "api_key", "base_url"),
    [
        ({"extra_headers": KEY}, "k", None),
        ({"extra_headers": {"a": object()}}, KEY, None),
        ({"tempratur": 1}, KEY, None),
        ({}, KEY + "\n\u2026", None),
        ({}, KEY, f"ftp://user:{KEY}@example.org?key={KEY}"),
    ],
)
def test_no_error_shows_a_key(options: dict[str, object], api_key: str, base_url: str | None) -> None:
    with pytest.raises(SetupError) as caught:
        asked(found("openai:m", base_url, api_key), **options)
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_a_model_may_have_colons_in_its_name() -> None:
    assert found("ollama:llama3.2:1b").model == "llama3.2:1b"
    assert asked(found("ollama:llama3.2:1b")).body == {
        "model": "llama3.2:1b",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
    }


def test_an_unknown_wire_format_is_refused() -> None:
    with pytest.raises(UnknownModel, match="Did you mean 'completion'"):
        resolve("vllm/completion5:m")


def test_custom_headers_go_to_the_known_address_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "X-One: 1\nnonsense\nX-Two: a: b")
    headers = shown(asked(found("anthropic:m", api_key=KEY)))
    assert headers == {"anthropic-version": "2023-06-01", "X-One": "1", "X-Two": "a: b", "x-api-key": KEY}
    assert "X-One" not in asked(found("anthropic:m", "https://example.org", KEY)).headers


@pytest.mark.parametrize(
    ("model", "way"),
    [
        ("anthropic:claude-sonnet-4-5", "assistant"),
        ("anthropic:claude-opus-4-1-20250805", "assistant"),
        ("anthropic:claude-sonnet-4-20250514", "assistant"),
        ("anthropic:claude-3-7-sonnet-latest", "assistant"),
        ("anthropic:claude-opus-4-6", "ask"),
        ("anthropic:claude-sonnet-5", "ask"),
        ("openai:gpt-4.1-mini", "ask"),
        ("openai:gpt-3.5-turbo-instruct", "prompt"),
        ("mistral:m", "prefix"),
        ("vllm:m", "continue_final_message"),
        ("vllm/completions:m", "prompt"),
        ("llamacpp:m", "assistant"),
        ("llamacpp/completion:m", "prompt"),
        ("ollama/generate:m", "prompt"),
    ],
)
def test_the_way_back_into_a_partial_answer_depends_on_the_model(model: str, way: str) -> None:
    assert found(model, api_key=KEY).prefill == way


def test_openrouter_can_be_asked_afterwards() -> None:
    provider = found("openrouter:a/b:free", api_key=KEY)
    assert isinstance(provider, OpenRouter)
    assert isinstance(provider, Accountant)
    assert provider.account("att_1", None) is None
    request = provider.account("att_1", "gen-1&x")
    assert request is not None
    assert request.url == "https://openrouter.ai/api/v1/generation?id=gen-1%26x"
    assert request.body is None
    assert shown(request) == {"Authorization": f"Bearer {KEY}"}
    row = {"native_tokens_prompt": 9, "native_tokens_completion": 40, "native_tokens_reasoning": 3, "total_cost": 0.5}
    assert provider.read_account({"data": row}) == Usage(9, 40, None, 3, 0.5, "reconciled")
    for early in ({"error": {"code": 404}}, {"data": {}}, [], None, {"data": {"native_tokens_completion": None}}):
        assert provider.read_account(early) is None


def test_other_services_cannot_be_asked_afterwards() -> None:
    assert not isinstance(found("openai:m", api_key=KEY), Accountant)


def test_a_format_by_hand_speaks_to_its_own_service() -> None:
    for kind in ROUTES.values():
        provider = kind("m", api_key=KEY)
        assert provider.service.name == kind.home
    assert OpenAIChat("m", base_url="http://localhost").name == "openai-compatible"
    assert not [name for name in os.environ if name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY")]


def test_the_readme_tells_what_each_service_does_after_a_stop() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in readme.splitlines() if line.startswith("| ")]
    told = {name: row[1] for row in rows if len(row) == 4 for name in row[0].split(", ")}
    assert {name: told.get(name) for name in TABLE} == {
        name: service.billing_after_stop for name, service in TABLE.items()
    }


@pytest.mark.parametrize(
    ("model", "base_url", "changes", "url"),
    [
        ("openai:m", None, {"api_key": "other"}, "https://api.openai.com/v1/chat/completions"),
        ("openai/responses:m", None, {"base_url": "https://a.org"}, "https://a.org/v1/responses"),
        ("openai:m", "https://a.org", {"api_key": "other"}, "https://a.org/v1/chat/completions"),
        ("m", "https://a.org/v1", {"api_key": "other"}, "https://a.org/v1/chat/completions"),
        ("m", "https://a.org/v1", {"base_url": "https://b.org/v1"}, "https://b.org/v1/chat/completions"),
    ],
)
def test_a_retry_with_another_key_or_address_asks_the_same_model(
    model: str, base_url: str | None, changes: dict[str, str], url: str
) -> None:
    plan = make_plan("Hi", found(model, base_url, KEY), options={}).changed(None, changes)
    request = plan.provider.request(plan.ask())
    assert (plan.provider.model, request.url) == ("m", url)
    key = shown(request).get("Authorization")
    assert key == (f"Bearer {changes['api_key']}" if "api_key" in changes else None)


def test_a_retry_elsewhere_of_a_model_that_is_only_here_asks_which_one() -> None:
    with pytest.raises(SetupError, match="Say which model"):
        make_plan("Hi", "demo", options={}).changed(None, {"base_url": "https://a.org"})
