"""The toy services as a real process: ``python -m tests.support.toy_process``; settings come from the environment."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from shared import process as shared_process
from shared.bus_side import BusSide
from shared.database import Transaction
from shared.messaging.relay import Relay
from shared.runtime import Process, run
from tests.support.post_office import LetterPosted, receiver, sender


async def freeze(_process: Process) -> None:
    """What a hot loop inside a library does to the whole process."""
    await asyncio.sleep(0.5)
    time.sleep(3600)  # noqa: ASYNC251


async def stay(_events: Sequence[LetterPosted], _tx: Transaction) -> None:
    """A handler that never comes to its end."""
    print("handler begun", flush=True)
    await asyncio.sleep(3600)


async def fall(_self: object, _connection: object) -> int:
    """A fault of ours in one of the tasks that the process owns."""
    message = "a fault of ours"
    raise RuntimeError(message)


async def swallow(_self: object, _bus: object) -> None:
    """A library that takes a cancellation for itself, each time."""
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)


def main() -> int:
    """As the test wishes: TOY_FREEZES, TOY_STAYS, TOY_FALLS, TOY_SWALLOWS."""
    if "TOY_SWALLOWS" in os.environ:
        BusSide._provision = swallow  # type: ignore[assignment,method-assign]
        shared_process._END_SECONDS = 2.0
    if "TOY_STAYS" in os.environ:
        receiver.on.handlers[:] = [replace(handler, function=stay) for handler in receiver.on]
    if "TOY_FALLS" in os.environ:
        Relay.carry = fall  # type: ignore[assignment,method-assign]
    return run(sender, receiver, on_ready=freeze if "TOY_FREEZES" in os.environ else None)


if __name__ == "__main__":
    sys.exit(main())
