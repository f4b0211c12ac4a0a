"""The cells that the browser tests run, and a look at the embedded server from outside of the kernel."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from notebooks import Notebook

PROMPT = "Introduce the GPT model structure in as much detail as possible."
GENERATE = f"""
import json, nbstream
from nbstream.demo import address
gen = nbstream.generate({PROMPT!r}, seed=1)
print(json.dumps([address().base_url, address().key, gen.attempt.attempt_id]))
gen
"""
SLEEP = "import time; time.sleep(30)"
LOOP = "import time\nend = time.monotonic() + 30\nwhile time.monotonic() < end: pass"


@dataclass(frozen=True)
class Server:
    """The embedded server of a notebook's kernel, and the attempt to ask it about."""

    base_url: str
    key: str
    attempt_id: str

    def generation(self) -> dict[str, Any]:
        """What the server says once it has seen the connection close; asked again until it has."""
        request = urllib.request.Request(
            f"{self.base_url}/generation?id={self.attempt_id}", headers={"Authorization": f"Bearer {self.key}"}
        )
        deadline = time.monotonic() + 25
        while True:
            try:
                with urllib.request.urlopen(request, timeout=5) as response:
                    data: dict[str, Any] = json.load(response)["data"]
                    return data
            except urllib.error.HTTPError:
                assert time.monotonic() < deadline, "the server never saw the connection close"
                time.sleep(0.02)


def generate(notebook: Notebook) -> Server:
    """Run the first cell and wait until text streams in."""
    printed = notebook.run(0)
    server = Server(*json.loads(printed.partition("]")[0] + "]"))
    notebook.widget.wait_for()
    wait_for_text(notebook, 40)
    return server


def wait_for_text(notebook: Notebook, length: int) -> None:
    """Wait until this much of the answer is on the screen."""
    notebook.page.wait_for_function(
        "length => document.querySelector('section.nbstream .nbstream-text')?.textContent.length >= length", arg=length
    )


def wait_for_state(notebook: Notebook, text: str) -> None:
    """Wait until the state line of the first widget holds this text."""
    notebook.page.wait_for_function(
        "text => document.querySelector('section.nbstream .nbstream-state')?.textContent.includes(text)", arg=text
    )


def exact_text(notebook: Notebook, view: int) -> str:
    """Switch a view to the exact source, and read it."""
    widget = notebook.page.locator("section.nbstream").nth(view)
    widget.locator("button.nbstream-toggle").click()
    text: str = widget.locator(".nbstream-text.nbstream-plain").evaluate("node => node.textContent")
    return text
