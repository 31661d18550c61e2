"""One process of one or many services: every task is owned here, and when one dies the others are ended."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import structlog
from nats.aio.client import Client
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import housekeeping, traces
from shared.bus_side import BusClosed, BusSide
from shared.database import Database, make_engine
from shared.messaging.connection import CLOSED_EXIT_CODE
from shared.messaging.consumer import ConsumerGone
from shared.messaging.delivery import DELAYS
from shared.messaging.doorbell import Doorbells
from shared.readiness import checks_for
from shared.service import Service, Station
from shared.settings import Settings
from shared.turns import Shift
from shared.watchdog import Watchdog
from shared.web.application import Mounted, application
from shared.web.health import Health
from shared.web.identity import Identity, LocalIssuer
from shared.web.server import HttpServer, http_server, listening_socket

log = structlog.get_logger()

FAULT_EXIT_CODE = 70
_END_SECONDS = 15.0
"""How long tasks that were told to end may take over it; whoever swallows that must not keep half a process alive."""

Task = Coroutine[Any, Any, None]


@dataclass(slots=True)
class Process:
    """Build it, ``await serve()``, and ``stop()`` it from outside."""

    services: tuple[Service, ...]
    settings: Settings
    delays: tuple[float, ...] = DELAYS
    before: Callable[["Process"], None] | None = None
    health: Health = field(default_factory=Health)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    databases: dict[str, Database] = field(default_factory=dict)
    shifts: list[Shift] = field(default_factory=list)
    engine: AsyncEngine = field(init=False)
    bells: Doorbells = field(init=False)
    side: BusSide = field(init=False)
    _server: HttpServer | None = None
    _timers: list[asyncio.TimerHandle] = field(default_factory=list)

    def __post_init__(self) -> None:
        names = [service.name for service in self.services]
        self.engine = make_engine(self.settings, f"mashang-{'+'.join(names)}"[:60])
        self.bells = Doorbells(self.settings)
        self.databases = {service.name: self._database(service) for service in self.services}
        self.side = BusSide(self.services, self.settings, self.databases, self.bells, self.delays)
        self.health.checks.update(checks_for(self))
        self.health.about = {"services": names}

    @property
    def bus(self) -> Client | None:
        """The connection on which deliveries arrive, once there is one."""
        return self.side.bus

    async def serve(self) -> None:
        """Run until stopped, then drain within ``drain_seconds``. Raises what killed the first task that died."""
        listener = listening_socket(self.settings)
        self.port = listener.getsockname()[1]
        if self.before is not None:
            self.before(self)
        async with httpx.AsyncClient(timeout=10, follow_redirects=False) as http, contextlib.AsyncExitStack() as lives:
            for service in self.services:
                if service.lifespan is not None:
                    await lives.enter_async_context(service.lifespan(self._station(service, http)))
            try:
                async with asyncio.TaskGroup() as tasks:
                    running = [tasks.create_task(task, name=name) for name, task in self._tasks(listener, http)]
                    for task in running:
                        task.add_done_callback(self._leave_if_others_stay)
                    await self.stopping.wait()
                    await self._drain(running)
            finally:
                await self._close()

    def stop(self) -> None:
        """Begin to drain: no new work is taken, what was begun is finished."""
        self.health.draining = True
        self.stopping.set()

    def _tasks(self, listener: socket.socket, http: httpx.AsyncClient) -> list[tuple[str, Task]]:
        return [
            ("http", self._serve_http(listener, http)),
            ("relays", self.side.run_relays()),
            ("deliveries", self.side.run_deliveries()),
            ("workers", self._work(http)),
            ("bus", self.side.fail_when_closed()),
            ("watchdog", Watchdog(self.settings.loop_lag_seconds).run()),
        ]

    def _database(self, service: Service) -> Database:
        def rung(bells: frozenset[str], letters: bool) -> None:  # noqa: FBT001 - the database's callback
            self.bells.rung(service.name, bells, letters=letters)

        return Database(self.engine, service.name, rung)

    def _station(self, service: Service, http: httpx.AsyncClient) -> Station:
        settings = service.settings() if service.settings else self.settings
        return Station(self.databases[service.name], settings, self.settings, http, self.settings.data)

    async def _serve_http(self, listener: socket.socket, http: httpx.AsyncClient) -> None:
        local = LocalIssuer.at(self.settings.data) if self.settings.oidc_issuer is None else None
        stations = [(service, self._station(service, http)) for service in self.services]
        mounted = [Mounted(service, station.database, station.settings) for service, station in stations]
        app = application(mounted, Identity(self.settings, local), self.health, self.settings.data, self.settings.max_body_bytes)
        self._server = http_server(app, self.settings)
        self.ready.set()
        await self._server.serve(sockets=[listener])
        if not self.stopping.is_set():
            message = "the HTTP server ended by itself"
            raise RuntimeError(message)

    async def _work(self, http: httpx.AsyncClient) -> None:
        """Every worker of every service, and the doorbells that wake them."""
        for service in self.services:
            station = self._station(service, http)
            for worker in (*service.workers, housekeeping.forget_old_rows):
                bell = self.bells.listen(service.name, worker.bell) if worker.bell else asyncio.Event()
                self.shifts.append(Shift(service.name, worker, station, bell))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.bells.run(), name="bells")
            for shift in self.shifts:
                tasks.create_task(shift.run(), name=f"worker:{shift.service}.{shift.worker.name}")

    async def _drain(self, running: Sequence[asyncio.Task[None]]) -> None:
        """Stop taking, finish what was begun, let the relays carry what was said, then end every task."""
        log.info("draining")
        if self._server is not None:
            self._server.should_exit = True
        self.side.stop()
        for shift in self.shifts:
            shift.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.settings.drain_seconds):
                await _until(lambda: not self.side.is_delivering and not any(shift.busy for shift in self.shifts))
                await running[0]
                await _until(lambda: not self.side.is_relaying)
        for task in running:
            task.cancel()
        self._leave_later(0)

    async def _close(self) -> None:
        await self.side.close()
        await self.engine.dispose()
        traces.flush()
        for timer in self._timers:
            timer.cancel()
        log.info("stopped")

    def _leave_if_others_stay(self, task: asyncio.Task[None]) -> None:
        """One of the tasks died: the others were told to end, and if they do not the process ends without them."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._leave_later(exit_code_of(leaves_of(error)))

    def _leave_later(self, code: int) -> None:
        self._timers.append(asyncio.get_running_loop().call_later(_END_SECONDS, _leave, code))


def exit_code_of(errors: Iterable[BaseException]) -> int:
    """75 where a new process finds what this one lost, 70 for anything else."""
    return CLOSED_EXIT_CODE if any(isinstance(error, (ConsumerGone, BusClosed)) for error in errors) else FAULT_EXIT_CODE


def leaves_of(error: BaseException) -> list[BaseException]:
    """What went wrong, without the groups of tasks in which it did."""
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    return [leaf for inner in error.exceptions for leaf in leaves_of(inner)]


def _leave(code: int) -> None:
    log.critical("process_left", code=code, tasks=sorted(task.get_name() for task in asyncio.all_tasks()))
    os._exit(code)


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - plain flags of many tasks, looked at for a few seconds
        await asyncio.sleep(0.02)
