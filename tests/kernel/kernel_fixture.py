"""A real kernel, of the newest ipykernel and of ipykernel 6."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


def overlay() -> Path:
    """The folder with the older ipykernel, which `make` sets up."""
    folder = Path(os.environ.get("NBSTREAM_IPYKERNEL6") or ROOT / ".venv" / "ipykernel6")
    assert (folder / "ipykernel").is_dir(), f"there is no ipykernel 6 in {folder}: run `make setup`"
    return folder


class Kernel:
    """A running kernel; `run` waits for a cell, `start` does not."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self.client = client

    def start(self, code: str) -> str:
        """Send a cell, and give the id of its message. Its error does not abort the cells after it."""
        return str(self.client.execute(code, stop_on_error=False))

    def await_text(self, text: str) -> None:
        """Wait until the kernel prints this."""
        while text not in self.client.get_iopub_msg(timeout=PATIENCE)["content"].get("text", ""):
            pass

    def reply(self, message_id: str) -> dict[str, Any]:
        """The reply to a cell."""
        while True:
            reply: dict[str, Any] = self.client.get_shell_msg(timeout=PATIENCE)
            if reply["parent_header"].get("msg_id") == message_id:
                return dict(reply["content"])

    def run(self, code: str) -> str:
        """Run a cell to its end and give what it printed."""
        printed: list[str] = []
        self.client.execute_interactive(
            code, timeout=PATIENCE, output_hook=lambda message: printed.append(message["content"].get("text", ""))
        )
        return "".join(printed)


@pytest.fixture(params=["ipykernel7", "ipykernel6"])
def kernel(request: pytest.FixtureRequest) -> Iterator[Kernel]:
    env = dict(os.environ)
    if request.param == "ipykernel6":
        env["PYTHONPATH"] = os.pathsep.join([str(overlay()), *filter(None, [env.get("PYTHONPATH")])])
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=env)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE)
        running = Kernel(manager, client)
        version = running.run("import ipykernel; print(ipykernel.__version__)")
        assert version.startswith("6.") == (request.param == "ipykernel6")
        yield running
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
