"""Long answers, many widgets and hidden tabs: nothing freezes, nothing moves under the reader, all of it is found.

What is asserted are counts and places, and generous bounds; `-rP` prints what was measured.
"""

from __future__ import annotations

import contextlib

import pytest
from notebooks import Jupyter, Notebook
from playwright.sync_api import Locator, TimeoutError
from story import wait_for_state

pytestmark = pytest.mark.browser

TOKENS = 100_000
# Paragraphs, code, lists and tables, made in the kernel: about 4 characters a token.
MADE = """
import nbstream
def answer(tokens):
    part = '''
## Part {n}

Word by word the model writes paragraph {n}, with *emphasis*, `code` and a [link](https://example.org/{n}).

```python
def part_{n}(x: int) -> str:
    return f"{{x}} of {n}"  # a comment
```

| a | b |
|---|---|
| {n} | two |

- one
- two of {n}

'''
    return "".join(part.format(n=n) for n in range(tokens * 4 // len(part)))
"""


def long(rate: int) -> str:
    """A cell that streams a hundred thousand tokens, `rate` events a second; 0 is as fast as it goes."""
    return f"""{MADE}
text = answer({TOKENS})
gen = nbstream.generate("Hello", nbstream.Replay.text(text, events_per_s={rate}))
gen
"""


WATCH = """window.tasks = []; new PerformanceObserver(list => {
  for (const entry of list.getEntries()) window.tasks.push(Math.round(entry.duration));
}).observe({ type: 'longtask' })"""
LENGTH = "document.querySelector('section.nbstream .nbstream-text').textContent.length"


def watched(notebook: Notebook) -> None:
    notebook.page.evaluate(WATCH)


def longest(notebook: Notebook, what: str) -> int:
    """The longest task in ms, printed; 0 if none was over 50 ms."""
    tasks: list[int] = notebook.page.evaluate("() => window.tasks")
    print(f"{what}: {len(tasks)} tasks over 50 ms, the longest {max(tasks, default=0)} ms")
    return max(tasks, default=0)


def test_a_hundred_thousand_tokens_stream_in_small_tasks_and_are_found(lab: Jupyter) -> None:
    with lab.notebook(long(8000), "len(text)") as notebook:
        watched(notebook)
        notebook.run(0)
        wait_for_state(notebook, "finished")
        last = "Part 0"
        notebook.page.wait_for_function(f"() => {LENGTH} > {TOKENS * 5 // 2}")
        assert longest(notebook, "100,000 tokens") < 2000
        parts = notebook.text.locator(".nbstream-part")
        assert parts.count() > 10
        assert parts.first.evaluate("node => getComputedStyle(node).contentVisibility") == "auto"
        for needle in (last, "paragraph 700,"):
            notebook.page.evaluate("() => document.getSelection().removeAllRanges()")
            assert notebook.page.evaluate("needle => window.find(needle)", needle), needle
        assert "700" in notebook.page.evaluate("() => document.getSelection().toString()")


def wheel_to_the_top(notebook: Notebook, pane: Locator) -> None:
    """As a reader does: once more, if the page moved under the pointer as the answer began."""
    at_top = "() => document.querySelector('.nbstream-scroller').scrollTop === 0"
    for _ in range(2):
        pane.hover()
        notebook.page.mouse.wheel(0, -100_000)
        with contextlib.suppress(TimeoutError):
            notebook.page.wait_for_function(at_top, timeout=5_000)
            break
    notebook.page.wait_for_function(at_top)


def test_the_reader_who_scrolled_up_stays_and_keeps_the_selection(lab: Jupyter) -> None:
    with lab.notebook(long(1500), "gen.stop()") as notebook:
        notebook.run(0)
        notebook.page.wait_for_function(f"() => {LENGTH} > 6000")
        pane = notebook.widget.locator(".nbstream-scroller")
        wheel_to_the_top(notebook, pane)
        notebook.page.mouse.wheel(0, 120)
        notebook.page.wait_for_function("() => document.querySelector('.nbstream-scroller').scrollTop === 120")
        chosen = notebook.text.locator("p").first.evaluate(
            "node => { document.getSelection().selectAllChildren(node); return getSelection().toString() }"
        )
        before = notebook.page.evaluate(f"() => {LENGTH}")
        notebook.page.wait_for_function(f"before => {LENGTH} > before + 20000", arg=before)
        assert pane.evaluate("node => node.scrollTop") == 120
        assert notebook.page.evaluate("() => getSelection().toString()") == chosen
        notebook.run(1)


def test_twenty_widgets_stream_at_once(lab: Jupyter) -> None:
    many = (
        MADE
        + """
text = answer(2000)
gens = [nbstream.generate("Hello", nbstream.Replay.text(text, events_per_s=400)) for _ in range(20)]
for gen in gens:
    display(gen)
"""
    )
    with lab.notebook(many, "sum(len(gen.wait().text) for gen in gens), 20 * len(text)") as notebook:
        watched(notebook)
        notebook.run(0)
        sent, all_of_it = notebook.run(1).strip("()").split(", ")
        assert sent == all_of_it
        notebook.page.wait_for_function(
            "() => document.querySelectorAll('section.nbstream[data-state=finished]').length === 20"
        )
        # those out of sight may be some frames behind
        notebook.page.wait_for_function(
            """() => new Set(
                [...document.querySelectorAll('section.nbstream .nbstream-text')].map(node => node.textContent.length)
            ).size === 1"""
        )
        assert longest(notebook, "20 widgets") < 2000


def test_stop_answers_in_the_clicks_own_frame_while_twenty_stream(lab: Jupyter) -> None:
    many = f"""{MADE}
text = answer(100_000)
gens = [nbstream.generate("Hello", nbstream.Replay.text(text, events_per_s=200)) for _ in range(20)]
for gen in gens:
    display(gen)
"""
    with lab.notebook(many, "nbstream.stop_all()") as notebook:
        notebook.run(0)
        streaming = "document.querySelectorAll('section.nbstream[data-state=streaming]').length"
        notebook.page.wait_for_function(f"() => {streaming} === 20")
        answers = notebook.page.locator("section.nbstream").evaluate_all(
            """views => [0, 9, 19].map(n => {
                const button = views[n].querySelector('.nbstream-stop');
                button.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, button: 0 }));
                return button.textContent;
            })"""
        )
        assert answers == ["stopping…"] * 3
        notebook.page.wait_for_function(
            "() => document.querySelectorAll('section.nbstream[data-state=stopped]').length === 3"
        )
        assert notebook.page.evaluate(f"() => {streaming}") == 17
        notebook.run(1)


def test_a_hidden_tab_catches_up_in_small_tasks(lab: Jupyter) -> None:
    """What a tab in the background has: no animation frames, until it is shown again."""
    with lab.notebook(long(0), "gen.wait().status") as notebook:
        notebook.page.evaluate(
            """() => {
                const { requestAnimationFrame: frame, cancelAnimationFrame: cancel } = window;
                const held = new Map();
                let last = 0;
                window.requestAnimationFrame = run => (held.set(--last, run), last);
                window.cancelAnimationFrame = id => held.delete(id) || cancel(id);
                window.show = () => {
                    Object.assign(window, { requestAnimationFrame: frame, cancelAnimationFrame: cancel });
                    for (const run of held.values()) frame(run);
                };
            }"""
        )
        notebook.start(0)
        notebook.page.wait_for_selector("section.nbstream", state="attached")
        assert notebook.run(1) == "'done'"
        watched(notebook)
        notebook.page.evaluate("() => window.show()")
        notebook.page.wait_for_function(f"() => {LENGTH} > {TOKENS * 5 // 2}")
        assert longest(notebook, "catching up") < 2000
