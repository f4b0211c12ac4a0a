"""The widget in marimo, where there is no Jupyter kernel and no control channel: one comm carries all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from marimos import Marimo
from playwright.sync_api import Browser, Page, expect
from story import PROMPT

pytestmark = pytest.mark.browser

CELLS = (
    ("", "import nbstream", "nbstream,"),
    ("nbstream", f"gen = nbstream.generate({PROMPT!r}, seed=1)\ngen", "gen,"),
)


@pytest.fixture(scope="module")
def marimo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marimo]:
    with Marimo(tmp_path_factory.mktemp("marimo"), CELLS) as running:
        yield running


@pytest.fixture
def page(marimo: Marimo, browser: Browser) -> Iterator[Page]:
    """A session of its own, in which text streams."""
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(marimo.url)
    streams(page)
    yield page
    context.close()


def streams(page: Page, length: int = 60) -> str:
    """Wait until this much of the answer is on the screen, and give it."""
    text = page.locator(".nbstream-text").first  # in a shadow root, which only locators see into
    expect(text).to_have_text(re.compile(f"[^\\0]{{{length}}}"), timeout=30_000)
    return text.inner_text()


def test_text_streams_and_stop_stops_it(page: Page) -> None:
    page.locator("button.nbstream-stop").click()
    expect(page.locator(".nbstream-state")).to_contain_text("stopped by you", timeout=30_000)
    expect(page.locator("button.nbstream-stop")).to_be_disabled()
    # the model is asked what it generated
    expect(page.locator("[data-key=overrun] .nbstream-value")).not_to_have_text("—", timeout=30_000)


def test_retry_starts_a_new_attempt_and_keeps_the_old_one(page: Page) -> None:
    page.locator("button.nbstream-stop").click()
    expect(page.locator(".nbstream-state")).to_contain_text("stopped by you", timeout=30_000)
    first = page.locator(".nbstream-text").inner_text()
    page.locator("button.nbstream-retry").click()
    expect(page.locator(".nbstream-state")).to_contain_text("streaming", timeout=30_000)
    streams(page)
    page.locator("button.nbstream-stop").click()
    expect(page.locator(".nbstream-state")).to_contain_text("stopped by you", timeout=30_000)
    chips = page.locator(".nbstream-strip button")
    expect(chips).to_have_count(2)
    chips.first.click()
    expect(page.locator(".nbstream-text")).to_have_text(first, use_inner_text=True)


def test_the_static_copy_is_not_seen_beside_the_widget(page: Page) -> None:
    page.locator("button.nbstream-stop").click()
    expect(page.locator(".nbstream-state")).to_contain_text("stopped by you", timeout=30_000)
    expect(page.locator(".nbstream-static:visible")).to_have_count(0)


def test_after_a_reload_the_whole_text_is_there_and_stop_works(browser: Browser, tmp_path: Path) -> None:
    with Marimo(tmp_path, CELLS, "edit") as editor:
        page = browser.new_context().new_page()
        page.set_default_timeout(30_000)
        page.goto(editor.url)
        before = streams(page, 100)
        page.reload()
        connect = page.get_by_role("button", name="Click to connect")  # the page may be faster than the old one's end
        connect.or_(page.locator(".nbstream-text")).first.wait_for()
        if connect.is_visible():
            connect.click()
        after = streams(page, len(before))
        assert after.startswith(before[:60])
        page.locator("button.nbstream-stop").click()
        expect(page.locator(".nbstream-state")).to_contain_text("stopped by you", timeout=30_000)
        page.context.close()
