"""Nothing that was streamed is missing from the screen: after a reload, in a second view, after lost messages."""

from __future__ import annotations

import pytest
from notebooks import Jupyter
from playwright.sync_api import WebSocketRoute
from story import GENERATE, exact_text, generate, wait_for_state, wait_for_text

pytestmark = pytest.mark.browser


def test_a_reload_in_mid_stream_shows_the_whole_text(lab: Jupyter) -> None:
    with lab.notebook(GENERATE, "") as notebook:
        generate(notebook)
        before = notebook.text.inner_text()
        notebook.save()
        notebook.reload()
        notebook.widget.wait_for()
        wait_for_text(notebook, len(before) + 20)
        notebook.button("stop").click()
        wait_for_state(notebook, "stopped by you")
        assert exact_text(notebook, 0) == notebook.value(1, "gen.text")


def test_a_second_view_shows_the_same_text_in_mid_stream(lab: Jupyter) -> None:
    with lab.notebook(GENERATE, "gen", "") as notebook:
        generate(notebook)
        notebook.start(1)
        notebook.page.wait_for_function("() => document.querySelectorAll('section.nbstream').length === 2")
        notebook.page.locator("section.nbstream").nth(1).locator("button.nbstream-stop").click()
        wait_for_state(notebook, "stopped by you")
        texts = [exact_text(notebook, 0), exact_text(notebook, 1)]
        assert texts == [notebook.value(2, "gen.text")] * 2


def test_lost_messages_are_noticed_and_healed(lab: Jupyter) -> None:
    lost = 0

    def lose_some(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            nonlocal lost
            data = message if isinstance(message, bytes) else message.encode()
            if lost < 5 and b'"type": "delta"' in data:
                lost += 1
                return
            route.send(message)

        server.on_message(pass_on)

    with lab.notebook(GENERATE, "") as notebook:
        notebook.page.route_web_socket(lambda url: "/channels" in url, lose_some)
        notebook.reload()
        generate(notebook)
        wait_for_text(notebook, 300)
        assert lost == 5
        notebook.button("stop").click()
        wait_for_state(notebook, "stopped by you")
        assert exact_text(notebook, 0) == notebook.value(1, "gen.text")


def test_a_saved_notebook_holds_the_text_without_a_kernel(lab: Jupyter) -> None:
    with lab.notebook(GENERATE, "") as notebook:
        generate(notebook)
        notebook.button("stop").click()
        wait_for_state(notebook, "stopped by you")
        text = notebook.value(1, "gen.text")
        outputs = notebook.save()["cells"][0]["outputs"]
        bundles = [output["data"] for output in outputs if "data" in output]
        assert any(text in "".join(bundle.get("text/plain", "")) for bundle in bundles)
