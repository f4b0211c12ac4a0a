"""Runs `transformers serve` with a meter in its process, and ends when the process that started it does.

Runs in .venv/servers. The server has no counter that a client could ask, so this one stands where it keeps its own
books: where `generate()`, or the scheduler of `--continuous-batching`, hands over each token after the pass through
the model that made it. So the last token of a cancelled answer counts as well: it was computed, although the server
throws it away. How far a prompt was read is not measured.

One thing is changed: garbage is collected every second. A client that leaves while the server is just sending to it
is not noticed otherwise: Starlette cancels its task within `send`, so that the generator of events, which would cancel
the generation, is closed only once it is collected, and generating makes no garbage that would bring that about.
Measured without the collections: 1 stop in 200 left all of a 3,000-token answer to be generated, in either way.

Each mark is one line of JSON on standard output, with the second of the monotonic clock, which all processes of a
machine share. What the server itself prints goes to standard error.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
import time
from typing import Any

OUT = os.dup(1)
COLLECT_S = 1.0
BUSY = threading.Event()


def main() -> None:
    """Serve with the arguments of `transformers serve`, until standard input ends."""
    os.dup2(2, 1)
    for work in (end_with_parent, collect_garbage):
        threading.Thread(target=work, daemon=True).start()

    from transformers.cli import transformers
    from transformers.cli.serving.utils import DirectStreamer, GenerateManager
    from transformers.generation.continuous_batching.requests import RequestState
    from transformers.generation.continuous_batching.scheduler import Scheduler

    meter_single(GenerateManager, DirectStreamer)
    meter_batched(Scheduler, RequestState)
    sys.argv = ["transformers", "serve", *sys.argv[1:]]
    transformers.main()


def end_with_parent() -> None:
    """The parent holds the other end of this pipe, and never writes."""
    os.read(0, 1)
    os._exit(0)


def collect_garbage() -> None:
    """What was there before the first request is left alone, so that a collection costs next to nothing."""
    BUSY.wait()
    gc.freeze()
    while True:
        time.sleep(COLLECT_S)
        gc.collect()


def meter_single(manager: Any, streamer: Any) -> None:
    """One answer at a time: `generate()` puts the prompt, then each token, into a streamer."""
    generate, begin, put, end = manager.generate_streaming, streamer.__init__, streamer.put, streamer.end
    asked = ""

    def marked_generate(self: Any, *args: Any, request_id: str, **more: Any) -> Any:
        nonlocal asked
        asked = request_id  # the streamer is made within this call, and one thread alone makes them
        return generate(self, *args, request_id=request_id, **more)

    def marked_begin(self: Any, *args: Any, **more: Any) -> None:
        self.metered_id, self.next_mark = asked, "taken"
        begin(self, *args, **more)

    def marked_put(self: Any, value: Any) -> None:
        mark(self.metered_id, self.next_mark)
        self.next_mark = "token"
        try:
            put(self, value)
        except BaseException:
            mark(self.metered_id, "cancelled")
            raise

    def marked_end(self: Any) -> None:
        mark(self.metered_id, "finished")
        end(self)

    manager.generate_streaming = marked_generate
    streamer.__init__, streamer.put, streamer.end = marked_begin, marked_put, marked_end


def meter_batched(scheduler: Any, state: Any) -> None:
    """Continuous batching: a scheduler takes requests, and each request takes its tokens."""
    add, update, clear = (
        scheduler.add_waiting_request,
        state.update_and_check_completion,
        scheduler.clear_cancelled_requests,
    )

    def marked_add(self: Any, request: Any) -> None:
        mark(request.request_id, "taken")
        add(self, request)

    def marked_update(self: Any, *args: Any, **more: Any) -> bool:
        mark(self.request_id, "token")
        complete: bool = update(self, *args, **more)
        if complete:
            mark(self.request_id, "finished")
        return complete

    def marked_clear(self: Any) -> list[Any]:
        cancelled: list[Any] = clear(self)
        for request in cancelled:
            mark(request.request_id, "cancelled")
        return cancelled

    scheduler.add_waiting_request, scheduler.clear_cancelled_requests = marked_add, marked_clear
    state.update_and_check_completion = marked_update


def mark(request: str, what: str) -> None:
    """Write one mark; a line this short is written whole."""
    line = json.dumps({"request": request, "what": what, "at": time.monotonic()})
    os.write(OUT, line.encode() + b"\n")
    BUSY.set()


if __name__ == "__main__":
    main()
