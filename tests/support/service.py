"""One service on a real database without a broker: it hears events, does its work, and we read what it said."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from shared.clock import utc_now
from shared.contracts.event import Envelope, Event, decode, encode, subject_of
from shared.database import Database, make_engine
from shared.database.migrations import migrate
from shared.identifiers import new_id
from shared.messaging.delivery import Acked, Delivery, Message, Retried, Verdict
from shared.service import Service, Station, Worker
from shared.settings import Settings
from shared.web.application import Mounted, application
from shared.web.health import Health
from shared.web.identity import Identity, LocalIssuer
from tests.support.servers import fresh_database
from tests.support.serving import trusted

_WORDS = {Acked: "acked", Retried: "retried"}


@dataclass(slots=True)
class ServiceUnderTest:
    """Runs the same delivery function, the same application and the same workers as production."""

    service: Service
    database: Database
    settings: Any
    process: Settings
    http: httpx.AsyncClient
    data: Path
    delays: tuple[float, ...] = (0.0, 0.0, 0.0)
    _heard: int = 0
    _issuer: LocalIssuer = field(init=False)

    def __post_init__(self) -> None:
        self._issuer = LocalIssuer.at(self.data)

    @classmethod
    @asynccontextmanager
    async def of(cls, service: Service, data: Path, **settings: Any) -> AsyncIterator["ServiceUnderTest"]:
        """A migrated database of its own; ``settings`` are values of the service's own settings class."""
        async with fresh_database(service.name, lambda url: _migrated(url, service.name)) as url:
            process = settings_for(url, data)
            engine = make_engine(process, "test")
            own = service.settings(**settings) if service.settings else process
            async with httpx.AsyncClient(timeout=30, verify=trusted()) as http:
                yield cls(service, Database(engine, service.name), own, process, http, data)
            await engine.dispose()

    async def hears(self, *events: Event, sequence: int = 1, message: UUID | None = None, at: Any = None) -> str:
        """Deliver events to every handler that subscribes to them; the worst verdict in one word.

        ``message`` gives the event id, so that hearing twice with the same one is a repeated delivery.
        """
        verdicts: list[Verdict] = []
        for handler in self.service.on:
            mine = [event for event in events if type(event) in handler.events]
            if mine:
                verdicts += await Delivery(handler, self.database, self.delays).deliver(
                    [self._message(event, sequence, message, at) for event in mine]
                )
        words = {_WORDS.get(type(verdict), "quarantined") for verdict in verdicts}
        return next(word for word in ("quarantined", "retried", "acked", "unheard") if word in words | {"unheard"})

    async def said(self, *kinds: type[Event]) -> list[Any]:
        """Everything in the outbox in order, or only the given classes."""
        bodies = await self.database.run(lambda tx: tx.rows(text(f'SELECT body FROM "{self.service.name}".outbox ORDER BY id')))
        events = [decode(bytes(row["body"])) for row in bodies]
        return [event for event in events if not kinds or isinstance(event, kinds)]

    async def works(self, worker: Worker) -> bool:
        """One turn of a worker."""
        return await worker.turn(self.station)

    @property
    def station(self) -> Station:
        """What a worker of this service may use."""
        return Station(self.database, self.settings, self.process, self.http, self.data)

    def time_passes(self, **duration: float) -> None:
        """Move the transactions' clock forward: ``time_passes(days=3)``."""
        self.database.shift += timedelta(**duration)

    def token(self, *roles: str, subject: str = "tester", **claims: Any) -> str:
        """A bearer token; claims such as ``grids=[…]`` and ``parties=[…]`` take UUIDs."""
        plain: dict[str, Any] = {
            key: [str(item) for item in value] if isinstance(value, (list, tuple, set)) else value
            for key, value in claims.items()
        }
        return self._issuer.token(subject, roles, **plain)

    @asynccontextmanager
    async def client(
        self, *roles: str, subject: str = "tester", language: str = "zh-CN", **claims: Any
    ) -> AsyncIterator[httpx.AsyncClient]:
        """An HTTP client of the real application, signed in with ``roles`` (none: anonymous)."""
        mounted = [Mounted(self.service, self.database, self.settings)]
        app = application(mounted, Identity(self.process, self._issuer), Health(), self.data, self.process.max_body_bytes)
        headers = {"Accept-Language": language}
        if roles:
            headers["Authorization"] = f"Bearer {self.token(*roles, subject=subject, **claims)}"
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
            yield client

    async def table(self, name: str) -> Sequence[Any]:
        """All rows of one of the service's tables."""
        return await self.database.run(lambda tx: tx.rows(text(f'SELECT * FROM "{self.service.name}".{name}')))

    def _message(self, event: Event, sequence: int, identity: UUID | None, at: Any) -> Message:
        event_id = identity or new_id()
        self._heard += 1
        envelope = Envelope(
            id=event_id,
            source=f"/{event.event_name.partition('.')[0]}",
            type=event.wire_type(),
            subject=event.site,
            time=at or utc_now() + self.database.shift,
            correlation_id=event_id,
            causation_id=None,
            sequence=sequence,
        )
        return Message(encode(event, envelope), subject_of(event), event.stream(), self._heard)


def settings_for(url: str, data: Path, **more: Any) -> Settings:
    """Settings of one process under test; the environment of the machine has no say."""
    return Settings.model_validate({"database_url": url, "data": data, **more})


async def _migrated(url: str, service: str) -> None:
    engine = make_engine(settings_for(url, Path()), "migrate")
    await migrate(engine, [service])
