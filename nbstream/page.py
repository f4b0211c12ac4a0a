"""A widget that becomes one when a page asks for it: until then it has no comm, and dies with whoever holds it.

ipywidgets holds each widget that has a comm until it is closed, so a thousand generations in a loop would stay in
memory with all their text, though nobody has seen one.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Protocol

import anywidget
import traitlets

from .pacer import Budget, Pacer

VIEW = "application/vnd.jupyter.widget-view+json"
STATIC = Path(__file__).parent / "static"
STATICS_PER_S = 30
"""A page draws each anew, with its styles, in some 7 ms: twenty that end together would be one long task."""


class DisplayHandle(Protocol):
    """What IPython gives for an output that may be updated."""

    def update(self, bundle: object, *, raw: bool) -> None: ...  # noqa: D102


@functools.cache
def built(name: str) -> str:
    """A file of the front end."""
    return (STATIC / name).read_text("utf-8")


class Page(anywidget.AnyWidget):
    """The widget as ipywidgets sees it, and the static output beside it."""

    # not paths: the signal by which anywidget tells that a file has changed would hold each widget for ever
    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)

    drawn: ClassVar[Budget] = Budget(STATICS_PER_S, burst=0)

    def __init__(self, **traits: object) -> None:
        self.handles: list[DisplayHandle] = []
        self.watched = False
        self.redraw: asyncio.TimerHandle | None = None
        super().__init__(**traits)

    @traitlets.default("_esm")
    def script(self) -> str:
        """What the browser runs."""
        return built("widget.js")

    @traitlets.default("_css")
    def style(self) -> str:
        """How it looks."""
        return built("widget.css")

    def open(self) -> None:
        """What ipywidgets does with each new widget; ours waits until it is asked for its `model_id`."""

    @property
    def model_id(self) -> str:
        """Asked for by whatever puts the widget on a page; from then on it has a comm, and lives until it is closed."""
        if not self.shown:
            super().open()
            self.opened()
        return str(super().model_id)

    def opened(self) -> None:
        """Tell the page what may have changed while its first state was put together."""

    @property
    def shown(self) -> bool:
        """Whether there may be a page that wants to hear of it."""
        return self.comm is not None

    def spend(self) -> None:
        """Take a turn for a message that does not wait for it: what is paced waits the longer."""
        if self.shown:
            Pacer.budget.take(time.monotonic())

    def static(self) -> dict[str, str]:
        """The output that is seen without a kernel."""
        raise NotImplementedError

    def show_static(self) -> None:
        """Bring the static outputs up to date: in turn on a page, at once where nobody looks (nbconvert)."""
        if self.redraw is not None or not self.handles:
            return
        now = time.monotonic()
        wait = Page.drawn.take(now) - now if self.watched else 0.0
        if wait > 0:
            self.redraw = asyncio.get_running_loop().call_later(wait, self.draw_static)
        else:
            self.draw_static()

    def draw_static(self) -> None:
        """Send them."""
        self.redraw = None
        bundle = self.static()
        for handle in self.handles:
            self.spend()
            handle.update(bundle, raw=True)

    def _ipython_display_(self) -> None:
        """Show the widget, and the static output beside it."""
        from IPython import display as ipython

        show: Callable[..., Any] = ipython.display
        bundle, metadata = self._repr_mimebundle_() or ({VIEW: {}}, {})
        show({VIEW: bundle[VIEW], "text/plain": ""}, metadata=metadata, raw=True)
        self.handles.append(show(self.static(), raw=True, display_id=True))
