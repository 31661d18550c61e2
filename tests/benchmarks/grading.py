"""The grading step: facts pulled from JetStream, folded into levels, kept, said and acknowledged; ours, floor, peers."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from nats.aio.client import Client
from pydantic_core import to_json

from services.grading.handlers import on
from shared.database import Database, make_engine
from shared.database.migrations import migrate
from shared.messaging.consumer import Consumer
from shared.messaging.delivery import Delivery, Message, Verdict
from shared.messaging.streams import plan_for, provision
from shared.messaging.subscriptions import Handler
from tests.benchmarks import by_celery, by_faststream, by_hand, facts
from tests.benchmarks.figures import Figure
from tests.benchmarks.place import Place
from tests.benchmarks.wire import Letter, publish

SITES, EVENTS, ROUNDS = 4_000, 20_000, 2
ONE_BY_ONE, AT_ONCE = 1_000, 3_000
_LEVELS = "SELECT md5(string_agg(site_id::text || level || score, ',' ORDER BY site_id)) FROM grading.sites"
Contestant = Callable[[str, int], Awaitable[None]]
"""Takes the URL of its database and how many messages it has to handle."""


async def measure(place: Place) -> list[Figure]:
    """Each on a copy of the same database, from the same stream; ours and the floor take turns."""
    async with _arena(place) as arena:
        await arena.fill()
        ours, floor = await arena.in_turns(arena.ours, arena.floor)
        beside = {
            "floor: asyncpg + nats-py by hand": floor,
            "FastStream + SQLAlchemy, one at once": await arena.rate(arena.faststream(1), ONE_BY_ONE),
            "FastStream + SQLAlchemy, 20 at once": await arena.rate(arena.faststream(20), AT_ONCE),
        }
        skipped = by_celery.missing()
        if not skipped:
            beside["Celery on Redis, 8 processes"] = await arena.rate(arena.celery, AT_ONCE)
    note = f"{EVENTS} events about {SITES} sites, {ROUNDS} rounds; peers {ONE_BY_ONE} and {AT_ONCE}"
    note += f"; Celery skipped: {skipped}" if skipped else ""
    return [Figure("grading step", "events/s", ours, beside, "≥ 4,500; ≥ 0.9 of the floor; ≥ 12 × the peers", note)]


@dataclass(slots=True)
class _Arena:
    """One stream of facts, one database with the sites that they are about, and who competes."""

    place: Place
    bus: Client
    letters: list[Letter] = field(default_factory=list)
    _count: int = 0

    async def fill(self) -> None:
        """Register the sites, and put a working day into the stream."""
        url = await self.place.database("graded")
        settings = self.place.settings(url)
        await migrate(make_engine(settings, "bench"), ["grading"])
        await provision(self.bus, plan_for(["registry", "inspection"], [], settings))
        registered = list(facts.registrations(SITES))
        await _deliver(self.place, url, registered)
        connection = await asyncpg.connect(url)
        tenants = [row[0] for row in await connection.fetch("SELECT site_id FROM grading.sites WHERE kind = 'tenant'")]
        await connection.execute("TRUNCATE grading.outbox, grading.rollups, grading.inbox")
        await connection.close()
        self.letters = list(facts.working_day(tenants, EVENTS))
        for start in range(0, EVENTS, 500):
            await publish(self.bus, self.letters[start : start + 500])

    async def in_turns(self, *contestants: Contestant) -> list[float]:
        """Rates over all rounds; within a round one follows the other, and all must come to the same levels."""
        rates: list[list[float]] = [[] for _ in contestants]
        levels = set()
        for _ in range(ROUNDS):
            for contestant, found in zip(contestants, rates, strict=True):
                found.append(await self.rate(contestant, EVENTS))
                levels.add(await self._value("graded_copy", _LEVELS))
        assert len(levels) == 1, "not the same work"
        return [len(found) / sum(1 / rate for rate in found) for found in rates]

    async def rate(self, contestant: Contestant, count: int) -> float:
        """Messages per second on a fresh copy of the database."""
        url = await self.place.database("graded_copy", like="graded")
        self._count += 1
        began = time.perf_counter()
        await contestant(url, count)
        rate = count / (time.perf_counter() - began)
        assert await self._value("graded_copy", "SELECT count(*) FROM grading.inbox") >= count
        return rate

    async def ours(self, url: str, count: int) -> None:
        """The project's consumer, delivery and handler, as they run in production."""
        async with _delivery(self.place, url) as delivery:
            handler = delivery.handler
            renamed = Handler(handler.service, f"{handler.name}-{self._count}", handler.function, handler.events, True)  # noqa: FBT003
            await self._durable(renamed.consumer)
            counting = _Counting(delivery, count)
            consumer = Consumer(renamed, "INSPECTION", self.bus, counting)
            running = asyncio.create_task(consumer.run())
            await counting.ended.wait()
            consumer.stop()
            await running

    async def floor(self, url: str, count: int) -> None:
        """The same steps by hand."""
        await self._durable(f"floor-{self._count}")
        connection = await asyncpg.connect(url, server_settings={"jit": "off"})
        await by_hand.grade(self.bus, connection, f"floor-{self._count}", count)
        await connection.close()

    def faststream(self, at_once: int) -> Contestant:
        """FastStream with SQLAlchemy's ORM."""

        async def compete(url: str, count: int) -> None:
            await by_faststream.grade(self.place.nats.url, url, f"faststream-{self._count}", count, at_once)

        return compete

    async def celery(self, url: str, count: int) -> None:
        """A Celery task with SQLAlchemy's ORM, fed through Redis."""
        await by_celery.grade(self.place.data, url, [letter.body for letter in self.letters[:count]])

    async def _durable(self, name: str) -> None:
        config = {"durable_name": name, "ack_policy": "explicit", "max_ack_pending": 5_000, "deliver_policy": "all"}
        request = {"stream_name": "INSPECTION", "config": config, "action": "create"}
        await self.bus.request(f"$JS.API.CONSUMER.DURABLE.CREATE.INSPECTION.{name}", to_json(request), timeout=5)

    async def _value(self, database: str, query: str) -> Any:
        connection = await asyncpg.connect(f"{self.place.postgres.url.rpartition('/')[0]}/{database}")
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()


@dataclass(slots=True)
class _Counting:
    """Tells when enough was delivered."""

    delivery: Delivery
    wanted: int
    done: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def deliver(self, messages: Sequence[Message]) -> list[Verdict]:
        """What the delivery says."""
        verdicts = await self.delivery.deliver(messages)
        self.done += len(verdicts)
        if self.done >= self.wanted:
            self.ended.set()
        return verdicts


@asynccontextmanager
async def _arena(place: Place) -> AsyncIterator[_Arena]:
    async with place.bus(place.settings(place.postgres.url)) as bus:
        yield _Arena(place, bus)


@asynccontextmanager
async def _delivery(place: Place, url: str) -> AsyncIterator[Delivery]:
    engine = make_engine(place.settings(url), "bench")
    handler = next(handler for handler in on if handler.name == "regrade")
    yield Delivery(handler, Database(engine, "grading"))
    await engine.dispose()


async def _deliver(place: Place, url: str, letters: Sequence[Letter]) -> None:
    async with _delivery(place, url) as delivery:
        for start in range(0, len(letters), 500):
            part = letters[start : start + 500]
            await delivery.deliver([Message(letter.body, letter.subject, "REGISTRY", 0) for letter in part])
