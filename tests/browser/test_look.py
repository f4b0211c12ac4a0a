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
STREAM = """
import nbstream
from nbstream.guards import MaxTokens
demo = nbstream.providers.Demo(tokens_per_s=60, first_token_s=0, seed=1)
gen = nbstream.generate("Hello", demo, guards=[MaxTokens(5000)], max_tokens=2000)
gen
"""
# the server says nothing for a while in its middle
STALL = """
import asyncio, nbstream
class Stalls(nbstream.Replay):
    async def records(self, request):
        n = 0
        async for batch in super().records(request):
            n += 1
            if n == 60:
                await asyncio.sleep(2.5)
            yield batch
gen = nbstream.generate("Hello", Stalls.text("Word by word. " * 60, events_per_s=60))
gen
"""
# the height of a box that has kept it for ten frames
STILL = """node => new Promise(done => {
    let before = -1, same = 0;
    const look = () => {
        same = node.offsetHeight === before ? same + 1 : 0;
        before = node.offsetHeight;
        if (same === 10) done(before); else requestAnimationFrame(look);
    };
    look();
})"""
PARTS = ("header", "model", "spark", "stop", "body", "guards", "meter", "footer", "retry", "resume", "edit", "strip")


@pytest.fixture(scope="module")
def looks(servers: Callable[[str], Jupyter]) -> Iterator[tuple[Notebook, dict[str, Locator]]]:
    """One notebook with a widget in each state, all of them on the screen."""
    with servers("lab-ipykernel7").notebook(*cells(*STATES)) as notebook:
        notebook.page.set_viewport_size({"width": 1000, "height": 4000})
        widgets = show(notebook, *STATES)
        notebook.page.evaluate(AXE.read_text("utf-8"))
        yield notebook, widgets


@pytest.fixture(scope="module")
def page(servers: Callable[[str], Jupyter]) -> Iterator[Notebook]:
    """A notebook whose cells are run anew by each test."""
    with servers("lab-ipykernel7").notebook(STREAM, "", STALL) as notebook:
        yield notebook


@pytest.fixture
def streaming(page: Notebook) -> Notebook:
    """A fresh widget that streams."""
    page.run(0)
    wait_for_text(page, 30)
    page.widget.locator(".nbstream-spark").wait_for()
    return page


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
    """Where each part stands in the widget, and how large it is; the page itself may still lay itself out."""
    found: dict[str, list[float]] = notebook.page.evaluate(
        """parts => Object.fromEntries(parts.map(part => {
            const widget = document.querySelector('section.nbstream');
            const [from, box] = [widget, widget.querySelector('.nbstream-' + part)].map(n => n.getBoundingClientRect());
            return [part, [box.x - from.x, box.y - from.y, box.width, box.height].map(Math.round)];
        }))""",
        list(PARTS),
    )
    return found


@pytest.mark.parametrize("width", [540, 1200])
def test_nothing_moves_while_it_streams_nor_when_it_ends(page: Notebook, width: int) -> None:
    page.page.set_viewport_size({"width": width, "height": 900})
    page.run(0)
    wait_for_text(page, 30)
    page.widget.locator(".nbstream-spark").wait_for()
    # JupyterLab takes its time to lay itself out
    page.page.wait_for_function(
        "width => Math.abs(width - 120 - document.querySelector('section.nbstream').offsetWidth) < 100", arg=width
    )
    first = places(page)
    wait_for_text(page, 900)
    assert places(page) == first
    assert page.widget.locator(".nbstream-scroller").evaluate("node => node.scrollTop > 0")
    page.button("stop").click()
    wait_for_state(page, "stopped by you")
    expect(page.widget.locator("[data-key=saved]")).to_be_visible()
    assert places(page) == first


def test_a_second_click_on_stop_hits_no_other_button(streaming: Notebook) -> None:
    box = streaming.button("stop").bounding_box()
    assert box is not None
    spot = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    streaming.page.mouse.dblclick(*spot)
    wait_for_state(streaming, "stopped by you")
    streaming.page.mouse.dblclick(*spot)
    hit = "spot => document.elementFromPoint(...spot).closest('button').textContent"
    assert streaming.page.evaluate(hit, spot) == "Stop"
    assert streaming.value(1, "len(gen.attempts)") == 1


# the name of what has the focus, and its outline; nothing, once it has left the widget
FOCUSED = """widget => {
    const node = document.activeElement;
    if (!widget.contains(node)) return null;
    const style = getComputedStyle(node);
    const name = node.className.split(' ')[0].replace('nbstream-', '');
    return [node.closest('.nbstream-text') ? 'in the text' : name, `${style.outlineStyle} ${style.outlineWidth}`];
}"""


def test_every_control_is_reached_by_tab_and_shows_the_focus(looks: tuple[Notebook, dict[str, Locator]]) -> None:
    notebook, widgets = looks
    widget = widgets["streaming"]
    widget.locator(".nbstream-scroller").focus()
    notebook.page.keyboard.press("Shift+Tab")
    walked = []
    while focused := widget.evaluate(FOCUSED):
        name, outline = focused
        assert outline == "solid 2px", focused
        walked.append(name)
        notebook.page.keyboard.press("Tab")
    # what is reached in the text is scrolled to, and then there is a way back to its end
    assert [name for name in walked if name not in ("in the text", "jump")] == [
        *("stop", "scroller", "resize", "guard", "guard", "retry", "chip"),
        *("copy", "copy", "toggle", "help"),
    ]


def test_a_question_mark_shows_the_keys_and_hides_them(looks: tuple[Notebook, dict[str, Locator]]) -> None:
    notebook, widgets = looks
    widget = widgets["stopped"]
    keys = widget.locator(".nbstream-keys")
    footer = "node => node.querySelector('.nbstream-footer').offsetTop"
    before = widget.evaluate(footer)
    widget.locator(".nbstream-scroller").focus()
    notebook.page.keyboard.press("?")
    expect(keys).to_be_visible()
    expect(widget.locator("button.nbstream-help")).to_have_attribute("aria-expanded", "true")
    assert widget.evaluate(footer) == before
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

    edge.focus()
    notebook.page.keyboard.press("Enter")
    scroller = body.locator(".nbstream-scroller").element_handle()
    notebook.page.wait_for_function("node => node.scrollHeight === node.clientHeight", arg=scroller)
    before = body.evaluate(STILL)  # what comes into sight is laid out, coloured and typeset some frames later
    notebook.page.keyboard.press("ArrowUp")
    assert height() == before - 40
    expect(edge).to_have_attribute("aria-valuenow", str(before - 40))
    box = edge.bounding_box()
    assert box is not None
    notebook.page.mouse.move(box["x"] + 200, box["y"] + 3)
    notebook.page.mouse.down()
    notebook.page.mouse.move(box["x"] + 200, box["y"] - 97, steps=4)
    notebook.page.mouse.up()
    assert abs(height() - (before - 140)) <= 3


def test_a_height_is_kept_while_the_page_lives(streaming: Notebook) -> None:
    edge = streaming.widget.locator(".nbstream-resize")
    edge.focus()
    streaming.page.keyboard.press("ArrowUp")
    streaming.page.keyboard.press("ArrowUp")
    height = streaming.widget.locator(".nbstream-body").evaluate("node => node.offsetHeight")
    streaming.source(1, "gen.stop(); gen")
    streaming.run(1)
    second = streaming.page.locator("section.nbstream").nth(1)
    second.locator(".nbstream-resize").wait_for()
    assert second.locator(".nbstream-body").evaluate("node => node.offsetHeight") == height


def test_only_the_state_is_read_aloud_and_no_token(streaming: Notebook) -> None:
    live = "[aria-live], [role=status], [role=alert], [role=log]"
    streaming.page.evaluate(
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
    wait_for_text(streaming, 400)
    streaming.button("stop").click()
    wait_for_state(streaming, "stopped by you")
    assert streaming.page.evaluate("() => [...new Set(window.said)]") == ["stopping…", "stopped by you"]


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


def test_the_rate_over_time_shows_a_stall_and_says_it(page: Notebook) -> None:
    page.run(2)
    widget = page.page.locator("section.nbstream").last
    widget.locator(".nbstream-state", has_text="finished").wait_for()
    spark = widget.locator(".nbstream-spark")
    expect(spark).to_have_attribute("aria-label", re.compile(r"the longest pause [1-9]\d*\.\d s"))
    assert spark.locator(".nbstream-still").get_attribute("d")
