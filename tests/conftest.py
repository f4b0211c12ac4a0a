"""Shared by all tests: a clean environment, the scripted server, and ways to watch an attempt without sleeping."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator

import pytest
from faults.left import _warm, nothing_left
from faults.logs import database, log, postgres, store
from faults.rows import all_logged
from faults.server import PATIENCE, Server
from faults.watch import Watch

from nbstream import Generation, generate, stop_all
from nbstream.attempt import Attempt
from nbstream.log_writer import log_writer
from nbstream.supervisor import supervisor

__all__ = ["_warm", "all_logged", "database", "log", "nothing_left", "postgres", "store"]

KEYS = tuple(
    "OPENAI_ AZURE_ ANTHROPIC_ GOOGLE_ GEMINI_ OPENROUTER_ MISTRAL_ DEEPSEEK_ GROQ_ OLLAMA_ VLLM_ SGLANG_ "
    "LLAMA LM_ LMSTUDIO_ HF_ HUGGING_FACE_ TGI_ LITELLM_".split()
)
PROXIES = ("http_proxy", "https_proxy", "all_proxy")
os.environ["NBSTREAM_OFFLINE"] = "1"  # for the kernels and servers that tests start, too, and for what outlives a test

# No test writes into the log of whoever runs it, nor do the kernels and browsers that tests start.
LOGS = tempfile.mkdtemp(prefix="nbstream-log-")
os.environ["NBSTREAM_LOG"] = os.path.join(LOGS, "log.sqlite")


@pytest.fixture(scope="session", autouse=True)
def _no_logs_left() -> Iterator[None]:
    yield
    log_writer().close()
    shutil.rmtree(LOGS)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, address or proxy of the developer's machine reaches a test."""
    for name in list(os.environ):
        if name.startswith(KEYS) or name.lower() in PROXIES or name == "NBSTREAM_MODEL":
            monkeypatch.delenv(name)


@pytest.fixture
def server() -> Iterator[Server]:
    """A scripted server; what still runs against it is stopped afterwards."""
    running = Server()
    yield running
    stop_all("The test is over.")
    running.stop()
    for ending in list(supervisor().runs.values()):
        supervisor().wait(ending, 10.0)


@pytest.fixture
def full() -> Iterator[int]:
    """A port that takes no more connections: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        yield port
        for filler in fillers:
            filler.close()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def start(server: Server, watch: Watch) -> Callable[..., Generation]:
    """Generate at the scripted server, watched."""

    def begin(prompt: object = "Hello", **options: object) -> Generation:
        guards = [watch, *options.pop("guards", ())]  # type: ignore[misc]
        options = {"model": "test", "base_url": server.base_url} | options
        return generate(prompt, guards=guards, **options)  # type: ignore[arg-type]

    return begin


@pytest.fixture
def run(start: Callable[..., Generation]) -> Callable[..., Attempt]:
    """One attempt at the scripted server, from start to end."""

    def attempt(prompt: object = "Hello", **options: object) -> Attempt:
        generation = start(prompt, **options)
        ended = generation.wait(PATIENCE)
        assert ended.status == "done", "the attempt never ended"
        return ended

    return attempt
