"""The toy services as a real process: ``python -m tests.support.toy_process``; settings come from the environment."""

import asyncio
import os
import sys
import time

from shared.runtime import Process, run
from tests.support.post_office import receiver, sender


async def freeze(_process: Process) -> None:
    """What a hot loop inside a library does to the whole process."""
    await asyncio.sleep(0.5)
    time.sleep(3600)  # noqa: ASYNC251


if __name__ == "__main__":
    sys.exit(run(sender, receiver, on_ready=freeze if "TOY_FREEZES" in os.environ else None))
