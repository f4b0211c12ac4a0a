"""A cell for each state that a widget can be in; the pictures and the tests of the look show them."""

from __future__ import annotations

from notebooks import Notebook
from playwright.sync_api import Locator

BEGIN = """
import json, nbstream
from nbstream.guards import MaxTokens, Pattern, Repetition, Stall

PROMPT = "Introduce the GPT model structure in as much detail as possible."

def demo(rate=60, first=0.1):
    return nbstream.providers.Demo(tokens_per_s=rate, first_token_s=first, seed=1)

def recorded(*deltas, rate=0):
    records = [{"id": "x", "choices": [{"delta": delta, "finish_reason": None}]} for delta in deltas]
    return nbstream.Replay("".join(f"data: {json.dumps(r)}\\n\\n" for r in records).encode(), events_per_s=rate)

def stopped(gen, tokens=60):
    while gen.status != "done" and len(gen.text) < 4 * tokens:
        time.sleep(0.01)
    gen.stop()
    gen.wait()
    return gen

import time
"""
ANSWER = r"""## Attention

It is \(\operatorname{softmax}(QK^\top/\sqrt{d_k})\,V\) with $d_k = 64$, once for each head:

```python
def attention(q: np.ndarray, k, v):
    "Scaled dot product."  # one head
    return softmax(q @ k.T / np.sqrt(64)) @ v
```

| layer | parameters | share |
|---|---|---|
| attention | 2 359 296 | 33 % |
| feed-forward | 4 718 592 | 66 % |

$$\mathcal{L} = -\sum_{t=1}^{T} \log p_\theta(x_t \mid x_{<t})$$

- [x] trained, see [the notes](https://example.org/)
- [ ] tested with `pytest`

> مرحبا بالعالم، هذا نص.
"""
WORDS = "First the question asks for the structure, so I should name the parts in their order. "
STATES = {
    "waiting": ("gen = nbstream.generate(PROMPT, demo(first=600))", "waiting"),
    "streaming": (
        "gen = nbstream.generate(PROMPT, demo(12), max_tokens=4000, guards=[MaxTokens(4000), Stall(30)])",
        "streaming",
    ),
    "reasoning": (
        f"gen = nbstream.generate(PROMPT, recorded(*[{{'reasoning_content': w}} for w in ({WORDS!r} * 3000)"
        ".split(' ')], rate=9))",
        "reasoning",
    ),
    "tool": (
        "call = lambda **f: {'tool_calls': [{'index': 0, 'function': f}]}\n"
        "gen = nbstream.generate(PROMPT, recorded(call(name='look_up', arguments=''),"
        " call(arguments='{\"city\": \"'), *[call(arguments=' Paris') for _ in range(9000)], rate=5))",
        "calling a tool",
    ),
    "stopping": ("gen = nbstream.generate(PROMPT, demo(12), max_tokens=4000)", "streaming"),
    "stopped": ("gen = stopped(nbstream.generate(PROMPT, demo(), max_tokens=400))", "stopped by you"),
    "help": ("gen = stopped(nbstream.generate(PROMPT, demo(), max_tokens=400))", "stopped by you"),
    "length": ("gen = nbstream.generate(PROMPT, demo(0), max_tokens=90, temperature=0.7)\ngen.wait()", "finished: "),
    "guard": (
        "gen = nbstream.generate(PROMPT, demo(200), guards=[MaxTokens(120), Stall(20), Repetition()],"
        " max_tokens=2000)\ngen.wait()",
        "guard",
    ),
    "error": (
        'gen = nbstream.generate(PROMPT, nbstream.Replay(b\'data: {"error": {"message": "The server is overloaded;'
        ' try again in a minute.", "code": 503}}\\n\\n\'))',
        "error",
    ),
    "resumed": (
        "gen = stopped(nbstream.generate(PROMPT, demo(), max_tokens=400))\ngen.resume()\nstopped(gen, 140)",
        "stopped by you",
    ),
    "edit": ("gen = stopped(nbstream.generate(PROMPT, demo(), max_tokens=400))", "stopped by you"),
    "comparison": (
        "gen = stopped(nbstream.generate(PROMPT, demo(), max_tokens=400))\n"
        "gen.retry(temperature=0.3)\nstopped(gen, 80)",
        "stopped by you",
    ),
    "attempts": (
        "gen = stopped(nbstream.generate(PROMPT, demo(), max_tokens=400), 20)\n"
        "for seed in range(5):\n    gen.retry(seed=seed)\n    stopped(gen, 20 + 9 * seed)",
        "stopped by you",
    ),
    "text": (f"gen = nbstream.generate(PROMPT, nbstream.Replay.text({ANSWER!r}, events_per_s=0))", "finished"),
}


def cells(*names: str) -> list[str]:
    """A cell of what they share, then one for each state."""
    return [BEGIN, *(f"{STATES[name][0]}\ngen" for name in names)]


def show(notebook: Notebook, *names: str) -> dict[str, Locator]:
    """Run the cells, and wait until each widget is in its state."""
    for cell in range(len(names) + 1):
        notebook.start(cell)
    found = {}
    for at, name in enumerate(names, 1):
        widget = notebook.page.locator(".jp-Notebook .jp-Cell").nth(at).locator("section.nbstream")
        widget.locator(".nbstream-state", has_text=STATES[name][1]).wait_for()
        found[name] = widget
    if "edit" in found:
        found["edit"].locator("button.nbstream-edit:enabled").click()
    if "help" in found:
        found["help"].locator("button.nbstream-help").click()
    if "comparison" in found:
        found["comparison"].locator("button.nbstream-compare").click()
        found["comparison"].locator(".nbstream-sides").wait_for()
    return found


def theme(notebook: Notebook, name: str) -> None:
    """Light or dark, as JupyterLab's own menu does it."""
    notebook.page.evaluate(
        "name => window.jupyterapp.commands.execute('apputils:change-theme', { theme: name })",
        f"JupyterLab {name.title()}",
    )
    notebook.page.wait_for_function(
        "light => document.body.dataset.jpThemeLight === light", arg=str(name == "light").lower()
    )
