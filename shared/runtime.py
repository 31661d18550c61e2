"""Running services: signals, exit codes, and one clear line for whatever ended the process."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
import uvloop

from shared import logs, traces
from shared.errors import MashangError
from shared.process import Process, exit_code_of, leaves_of
from shared.service import Service
from shared.settings import Settings
from shared.web.server import listening_socket

__all__ = ["OnReady", "Process", "calm_collector", "listening_socket", "run"]

log = structlog.get_logger()

_OBJECTS_BEFORE_A_LOOK = 20_000

OnReady = Callable[[Process], Awaitable[None]]


def run(
    *services: Service,
    settings: Settings | None = None,
    before: Callable[[Process], None] | None = None,
    on_ready: OnReady | None = None,
) -> int:
    """Run services until SIGTERM or SIGINT; returns the exit code: 0 drained, 70 a task died, 75 start me again.

    ``before`` is called when the port is known and nothing runs yet, ``on_ready`` beside the services once HTTP answers.
    """
    chosen = settings or Settings()
    logs.configure(chosen.log_level, chosen.log_format)
    if chosen.otel_endpoint:
        traces.record("+".join(service.name for service in services), chosen.otel_endpoint)
    calm_collector()
    return uvloop.run(_guarded(services, chosen, before, on_ready))


def calm_collector() -> None:
    """What is loaded by now stays, and cycles are looked for less often: a batch makes many objects that live a moment.

    Measured: with Python's own thresholds a busy grader spends a fifth of its time looking for cycles that are not there.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BEFORE_A_LOOK, 20, 100)


async def _guarded(
    services: tuple[Service, ...], settings: Settings, before: Callable[[Process], None] | None, on_ready: OnReady | None
) -> int:
    process = Process(services, settings, before=before)
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, _stop_or_leave, process)
    try:
        async with asyncio.TaskGroup() as tasks:
            welcome = tasks.create_task(_when_ready(process, on_ready)) if on_ready is not None else None
            await process.serve()
            if welcome is not None:
                welcome.cancel()
    except BaseExceptionGroup as group:
        return _told(group)
    except MashangError as error:
        return _told(BaseExceptionGroup("start", [error]))
    return 0


async def _when_ready(process: Process, on_ready: OnReady) -> None:
    await process.ready.wait()
    await on_ready(process)


def _stop_or_leave(process: Process) -> None:
    """The first signal drains, the second leaves at once."""
    if process.stopping.is_set():
        os._exit(1)
    process.stop()


def _told(group: BaseExceptionGroup[Any]) -> int:
    """Say in one line each what ended the process; the exit code tells the supervisor."""
    expected = [error for error in leaves_of(group) if isinstance(error, MashangError)]
    for error in expected:
        log.critical("process_ends", code=error.code, detail=str(error))
        sys.stderr.write(f"{error.text('zh-CN')}\n{error.text('en')}\n")
    if not expected:
        log.critical("process_dies", exc_info=group)
    return exit_code_of(expected)
