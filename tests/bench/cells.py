"""The ways to stream into a notebook: for each, what its cell runs. All show the same pieces in the same time.

The peers are handed their pieces in 1,000 updates by the cell itself; nbstream reads them token by token from a server.
`sent` is when the last update went out, in seconds since the epoch.
"""

from __future__ import annotations

from .place import PEERS

UPDATES = 1000

PACED = """
import time
from bench.stream import recorded
tokens, seconds, updates = {tokens}, {seconds}, {updates}
texts = recorded(tokens)
size = tokens // updates
def paced():
    began = time.monotonic()
    for turn in range(updates):
        time.sleep(max(0, began + (turn + 1) * seconds / updates - time.monotonic()))
        yield "".join(texts[turn * size:(turn + 1) * size])
"""

NBSTREAM = """
import time, nbstream
from bench.stream import LAST
sent = None
def look(attempt, now):
    global sent
    if LAST in attempt.tail(len(LAST)):
        sent = time.time()
gen = nbstream.generate("Hello", "gpt-4.1-mini", base_url={url!r}, api_key="sk-bench", guards=[look])
gen
"""

OUTPUT = """
import ipywidgets
from IPython.display import display
out = ipywidgets.Output()
display(out)
with out:
    for piece in paced():
        sent = time.time()
        print(piece, end="")
"""

MARKDOWN = """
from IPython.display import Markdown, display
handle, whole = display(Markdown(""), display_id=True), ""
for piece in paced():
    whole += piece
    sent = time.time()
    handle.update(Markdown(whole))
"""

CHATLAS = """
from chatlas._display import IPyMarkdownDisplay
options = dict(rich_markdown={}, rich_console={}, css_styles={}, tool_result_max_lines=20,
    tool_result_max_height="400px", thinking_max_lines=5, web_activity_max_sources=5, image_max_lines=5)
with IPyMarkdownDisplay(options) as shown:
    for piece in paced():
        sent = time.time()
        shown.echo(piece)
"""

PANEL = """
import panel as pn
from IPython.display import display
pn.extension()
chat = pn.chat.ChatInterface(height=600)
display(chat)
message = None
for piece in paced():
    sent = time.time()
    message = chat.stream(piece, message=message)
"""

MARKED = """
import anywidget, json, pathlib
from IPython.display import display
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
    "Panel ChatInterface": ("panel", PANEL),
    "marked, re-parsed at each message": ("marked", MARKED),
}


def cell(way: str, tokens: int, seconds: float) -> str:
    """The code of a peer's cell."""
    _, code = PEERS_CELLS[way]
    updates = min(UPDATES, round(50 * seconds))
    if "{path!r}" in code:
        code = code.format(path=str(PEERS / "npm" / "node_modules" / "marked" / "lib" / "marked.esm.js"))
    return PACED.format(tokens=tokens, seconds=seconds, updates=updates) + code
