"""One browser for the run, one Jupyter server for each application and kernel, started when first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from notebooks import CHROMIUM_FLAGS, Jupyter, chromium, ipykernel6
from playwright.sync_api import Browser, sync_playwright

SERVERS = ("lab-ipykernel7", "lab-ipykernel6", "notebook-ipykernel7", "notebook-ipykernel6")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def servers(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Jupyter]]:
    started: dict[str, Jupyter] = {}
    with ExitStack() as stack:

        def start(name: str) -> Jupyter:
            if name not in started:
                app, _, kernel = name.partition("-")
                assert kernel != "ipykernel6" or (ipykernel6() / "ipykernel").is_dir(), (
                    f"run `make setup`: {ipykernel6()}"
                )
                folder: Path = tmp_path_factory.mktemp(name)
                started[name] = stack.enter_context(Jupyter(folder, browser, app, kernel))
            return started[name]

        yield start


@pytest.fixture
def lab(servers: Callable[[str], Jupyter]) -> Jupyter:
    """JupyterLab with the newest ipykernel."""
    return servers("lab-ipykernel7")


@pytest.fixture(params=SERVERS)
def anywhere(request: pytest.FixtureRequest, servers: Callable[[str], Jupyter]) -> Jupyter:
    """Each application and kernel that matters."""
    return servers(request.param)
