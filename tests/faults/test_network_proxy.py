"""Proxies of the environment: a real one carries the stream and the stop, and errors name it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from faults.relay import Relay
from faults.server import PATIENCE, Server, answer, chunk, flood, headers, silence, text
from faults.watch import Watch

import nbstream
from nbstream import Attempt, Generation, backoff
from nbstream.transport import tls_context

Start = Callable[..., Generation]
Run = Callable[..., Attempt]

pytestmark = pytest.mark.usefixtures("nothing_left", "all_logged")


@pytest.fixture(scope="module", autouse=True)
def _demo_runs(_warm: None) -> None:
    """The embedded server stays for as long as the process does."""
    nbstream.generate("Hello", "demo", max_tokens=1).wait(PATIENCE)


@pytest.fixture(autouse=True)
def _quick(nothing_left: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST_S", 0.01)


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """A proxy that the environment names."""
    running = Relay()
    monkeypatch.setenv("HTTP_PROXY", f"http://person:sk-secret@127.0.0.1:{running.port}")
    yield running
    running.stop()


def test_a_stream_comes_through_the_proxy(server: Server, proxy: Relay, run: Run) -> None:
    server.script(*answer("Hello"))
    assert run().text == "Hello"
    assert proxy.heads[0].startswith(f"POST {server.base_url}/chat/completions HTTP/1.1\r\n")


def test_no_proxy_names_exceptions(server: Server, proxy: Relay, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server.script(*answer("Hello"))
    assert (run().text, proxy.heads) == ("Hello", [])


def test_the_embedded_model_is_asked_past_the_proxy(proxy: Relay) -> None:
    attempt = nbstream.generate("Hello", "demo", max_tokens=3).wait(PATIENCE)
    assert (attempt.ended_by, proxy.heads) == ("model", [])


@pytest.mark.parametrize("step", [silence(), flood(chunk("word ") * 50)], ids=["silent", "without pause"])
def test_a_stop_goes_through_the_proxy(step: object, server: Server, proxy: Relay, start: Start, watch: Watch) -> None:
    server.script(headers(), text("word "), step)  # type: ignore[arg-type]
    generation = start()
    watch.sees("word")
    generation.stop()
    server.connection().left()
    assert (generation.wait(PATIENCE).ended_by, len(proxy.heads)) == ("person", 1)


def test_a_stop_goes_through_the_tunnel_of_a_proxy(
    server: Server, proxy: Relay, start: Start, watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    tls_context.cache_clear()
    front = Relay(server.port, context)
    server.script(headers(), text("word "), silence())
    generation = start(base_url=f"https://127.0.0.1:{front.port}/v1", api_key="sk-planted")
    watch.sees("word")
    generation.stop()
    server.connection().left()
    assert generation.wait(PATIENCE).ended_by == "person"
    assert proxy.heads[0].startswith(f"CONNECT 127.0.0.1:{front.port} ")
    assert "sk-planted" not in proxy.heads[0], "the key goes through the tunnel, not to the proxy"
    front.stop()
    tls_context.cache_clear()


REFUSALS = {
    "407": (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "name and a password"),
    "502": (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "retry in a moment"),
    "garbage": (b"\x00\x01\x02\r\n\r\n", "broke off"),
    "nothing": (b" ", "broke off"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_what_a_proxy_refuses_is_told_as_its_fault(
    scheme: str, refusal: str, server: Server, proxy: Relay, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.refusal, words = REFUSALS[refusal]
    monkeypatch.setenv("HTTPS_PROXY", f"http://person:sk-secret@127.0.0.1:{proxy.port}")
    attempt = run(base_url=server.base_url.replace("http", scheme, 1))
    assert (attempt.ended_by, server.connections) == ("error", [])
    told = attempt.reason or ""
    assert f"127.0.0.1:{proxy.port}" in told, "the proxy is named"
    assert words in told or "gives no way" in told
    assert "sk-secret" not in told


def test_a_proxy_that_is_not_there_is_named(server: Server, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("HTTP_PROXY", f"http://person:sk-secret@127.0.0.1:{port}")
    attempt = run()
    assert (attempt.ended_by, server.connections) == ("error", [])
    assert f"asked through the proxy 127.0.0.1:{port} (" in (attempt.reason or "")


@pytest.mark.parametrize("value", ["socks5://u:sk-secret@h:1", "ftp://u:sk-secret@h:1", "http://u:sk-secret@h:nine"])
def test_a_proxy_that_cannot_be_one_is_told(
    value: str, server: Server, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", value)
    attempt = run()
    assert (attempt.ended_by, server.connections) == ("error", [])
    assert "A proxy that the environment names cannot be used" in (attempt.reason or "")
    assert "sk-secret" not in (attempt.reason or "")
