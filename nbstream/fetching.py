"""Fetches a vocabulary's file into tiktoken's own cache: one download with a limit and a deadline, and a hash check."""

from __future__ import annotations

import asyncio
from pathlib import Path

from .errors import SetupError, TimedOut
from .transport import download
from .vocabulary import HOME, TABLE, offline, own_cache, store
from .wire import Request

SIZE_LIMIT = 8 * 1024 * 1024
"""Bytes; the largest file has 3.6 million."""

DEADLINE_S = 60.0


async def fetch(name: str, home: str = HOME, deadline_s: float = DEADLINE_S) -> Path:
    """Fetch a vocabulary's file and tell where it lies now.

    Raises:
        SetupError: `NBSTREAM_OFFLINE` is set, or there is no cache to put it in; nothing was sent.
        NbstreamError: It did not come, or something else came; nothing was written.
    """
    if offline():
        raise SetupError("NBSTREAM_OFFLINE is set, so nothing is fetched. Unset it to fetch vocabularies.")
    own_cache()
    request = Request(TABLE[name].address(home), None, read_s=deadline_s)
    try:
        async with asyncio.timeout(deadline_s):
            data = await download(request, SIZE_LIMIT)
    except TimeoutError:
        raise TimedOut(f"The vocabulary {name} did not come within {deadline_s:g} s.") from None
    return await asyncio.get_running_loop().run_in_executor(None, store, name, data)
