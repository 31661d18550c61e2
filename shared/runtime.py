"""The process: one or many services, every task owned here, signals too; when a task dies the process exits non-zero."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import structlog
import uvicorn
import uvloop
from nats.aio.client import Client
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import housekeeping, logs, traces
from shared.database import Database, make_engine
from shared.errors import MashangError
from shared.messaging.connection import CLOSED_EXIT_CODE, connect
from shared.messaging.consumer import Consumer, ConsumerGone
from shared.messaging.delivery import DELAYS, Delivery
from shared.messaging.doorbell import Doorbells
from shared.messaging.relay import Relay
from shared.messaging.streams import DriftFound, Plan, plan_for, provision
from shared.readiness import checks_for
from shared.service import Service, Station
from shared.settings import Settings
from shared.turns import Shift
from shared.watchdog import Watchdog
from shared.web.application import Mounted, application
from shared.web.health import Health
from shared.web.identity import Identity, LocalIssuer

log = structlog.get_logger()

_FAULT_EXIT_CODE = 70


class BusClosed(MashangError):
    """nats-py gave up on the connection for good; only a new process gets a new one."""

    code = "bus_closed"
    zh = "消息总线连接已永久关闭"
    en = "The bus connection was closed for good"


class PortTaken(MashangError):
    """The HTTP port cannot be had."""

    code = "port_taken"
    zh = "端口 {port} 无法使用（{reason}）；请用 MASHANG_PORT 换一个端口"
    en = "Port {port} cannot be used ({reason}); choose another with MASHANG_PORT"


@dataclass(slots=True)
class Process:
    """One process of Mashang: build it, ``await serve()``, and ``stop()`` it from outside."""

    services: tuple[Service, ...]
    settings: Settings
    delays: tuple[float, ...] = DELAYS
    before: Callable[["Process"], None] | None = None
    health: Health = field(default_factory=Health)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    databases: dict[str, Database] = field(default_factory=dict)
    engine: AsyncEngine = field(init=False)
    bells: Doorbells = field(init=False)
    plan: Plan = field(init=False)
    bus: Client | None = None
    drift: str | None = None
    consumers: list[Consumer] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)
    _server: uvicorn.Server | None = None
    _bus_closed: asyncio.Event = field(default_factory=asyncio.Event)
    _ending: bool = False

    def __post_init__(self) -> None:
        self.engine = make_engine(self.settings, f"mashang-{'+'.join(service.name for service in self.services)}"[:60])
        self.bells = Doorbells(self.settings)
        self.databases = {service.name: self._database(service) for service in self.services}
        speakers = [service.name for service in self.services]
        self.plan = plan_for(speakers, (handler for service in self.services for handler in service.on), self.settings)
        self.health.checks.update(checks_for(self))
        self.health.about = {"services": speakers}

    def _database(self, service: Service) -> Database:
        def rung(bells: frozenset[str], letters: bool) -> None:  # noqa: FBT001 - the database's callback
            self.bells.rung(service.name, bells, letters=letters)

        return Database(self.engine, service.name, rung)

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
                    await self.stopping.wait()
                    await self._drain(running)
            finally:
                await self._close()

    def stop(self) -> None:
        """Begin to drain: no new work is taken, what was begun is finished."""
        self.health.draining = True
        self.stopping.set()

    def _tasks(self, listener: socket.socket, http: httpx.AsyncClient) -> list[tuple[str, Coroutine[Any, Any, None]]]:
        tasks: list[tuple[str, Coroutine[Any, Any, None]]] = [
            ("http", self._serve_http(listener, http)),
            ("relays", self._relays()),
            ("deliveries", self._deliveries()),
            ("doorbells", self._start_shifts_then_bells(http)),
            ("bus", self._fail_when_the_bus_is_closed()),
            ("watchdog", Watchdog(self.settings.loop_lag_seconds).run()),
        ]
        return tasks

    def _station(self, service: Service, http: httpx.AsyncClient) -> Station:
        settings = service.settings() if service.settings else self.settings
        return Station(self.databases[service.name], settings, self.settings, http, self.settings.data)

    async def _serve_http(self, listener: socket.socket, http: httpx.AsyncClient) -> None:
        local = LocalIssuer.at(self.settings.data) if self.settings.oidc_issuer is None else None
        mounted = [
            Mounted(service, self.databases[service.name], self._station(service, http).settings) for service in self.services
        ]
        app = application(mounted, Identity(self.settings, local), self.health, self.settings.data, self.settings.max_body_bytes)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=int(self.settings.drain_seconds),
            ws="none",
        )
        self._server = _Server(config)
        self.ready.set()
        await self._server.serve(sockets=[listener])
        self._unless_stopping("http")

    async def _relays(self) -> None:
        bus = await self._connected("relay", buffered=False)
        relays = {service.name: Relay(service.name, self.settings, bus) for service in self.services}
        self.bells.relays.update(relays)
        try:
            async with asyncio.TaskGroup() as tasks:
                for name, relay in relays.items():
                    tasks.create_task(relay.run(), name=f"relay:{name}")
        finally:
            self._ending = True
            await bus.close()

    async def _deliveries(self) -> None:
        self.bus = await self._connected("deliver")
        await self._provision(self.bus)
        self.consumers.extend(self._consumers(self.bus))
        async with asyncio.TaskGroup() as tasks:
            for consumer in self.consumers:
                tasks.create_task(consumer.run(), name=consumer.place)

    def _consumers(self, bus: Client) -> list[Consumer]:
        return [
            Consumer(
                handler, stream, bus, Delivery(handler, self.databases[service.name], self.delays), self.settings.ack_wait_seconds
            )
            for service in self.services
            for handler in service.on
            for stream in handler.streams()
        ]

    async def _provision(self, bus: Client) -> None:
        if not self.settings.provision:
            return
        while True:
            try:
                created = await provision(bus, self.plan)
            except DriftFound as drift:
                self.drift = str(drift)
                log.error("drift_found", detail=self.drift)  # noqa: TRY400 - expected, one line says it all
                return
            except MashangError as error:
                log.warning("provisioning_waits", error=error.code, detail=str(error))
                await asyncio.sleep(0.5)
            else:
                log.info("provisioned", created=created)
                return

    async def _connected(self, part: str, *, buffered: bool = True) -> Client:
        name = f"{'+'.join(service.name for service in self.services)}-{part}"

        async def closed() -> None:
            if not self._ending:
                log.critical("bus_closed", connection=name)
                self._bus_closed.set()

        async def back() -> None:
            for consumer in self.consumers:
                consumer.reconnected()

        return await connect(self.settings, name, closed, back, buffered=buffered)

    async def _start_shifts_then_bells(self, http: httpx.AsyncClient) -> None:
        for service in self.services:
            station = self._station(service, http)
            for worker in (*service.workers, housekeeping.forget_old_rows):
                listen = self.bells.listen(service.name, worker.bell) if worker.bell else asyncio.Event()
                self.shifts.append(Shift(service.name, worker, station, listen))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.bells.run(), name="bells")
            for shift in self.shifts:
                tasks.create_task(shift.run(), name=f"worker:{shift.service}.{shift.worker.name}")

    async def _fail_when_the_bus_is_closed(self) -> None:
        await self._bus_closed.wait()
        raise BusClosed

    async def _drain(self, running: Sequence[asyncio.Task[None]]) -> None:
        """Stop taking, finish what was begun, let the relays carry what was said, then end every task."""
        log.info("draining")
        if self._server is not None:
            self._server.should_exit = True
        for consumer in self.consumers:
            consumer.stop()
        for shift in self.shifts:
            shift.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.settings.drain_seconds):
                await self._until(lambda: not self._busy())
                await running[0]
                await self._until(lambda: not any(relay.busy for relay in self.bells.relays.values()))
        for task in running:
            task.cancel()

    def _busy(self) -> bool:
        return any(consumer.busy for consumer in self.consumers) or any(shift.busy for shift in self.shifts)

    @staticmethod
    async def _until(condition: Callable[[], bool]) -> None:
        while not condition():  # noqa: ASYNC110 - plain flags of many tasks, looked at for a few seconds
            await asyncio.sleep(0.02)

    def _unless_stopping(self, part: str) -> None:
        if not self.stopping.is_set():
            message = f"{part} ended by itself"
            raise RuntimeError(message)

    async def _close(self) -> None:
        self._ending = True
        if self.bus is not None and not self.bus.is_closed:
            await self.bus.close()
        await self.engine.dispose()
        traces.flush()
        log.info("stopped")


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handling: the process owns the signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


def listening_socket(settings: Settings) -> socket.socket:
    """A bound socket for the HTTP port. Raises PortTaken with the reason in one line."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, so that asyncio switches Nagle off
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise PortTaken(port=settings.port, reason=os.strerror(error.errno or 0)) from None
    listener.listen(1024)
    return listener


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
    return uvloop.run(_guarded(services, chosen, before, on_ready))


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
    expected = [error for error in _leaves(group) if isinstance(error, MashangError)]
    for error in expected:
        log.critical("process_ends", code=error.code, detail=str(error))
        sys.stderr.write(f"{error.text('zh-CN')}\n{error.text('en')}\n")
    if not expected:
        log.critical("process_dies", exc_info=group)
    return CLOSED_EXIT_CODE if any(isinstance(error, (ConsumerGone, BusClosed)) for error in expected) else _FAULT_EXIT_CODE


def _leaves(group: BaseExceptionGroup[Any]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found.extend(_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    return found
