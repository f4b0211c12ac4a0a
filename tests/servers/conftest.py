"""transformers' own server with a tiny model made on the spot, once for each of its two ways of generating."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from faults.server import PATIENCE
from real_server import ENVIRONMENT, HERE, PYTHON, WAYS, RealServer, versions

import nbstream
from nbstream import Generation

FIGURES: list[str] = []


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model `tiny` in it."""
    if not PYTHON.exists():
        pytest.skip(f"{ENVIRONMENT} is not there; `make test-servers` makes it")
    folder = tmp_path_factory.mktemp("models")
    subprocess.run([PYTHON, HERE / "tiny_model.py", folder / "tiny"], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session", params=WAYS)
def real(request: pytest.FixtureRequest, models: Path) -> Iterator[RealServer]:
    """The server."""
    running = RealServer(PYTHON, models, "tiny", *WAYS[request.param])
    try:
        assert running.base_url
        yield running
    finally:
        running.stop()


@pytest.fixture
def ask(real: RealServer) -> Iterator[Callable[..., Generation]]:
    """Generate with the tiny model there; what still runs at the end of the test is stopped."""
    made: list[Generation] = []

    def begin(prompt: object = "Hello", **options: Any) -> Generation:
        made.append(nbstream.generate(prompt, **{"model": "tiny", "base_url": real.base_url} | options))  # type: ignore[arg-type]
        return made[-1]

    yield begin
    for generation in made:
        generation.stop("The test is over.")
        generation.wait(PATIENCE)


@pytest.fixture(scope="session")
def figure() -> Callable[[str], None]:
    """Takes a line for the table at the end of the run."""
    return FIGURES.append


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if FIGURES:
        terminalreporter.section("measured at transformers serve: " + versions(PYTHON, ("transformers", "torch")))
        for line in FIGURES:
            terminalreporter.write_line(line)
