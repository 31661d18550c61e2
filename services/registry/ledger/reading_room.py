"""One thread in which all workbooks are opened and read: their rows fill the memory once, however many are sent at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_READER: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger-reader")


async def read_apart(read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run ``read`` in the reading thread, so that the loop goes on meanwhile."""
    return await asyncio.get_running_loop().run_in_executor(_READER, lambda: read(*args, **kwargs))
