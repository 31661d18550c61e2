"""What poison costs its neighbours: no second delivery, no attempt, no effect; and what it costs where it is not set apart."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text

from mashang.embedded import EmbeddedNats
from shared.contracts.event import Event, decode
from shared.database import Database, make_engine
from shared.messaging.connection import connect
from shared.messaging.consumer import Consumer
from shared.messaging.delivery import Acked, Delivery, Message, Quarantined, Verdict
from shared.messaging.streams import consumer_info, plan_for, provision
from tests.support.poison import EVERY_KIND, SUBJECT, letter
from tests.support.post_office import receiver
from tests.support.running import post_office_tables, until
from tests.support.servers import fresh_database
from tests.support.service import settings_for

READER = next(iter(receiver.on))
NEIGHBOURS_OF_EACH = 9
DELAYS = (0.05, 0.05)


@dataclass(slots=True)
class Bundled(Delivery):
    """The negative control: whatever one message does to the batch is laid to the charge of all."""

    async def _handle(self, messages: Sequence[Message], readable: list[tuple[int, Event]]) -> dict[int, Verdict]:
        try:
            await self._together([event for _, event in readable], again=False)
        except Exception as error:  # noqa: BLE001 - as a consumer without isolation would
            return {place: await self._judge(messages[place], event, error) for place, event in readable}
        return {place: Acked() for place, _ in readable}


@dataclass(slots=True)
class Trusting(Delivery):
    """The negative control: takes for granted that every message can be read."""

    def _read(self, message: Message) -> tuple[Event | None, str]:
        return decode(message.raw), ""


@dataclass(slots=True)
class Looking(Delivery):
    """Looks how far its neighbours are whenever something is set apart."""

    handled: list[int] = field(default_factory=list)

    async def _quarantine(self, message: Message, event: Event | None, reason: str, attempts: int) -> None:
        self.handled.append(await _count(self.database, "read WHERE times = 1"))
        await Delivery._quarantine(self, message, event, reason, attempts)


@dataclass
class Noting:
    """Holds the first batch until all messages are here, so that poison has neighbours beside it; notes what became of each."""

    inner: Delivery
    expected: int
    all_here: asyncio.Event = field(default_factory=asyncio.Event)
    deliveries: dict[bytes, list[int]] = field(default_factory=lambda: defaultdict(list))
    verdicts: dict[bytes, list[Verdict]] = field(default_factory=lambda: defaultdict(list))

    async def deliver(self, messages: Sequence[Message]) -> list[Verdict]:
        for message in messages:
            self.deliveries[message.raw].append(message.deliveries)
        await self.all_here.wait()
        verdicts = await self.inner.deliver(messages)
        for message, verdict in zip(messages, verdicts, strict=True):
            self.verdicts[message.raw].append(verdict)
        return verdicts


@pytest.fixture
async def database() -> AsyncIterator[Database]:
    async with fresh_database("post_office", post_office_tables) as url:
        engine = make_engine(settings_for(url, Path()), "test")
        yield Database(engine, "receiver")
        await engine.dispose()


async def test_poison_of_every_kind_costs_its_neighbours_nothing(server: EmbeddedNats, database: Database) -> None:
    assert await _cost_of_neighbours(server, database, Delivery(READER, database, DELAYS)) == {}
    assert await _count(database, "quarantine") == len(EVERY_KIND)


async def test_neighbours_are_handled_before_anything_is_set_apart(database: Database) -> None:
    delivery = Looking(READER, database, ())
    bodies = [make() for make in EVERY_KIND.values()] + [letter() for _ in range(5)]
    verdicts = await delivery.deliver([Message(raw, SUBJECT, "SENDER", place) for place, raw in enumerate(bodies)])
    assert verdicts == [Quarantined()] * len(EVERY_KIND) + [Acked()] * 5
    assert delivery.handled == [5] * len(EVERY_KIND)


async def test_negative_control_a_batch_that_fails_whole_spends_the_attempts_of_neighbours(
    server: EmbeddedNats, database: Database
) -> None:
    cost = await _cost_of_neighbours(server, database, Bundled(READER, database, DELAYS))
    assert cost != {}
    assert cost["attempts spent"] > 0
    assert cost["without effect"] > 0


async def test_negative_control_who_trusts_every_message_hears_no_neighbour_any_more(
    server: EmbeddedNats, database: Database
) -> None:
    cost = await _cost_of_neighbours(server, database, Trusting(READER, database, DELAYS))
    assert cost != {}
    assert cost["without effect"] > 0


async def _cost_of_neighbours(server: EmbeddedNats, database: Database, delivery: Delivery) -> dict[str, int]:
    """How many neighbours paid in each way until every message was settled, or the consumer had died of one."""
    neighbours = [letter() for _ in range(len(EVERY_KIND) * NEIGHBOURS_OF_EACH)]
    mixed = list(neighbours)
    for place, make in enumerate(EVERY_KIND.values()):
        mixed.insert((NEIGHBOURS_OF_EACH + 1) * place + NEIGHBOURS_OF_EACH // 2, make())
    settings = settings_for("postgresql://unused", Path(), nats_url=server.url, stream_max_bytes=64 * 1024**2)
    bus = await connect(settings, "test", _ignore)
    await provision(bus, plan_for(["sender"], [READER], settings))
    for raw in mixed:
        await bus.jetstream().publish(SUBJECT, raw)
    noting = Noting(delivery, len(mixed))
    consumer = Consumer(READER, "SENDER", bus, noting)
    running = asyncio.create_task(consumer.run())

    async def all_here() -> bool:
        return len(noting.deliveries) + len(consumer._queue) == len(mixed)

    async def over() -> bool:
        if running.done():
            return True
        info = await consumer_info(bus, "SENDER", READER.consumer)
        return info is not None and info["num_pending"] == 0 and info["num_ack_pending"] == 0

    await until(all_here)
    noting.all_here.set()
    await until(over)
    consumer.stop()
    await asyncio.wait([running])
    await bus.close()
    read = await database.run(lambda tx: tx.rows(text("SELECT letter_id::text FROM receiver.read WHERE times = 1")))
    once = {row["letter_id"].encode() for row in read}
    cost = Counter[str]()
    for raw in neighbours:
        cost["delivered again"] += max(noting.deliveries[raw], default=1) > 1 or len(noting.deliveries[raw]) > 1
        cost["attempts spent"] += noting.verdicts[raw] not in ([Acked()], [])
        cost["without effect"] += not any(identity in raw for identity in once)
    return {way: number for way, number in cost.items() if number}


async def _count(database: Database, table: str) -> int:
    return int(await database.run(lambda tx: tx.value(text(f"SELECT count(*) FROM receiver.{table}"))))


async def _ignore() -> None:
    return
