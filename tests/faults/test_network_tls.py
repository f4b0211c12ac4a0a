"""TLS: certificates that are not to be trusted, servers that speak none, and Stop through it, in every phase."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from faults.relay import Relay
from faults.server import PATIENCE, Server, answer, chunk, drip, flood, headers, send, silence, text, wait
from faults.watch import Watch

from nbstream import Attempt, Generation, backoff, gathering
from nbstream.connection import Stream
from nbstream.transport import tls_context

Start = Callable[..., Generation]
Run = Callable[..., Attempt]

AUTHORITY = trustme.CA()

pytestmark = pytest.mark.usefixtures("nothing_left", "all_logged")


@pytest.fixture(autouse=True)
def _trusted(nothing_left: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The environment trusts this file's own authority."""
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    monkeypatch.setattr(backoff, "FIRST_S", 0.01)
    tls_context.cache_clear()
    yield
    tls_context.cache_clear()


@pytest.fixture
def front(server: Server) -> Iterator[Callable[[trustme.LeafCert], str]]:
    """Puts TLS with a certificate before the scripted server, and gives the address."""
    fronts: list[Relay] = []

    def begin(certificate: trustme.LeafCert) -> str:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        fronts.append(Relay(server.port, context))
        return f"https://127.0.0.1:{fronts[-1].port}/v1"

    yield begin
    for relay in fronts:
        relay.stop()


Front = Callable[[trustme.LeafCert], str]


def good() -> trustme.LeafCert:
    return AUTHORITY.issue_cert("127.0.0.1")


def test_an_answer_comes_through_tls(server: Server, front: Front, run: Run) -> None:
    server.script(*answer("Hello"))
    assert run(base_url=front(good())).text == "Hello"


WRONG = {
    "another's name": lambda: AUTHORITY.issue_cert("elsewhere.invalid"),
    "an unknown authority": lambda: trustme.CA().issue_cert("127.0.0.1"),
    "a year too old": lambda: AUTHORITY.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC)),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_certificate_is_told_and_gets_no_key(wrong: str, server: Server, front: Front, run: Run) -> None:
    server.script(*answer("stolen"))
    attempt = run(base_url=front(WRONG[wrong]()), api_key="sk-planted")
    assert (attempt.ended_by, attempt.text, server.connections) == ("error", "", [])
    assert "CERTIFICATE_VERIFY_FAILED" in (attempt.reason or "")
    assert "SSL_CERT_FILE" in (attempt.reason or "")


def test_certificates_that_cannot_be_read_are_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", os.devnull + "/none.pem")
    tls_context.cache_clear()
    attempt = run()
    assert attempt.ended_by == "error"
    assert "Check SSL_CERT_FILE" in (attempt.reason or "")


def test_a_tls_stream_that_breaks_off_keeps_its_text(server: Server, front: Front, run: Run) -> None:
    server.script(headers(), text("kept"))
    attempt = run(base_url=front(good()))
    assert (attempt.ended_by, attempt.text) == ("error", "kept")


def test_a_stop_in_the_handshake_closes_the_connection(start: Start) -> None:
    greeted, left = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def mute() -> None:
            accepted, _ = listener.accept()
            accepted.settimeout(PATIENCE)
            with accepted:
                accepted.recv(65536)
                greeted.set()
                if not accepted.recv(65536):
                    left.set()

        thread = threading.Thread(target=mute)
        thread.start()
        generation = start(base_url=f"https://127.0.0.1:{listener.getsockname()[1]}/v1")
        assert greeted.wait(PATIENCE)
        generation.stop()
        assert left.wait(10.0), "the connection stayed open"
        assert (generation.wait(PATIENCE).ended_by, generation.attempt.error) == ("person", None)
        thread.join()


# the head and the first text in one piece: what comes soon after another piece is held
ONE_PIECE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + chunk("one ")


def test_what_had_come_through_tls_is_kept_at_a_stop(
    server: Server, front: Front, start: Start, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "GATHER_S", 3600.0)  # what comes fast waits for as long as the test lasts
    monkeypatch.setattr(gathering, "LONGEST_S", 3600.0)
    first, second, come = threading.Event(), threading.Event(), threading.Event()
    received = Stream.data_received

    def seen(stream: Stream, data: bytes) -> None:
        received(stream, data)
        if b"three" in data:
            come.set()

    monkeypatch.setattr(Stream, "data_received", seen)
    server.script(send(ONE_PIECE), wait(first), text("two "), wait(second), text("three"), silence())
    generation = start(base_url=front(good()))
    watch.sees("one")
    first.set()
    watch.sees("two")
    second.set()
    assert come.wait(PATIENCE)
    generation.stop()
    assert generation.wait(PATIENCE).text == "one two three"


PHASES = {
    "before headers": [silence()],
    "silent in mid-stream": [headers(), text("word "), silence()],
    "flowing": [headers(), text("word "), drip(chunk("word "), 64, 0.005, forever=True)],
    "without pause": [headers(), text("word "), flood(chunk("word ") * 50)],
}


@pytest.mark.parametrize("phase", PHASES)
def test_a_stop_goes_through_tls(phase: str, server: Server, front: Front, start: Start, watch: Watch) -> None:
    server.script(*PHASES[phase])
    generation = start(base_url=front(good()))
    assert server.connection().ready.wait(PATIENCE)
    if phase != "before headers":
        watch.sees("word")
    generation.stop()
    server.connection().left()
    assert (generation.wait(PATIENCE).ended_by, generation.attempt.error) == ("person", None)
