"""The three ways a click reaches the kernel.

A Stop that is sent as an ordinary widget message waits for the running cell: ipykernel 6 handles comm messages on
the main thread, and ipykernel 7.4 routes those of a comm that the kernel has published on to wherever it published
last. So the front end sends each message three times, and the first to arrive wins:

1. over a comm that the *front end* opened, which ipykernel 7 handles on a subshell;
2. as a message of our own on the control channel, which both handle on the control thread;
3. as a widget message (`model.send`), which works everywhere, at the latest when the cell ends.

What runs here may run on any thread: it finds the generation and hands the message over, nothing more.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, Protocol

TARGET = "nbstream.control"
REQUEST = "nbstream_request"


class Receiver(Protocol):
    """What takes messages from the browser, from any thread."""

    def receive(self, content: object) -> None: ...  # noqa: D102


receivers: weakref.WeakValueDictionary[str, Receiver] = weakref.WeakValueDictionary()
installed: set[str] = set()


def listen(generation_id: str, receiver: Receiver) -> None:
    """Let messages that name `generation_id` reach `receiver` for as long as it lives."""
    receivers[generation_id] = receiver
    for name, install in (("comm", install_comm), ("control", install_control)):
        if name not in installed and install():
            installed.add(name)


def deliver(content: object) -> None:
    """Hand a message to the generation it names; anything else is dropped without a word."""
    if isinstance(content, dict) and isinstance(name := content.get("generation"), str):
        receiver = receivers.get(name)
        if receiver is not None:
            receiver.receive(content)


def install_comm() -> bool:
    """Take comms that the front end opens."""
    import comm

    def opened(channel: Any, message: Any) -> None:
        channel.on_msg(lambda message: deliver(message["content"]["data"]))

    comm.get_comm_manager().register_target(TARGET, opened)
    return True


def install_control() -> bool:
    """Take our messages on the control channel; false outside of an ipykernel."""
    handlers = control_handlers()
    if handlers is None:
        return False

    async def handle(stream: Any, ident: Any, parent: Any) -> None:
        deliver(parent.get("content"))

    handlers[REQUEST] = handle
    return True


def control_handlers() -> dict[str, Callable[..., Any]] | None:
    """The kernel's table of control messages, if this is a kernel that has one."""
    try:
        from ipykernel.kernelbase import Kernel
    except ImportError:
        return None
    if not Kernel.initialized():
        return None
    handlers: dict[str, Callable[..., Any]] | None = getattr(Kernel.instance(), "control_handlers", None)
    return handlers
