"""The ways to stream into a notebook: for each, the cells it runs. All show the same pieces in the same time.

The peers are handed their pieces in 1,000 updates by the cell itself, and `sent` is when that was for the last one, in
seconds since the epoch; nbstream reads them token by token from a server, which tells when it sent the last.
"""

from __future__ import annotations

from .place import PEERS

UPDATES = 1000

PACED = """
import time
from bench.stream import recorded
tokens, seconds, updates = {tokens}, {seconds}, {updates}
texts = recorded(tokens)
def paced():
    began = time.monotonic()
    for turn in range(updates):
        time.sleep(max(0, began + (turn + 1) * seconds / updates - time.monotonic()))
        yield "".join(texts[turn * tokens // updates:(turn + 1) * tokens // updates])
"""

SHADOWED = "Panel ChatInterface"
"""Its text stands in shadow roots, where a page's text is not looked for."""

IMPORTS = {
    "nbstream": "import nbstream",
    "ipywidgets": "import ipywidgets\nfrom IPython.display import display",
    "ipykernel": "from IPython.display import Markdown, display",
    "chatlas": "from chatlas._display import IPyMarkdownDisplay",
    "panel": "import asyncio, panel as pn\nfrom IPython.display import display\npn.extension(inline=True)",
    "marked": "import anywidget, json, pathlib\nfrom IPython.display import display",
}

NBSTREAM = """
gen = nbstream.generate("Hello", "gpt-4.1-mini", base_url={url!r}, api_key="sk-bench")
gen
"""

OUTPUT = """
out = ipywidgets.Output()
display(out)
with out:
    for piece in paced():
        sent = time.time()
        print(piece, end="")
"""

MARKDOWN = """
handle, whole = display(Markdown(""), display_id=True), ""
for piece in paced():
    whole += piece
    sent = time.time()
    handle.update(Markdown(whole))
"""

CHATLAS = """
options = dict(rich_markdown={}, rich_console={}, css_styles={}, tool_result_max_lines=20,
    tool_result_max_height="400px", thinking_max_lines=5, web_activity_max_sources=5, image_max_lines=5)
with IPyMarkdownDisplay(options) as shown:
    for piece in paced():
        sent = time.time()
        shown.echo(piece)
"""

# Panel waits for the browser's word on each update, which a cell that blocks would keep from it.
PANEL = """
chat = pn.chat.ChatInterface(height=600)
display(chat)
message = None
began = time.monotonic()
for turn in range(updates):
    await asyncio.sleep(max(0, began + (turn + 1) * seconds / updates - time.monotonic()))
    sent = time.time()
    message = chat.stream("".join(texts[turn * tokens // updates:(turn + 1) * tokens // updates]), message=message)
"""

MARKED = """
source = pathlib.Path({path!r}).read_text()
class Marked(anywidget.AnyWidget):
    _esm = '''
const source = ''' + json.dumps(source) + ''';
const loading = import(URL.createObjectURL(new Blob([source], {{ type: "text/javascript" }})));
export default {{ async render({{ model, el }}) {{
  let whole = "";
  const {{ marked }} = await loading;
  model.on("msg:custom", ({{ text }}) => {{ whole += text; el.innerHTML = marked.parse(whole); }});
}} }};
'''
shown = Marked()
display(shown)
time.sleep(1)
for piece in paced():
    sent = time.time()
    shown.send({{"text": piece}})
"""

PEERS_CELLS = {
    "ipywidgets.Output + print": ("ipywidgets", OUTPUT),
    "update_display(Markdown)": ("ipykernel", MARKDOWN),
    "chatlas, notebook display": ("chatlas", CHATLAS),
    SHADOWED: ("panel", PANEL),
    "marked, re-parsed at each message": ("marked", MARKED),
}


def own_cells(url: str) -> tuple[str, str]:
    """What nbstream's cells run: the imports, and the stream."""
    return IMPORTS["nbstream"], NBSTREAM.format(url=url)


def cells(way: str, tokens: int, seconds: float) -> tuple[str, str]:
    """What a peer's cells run: the imports, and the stream."""
    package, code = PEERS_CELLS[way]
    updates = min(UPDATES, round(50 * seconds))
    if package == "marked":
        code = code.format(path=str(PEERS / "npm" / "node_modules" / "marked" / "lib" / "marked.esm.js"))
    return PACED.format(tokens=tokens, seconds=seconds, updates=updates) + IMPORTS[package], code
