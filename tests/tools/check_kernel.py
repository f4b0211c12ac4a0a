"""Starts the kernel of an overlay folder, runs `1 + 1` in it, and fails unless its ipykernel is 6."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from jupyter_client.manager import KernelManager

CODE = "import ipykernel; print(ipykernel.__version__, 1 + 1)"


def main(overlay: str) -> int:
    """0 if the kernel answered as it should."""
    printed: list[str] = []
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=os.environ | {"PYTHONPATH": str(Path(overlay).resolve())})
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        client.execute_interactive(
            CODE, timeout=60, output_hook=lambda message: printed.append(message["content"].get("text", ""))
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    answer = "".join(printed).strip()
    if answer.startswith("6.") and answer.endswith(" 2"):
        return 0
    print(f"{overlay} should start a kernel of ipykernel 6; it answered {answer!r}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
