"""The side of a process that faces the bus: two connections, the relays, the deliveries, and what is provisioned."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from nats.aio.client import Client

from shared.database import Database
from shared.errors import MashangError
from shared.messaging.connection import connect, heed_cancellation
from shared.messaging.consumer import Consumer
from shared.messaging.delivery import Delivery
from shared.messaging.doorbell import Doorbells
from shared.messaging.relay import Relay
from shared.messaging.streams import DriftFound, Plan, plan_for, provision
from shared.service import Service
from shared.settings import Settings

log = structlog.get_logger()


class BusClosed(MashangError):
    """The connection to the bus is gone for good; only a new process gets a new one."""

    code = "bus_closed"
    zh = "消息总线连接已永久关闭"
    en = "The bus connection was closed for good"


@dataclass(slots=True)
class BusSide:
    """Relays on a connection that buffers nothing, consumers on one that does."""

    services: Sequence[Service]
    settings: Settings
    databases: Mapping[str, Database]
    bells: Doorbells
    delays: tuple[float, ...]
    plan: Plan = field(init=False)
    bus: Client | None = None
    consumers: list[Consumer] = field(default_factory=list)
    ending: bool = False
    _closed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        handlers = (handler for service in self.services for handler in service.on)
        self.plan = plan_for([service.name for service in self.services], handlers, self.settings)

    @property
    def is_connected(self) -> bool:
        """Whether deliveries can arrive at this moment."""
        return self.bus is not None and self.bus.is_connected

    @property
    def is_delivering(self) -> bool:
        """Whether a handler is at work."""
        return any(consumer.busy for consumer in self.consumers)

    @property
    def is_relaying(self) -> bool:
        """Whether a relay had rows in hand when it last looked."""
        return any(relay.busy for relay in self.bells.relays.values())

    async def run_relays(self) -> None:
        """One relay per service until cancelled."""
        bus = await self._connected("relay", buffered=False)
        relays = {service.name: Relay(service.name, self.settings, bus, service.gathers) for service in self.services}
        self.bells.relays.update(relays)
        heed_cancellation()
        try:
            async with asyncio.TaskGroup() as tasks:
                for name, relay in relays.items():
                    tasks.create_task(relay.run(), name=f"relay:{name}")
        finally:
            self.ending = True
            await bus.close()

    async def run_deliveries(self) -> None:
        """Provision, then one consumer per handler and stream, until they are stopped."""
        self.bus = await self._connected("deliver")
        await self._provision(self.bus)
        heed_cancellation()
        self.consumers.extend(self._consumers(self.bus))
        async with asyncio.TaskGroup() as tasks:
            for consumer in self.consumers:
                tasks.create_task(consumer.run(), name=consumer.place)

    async def fail_when_closed(self) -> None:
        """Raises BusClosed when a connection was closed and nobody asked for it."""
        await self._closed.wait()
        raise BusClosed

    def stop(self) -> None:
        """Finish the batches in hand and take no more."""
        for consumer in self.consumers:
            consumer.stop()

    async def close(self) -> None:
        """Close the connection of the deliveries."""
        self.ending = True
        if self.bus is not None and not self.bus.is_closed:
            await self.bus.close()

    def _consumers(self, bus: Client) -> list[Consumer]:
        patience = self.settings.ack_wait_seconds
        return [
            Consumer(handler, stream, bus, Delivery(handler, self.databases[service.name], self.delays), patience)
            for service in self.services
            for handler in service.on
            for stream in handler.streams()
        ]

    async def _provision(self, bus: Client) -> None:
        """Drift is reported and left to an operator; readiness stays red until it is settled."""
        while self.settings.provision:
            try:
                created = await provision(bus, self.plan)
            except DriftFound as drift:
                log.error("drift_found", detail=str(drift))  # noqa: TRY400 - expected, one line says it all
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
            if not self.ending:
                log.critical("bus_closed", connection=name)
                self._closed.set()

        async def back() -> None:
            for consumer in self.consumers:
                consumer.reconnected()

        return await connect(self.settings, name, closed, back, buffered=buffered)
