"""The look of the widget, and the ways to it: nothing moves while it streams, all of it by keyboard, for every eye."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from notebooks import ROOT, Jupyter, Notebook
from playwright.sync_api import Locator, expect
from states import cells, show, theme
from story import wait_for_state, wait_for_text

pytestmark = pytest.mark.browser

STATES = ("streaming", "stopped", "error", "comparison", "edit", "text")
AXE = ROOT / "js" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FINITE = """
import nbstream
from nbstream.guards import MaxTokens
text = "Word by word the model writes a paragraph, and another one. " * 3 + "\\n\\n"
gen = nbstream.generate("Hello", nbstream.Replay.text(text * 8, events_per_s=100), guards=[MaxTokens(5000)])
gen
"""
PARTS = ("header", "model", "spark", "stop", "body", "guards", "meter", "footer", "retry", "resume", "edit", "strip")


@pytest.fixture(scope="module")
def looks(servers: Callable[[str], Jupyter]) -> Iterator[tuple[Notebook, dict[str, Locator]]]:
    """One notebook with a widget in each state, all of them on the screen."""
    with servers("lab-ipykernel7").notebook(*cells(*STATES)) as notebook:
        notebook.page.set_viewport_size({"width": 1000, "height": 4000})
        widgets = show(notebook, *STATES)
        notebook.page.evaluate(AXE.read_text("utf-8"))
        yield notebook, widgets


@pytest.mark.parametrize("look", ["light", "dark"])
def test_axe_finds_nothing_wrong_in_any_state(looks: tuple[Notebook, dict[str, Locator]], look: str) -> None:
    notebook, widgets = looks
    theme(notebook, look)
    widgets["stopped"].locator("button.nbstream-help").click()
    wrong = []
    for state, widget in widgets.items():
        found = widget.evaluate("(node, values) => axe.run(node, { runOnly: { type: 'tag', values } })", arg=RULES)
        assert "color-contrast" in [rule["id"] for rule in found["passes"]]
        wrong += [
            (state, rule["id"], node["html"][:160], node["failureSummary"])
            for rule in found["violations"]
            for node in rule["nodes"]
        ]
        unsure = {rule["id"]: [node["html"][:90] for node in rule["nodes"]] for rule in found["incomplete"]}
        print(look, state, "not decided:", unsure)
    widgets["stopped"].locator("button.nbstream-help").click()
    assert not wrong


def places(notebook: Notebook) -> dict[str, list[float]]:
    """Where each part stands on the page, and how large it is."""
    found: dict[str, list[float]] = notebook.page.evaluate(
        """parts => Object.fromEntries(parts.map(part => {
            const box = document.querySelector('section.nbstream .nbstream-' + part).getBoundingClientRect();
            return [part, [box.x, box.y, box.width, box.height].map(Math.round)];
        }))""",
        list(PARTS),
    )
    return found


@pytest.mark.parametrize("width", [540, 1000])
def test_nothing_moves_while_it_streams_nor_when_it_ends(lab: Jupyter, width: int) -> None:
    with lab.notebook(FINITE, width=width) as notebook:
        notebook.run(0)
        wait_for_text(notebook, 30)
        notebook.widget.locator(".nbstream-spark").wait_for()
        first = places(notebook)
        wait_for_text(notebook, 900)
        assert places(notebook) == first
        assert notebook.widget.locator(".nbstream-scroller").evaluate("node => node.scrollTop > 0")
        notebook.button("stop").click()
        wait_for_state(notebook, "stopped by you")
        assert places(notebook) == first
        # the sentence of why, and what was saved, have room in the narrow one too
        expect(notebook.widget.locator("[data-key=saved]")).to_be_visible()


def test_a_second_click_on_stop_hits_no_other_button(lab: Jupyter) -> None:
    with lab.notebook(FINITE, "") as notebook:
        notebook.run(0)
        wait_for_text(notebook, 30)
        box = notebook.button("stop").bounding_box()
        assert box is not None
        spot = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
        notebook.page.mouse.dblclick(*spot)
        wait_for_state(notebook, "stopped by you")
        notebook.page.mouse.dblclick(*spot)
        hit = "spot => document.elementFromPoint(...spot).closest('button').textContent"
        assert notebook.page.evaluate(hit, spot) == "Stop"
        assert notebook.value(1, "len(gen.attempts)") == 1


FOCUSED = """() => {
    const node = document.activeElement;
    if (!node.closest('section.nbstream')) return null;
    const style = getComputedStyle(node);
    return [node.className.split(' ')[0].replace('nbstream-', ''), style.outlineStyle, parseFloat(style.outlineWidth)];
}"""


def test_every_control_is_reached_by_tab_and_shows_the_focus(looks: tuple[Notebook, dict[str, Locator]]) -> None:
    notebook, widgets = looks
    widgets["streaming"].locator("button.nbstream-stop").focus()
    walked = []
    while focused := notebook.page.evaluate(FOCUSED):
        name, style, outline = focused
        assert (style, outline >= 2) == ("solid", True), focused
        walked.append(name)
        notebook.page.keyboard.press("Tab")
    assert walked == [
        *("stop", "scroller", "resize", "guard", "guard", "retry", "chip"),
        *("copy", "copy", "toggle", "help"),
    ]


def test_a_question_mark_shows_the_keys_and_hides_them(looks: tuple[Notebook, dict[str, Locator]]) -> None:
    notebook, widgets = looks
    widget = widgets["stopped"]
    keys, before = widget.locator(".nbstream-keys"), widget.locator(".nbstream-retry").bounding_box()
    widget.locator(".nbstream-scroller").focus()
    notebook.page.keyboard.press("?")
    expect(keys).to_be_visible()
    expect(widget.locator("button.nbstream-help")).to_have_attribute("aria-expanded", "true")
    assert widget.locator(".nbstream-retry").bounding_box() == before
    for key in ("Esc", "Ctrl + Enter", "Alt + Enter", "Shift + click"):
        expect(keys.get_by_text(key, exact=True)).to_be_visible()
    notebook.page.keyboard.press("?")
    expect(keys).to_be_hidden()


def test_a_question_mark_in_the_editor_is_a_letter(looks: tuple[Notebook, dict[str, Locator]]) -> None:
    notebook, widgets = looks
    widget = widgets["edit"]
    widget.locator("textarea").focus()
    notebook.page.keyboard.press("?")
    assert widget.locator("textarea").input_value().endswith("?")
    expect(widget.locator(".nbstream-keys")).to_be_hidden()


def test_the_height_is_moved_by_keys_and_by_dragging(looks: tuple[Notebook, dict[str, Locator]]) -> None:
    notebook, widgets = looks
    body, edge = (widgets["text"].locator(f".nbstream-{name}") for name in ("body", "resize"))

    def height() -> int:
        found: int = body.evaluate("node => node.offsetHeight")
        return found

    before = height()
    edge.focus()
    notebook.page.keyboard.press("ArrowUp")
    assert height() == before - 40
    expect(edge).to_have_attribute("aria-valuenow", str(before - 40))
    notebook.page.keyboard.press("Enter")
    assert abs(height() - before) <= 2
    box = edge.bounding_box()
    assert box is not None
    notebook.page.mouse.move(box["x"] + 200, box["y"] + 3)
    notebook.page.mouse.down()
    notebook.page.mouse.move(box["x"] + 200, box["y"] - 97, steps=4)
    notebook.page.mouse.up()
    assert abs(height() - (before - 100)) <= 3


def test_a_height_is_kept_while_the_page_lives(lab: Jupyter) -> None:
    with lab.notebook(FINITE, "gen") as notebook:
        notebook.run(0)
        wait_for_text(notebook, 30)
        edge = notebook.widget.locator(".nbstream-resize")
        edge.focus()
        notebook.page.keyboard.press("ArrowUp")
        notebook.page.keyboard.press("ArrowUp")
        height = notebook.widget.locator(".nbstream-body").evaluate("node => node.offsetHeight")
        notebook.run(1)
        second = notebook.page.locator("section.nbstream").nth(1)
        second.locator(".nbstream-resize").wait_for()
        assert second.locator(".nbstream-body").evaluate("node => node.offsetHeight") == height


def test_only_the_state_is_read_aloud_and_no_token(lab: Jupyter) -> None:
    with lab.notebook(FINITE) as notebook:
        notebook.run(0)
        wait_for_text(notebook, 30)
        live = "[aria-live], [role=status], [role=alert], [role=log]"
        notebook.page.evaluate(
            """live => {
                window.said = [];
                new MutationObserver(records => {
                    for (const { target } of records) {
                        const region = (target.nodeType === 3 ? target.parentElement : target).closest(live);
                        if (region?.textContent) window.said.push(region.textContent);
                    }
                }).observe(document.querySelector('section.nbstream'),
                           { subtree: true, childList: true, characterData: true });
            }""",
            live,
        )
        wait_for_text(notebook, 400)
        notebook.button("stop").click()
        wait_for_state(notebook, "stopped by you")
        assert notebook.page.evaluate("() => [...new Set(window.said)]") == ["stopping…", "stopped by you"]


def test_who_wants_less_motion_gets_none(looks: tuple[Notebook, dict[str, Locator]]) -> None:
    notebook, widgets = looks
    moving = """node => [node, ...node.querySelectorAll('*')].filter(part => {
        const style = getComputedStyle(part);
        return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0;
    }).map(part => part.className)"""
    dot = widgets["stopped"].locator(".nbstream-dot")
    widgets["stopped"].evaluate("node => { node.dataset.state = 'waiting' }")
    assert dot.evaluate("node => getComputedStyle(node).animationName") == "nbstream-breathe"
    notebook.page.emulate_media(reduced_motion="reduce")
    assert [widget.evaluate(moving) for widget in widgets.values()] == [[]] * len(widgets)
    notebook.page.emulate_media(reduced_motion="no-preference")
    widgets["stopped"].evaluate("node => { node.dataset.state = 'stopped' }")


def test_the_rate_over_time_shows_a_stall_and_says_it(lab: Jupyter) -> None:
    # the kernel is asleep between the two halves, as far as anyone can see
    stalls = """
import asyncio, nbstream
class Stalls(nbstream.Replay):
    async def records(self, request):
        n = 0
        async for batch in super().records(request):
            n += 1
            if n == 60:
                await asyncio.sleep(2.5)
            yield batch
replay = Stalls.text("Word by word. " * 60, events_per_s=60)
gen = nbstream.generate("Hello", replay)
gen
"""
    with lab.notebook(stalls) as notebook:
        notebook.run(0)
        wait_for_state(notebook, "finished")
        spark = notebook.widget.locator(".nbstream-spark")
        expect(spark).to_have_attribute("aria-label", re.compile(r"the longest pause 2\.\d s"))
        assert spark.locator(".nbstream-still").get_attribute("d")
