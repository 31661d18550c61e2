"""The toy services as a real process: ``python -m tests.support.toy_process``; settings come from the environment."""

import asyncio
import contextlib
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from shared import process as shared_process
from shared.bus_side import BusSide
from shared.database import Transaction
from shared.messaging.relay import Relay
from shared.runtime import Process, run
from shared.watchdog import Watchdog
from tests.support.post_office import LetterPosted, receiver, sender

STILL_THERE = "long after its time the process is still there"
"""Said by a thread that only looks on, five times as long after a fault as it may last: a control waits for this word."""
_LONG_AFTER = 5


async def freeze(process: Process) -> None:
    """What a hot loop inside a library does to the whole process."""
    await asyncio.sleep(0.5)
    _look_on(process.settings.loop_lag_seconds)
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


async def unwatched(_self: Watchdog) -> None:
    """The shortcut: nobody looks at the loop from outside it."""
    await asyncio.sleep(3600)


async def loose(self: BusSide) -> None:
    """The shortcut: a task that is started and forgotten, whose death nobody hears of."""
    forgotten = asyncio.create_task(_RUN_RELAYS(self))
    forgotten.add_done_callback(lambda task: print("the relay is dead:", task.exception(), flush=True))
    await asyncio.sleep(3600)


def stop(self: Process) -> None:
    """The shortcut: what was begun is waited for, however long it takes."""
    _look_on(self.settings.drain_seconds)
    self.settings = self.settings.with_changes(drain_seconds=3600.0)
    _STOP(self)


def _look_on(seconds: float) -> None:
    looking = threading.Timer(_LONG_AFTER * seconds, print, (STILL_THERE,), {"flush": True})
    looking.daemon = True
    looking.start()


_RUN_RELAYS, _STOP = BusSide.run_relays, Process.stop


def main() -> int:
    """As the test wishes: TOY_FREEZES, TOY_STAYS, TOY_FALLS, TOY_SWALLOWS; shortcuts: TOY_UNWATCHED, TOY_LOOSE, TOY_PATIENT."""
    _take_shortcuts()
    if "TOY_SWALLOWS" in os.environ:
        BusSide._provision = swallow  # type: ignore[assignment,method-assign]
        shared_process._END_SECONDS = 2.0
    if "TOY_STAYS" in os.environ:
        receiver.on.handlers[:] = [replace(handler, function=stay) for handler in receiver.on]
    if "TOY_FALLS" in os.environ:
        Relay.carry = fall  # type: ignore[assignment,method-assign]
    return run(sender, receiver, on_ready=freeze if "TOY_FREEZES" in os.environ else None)


def _take_shortcuts() -> None:
    if "TOY_UNWATCHED" in os.environ:
        Watchdog.run = unwatched  # type: ignore[assignment,method-assign]
    if "TOY_LOOSE" in os.environ:
        BusSide.run_relays = loose  # type: ignore[method-assign]
    if "TOY_PATIENT" in os.environ:
        Process.stop = stop  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.exit(main())
