"""What poison costs its neighbours: letters at a steady rate, with and without poison among them, from publish to handled."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import quantiles
from uuid import UUID

from nats.aio.client import Client
from sqlalchemy import text

from shared import logs
from shared.contracts.event import Event, decode
from shared.database import Database, make_engine
from shared.messaging.consumer import Consumer
from shared.messaging.delivery import Delivery
from shared.messaging.streams import plan_for, provision
from tests.benchmarks.figures import Figure
from tests.benchmarks.place import Place
from tests.support.poison import EVERY_KIND, SUBJECT, letter
from tests.support.post_office import create_tables, receiver

PACE, LETTERS, ROUNDS, WARMING = 200.0, 2_000, 3, 200
NEIGHBOURS_OF_EACH = 9
_READER = next(iter(receiver.on))
_BESIDE = "without poison"


async def measure(place: Place) -> list[Figure]:
    """Laps with and without take turns, each on a stream and a database of its own."""
    clean, poisoned, kept = list[float](), list[float](), 0
    with _logging_to(place.data / "poison.log"):
        async with place.bus(place.settings(place.postgres.url)) as bus:
            for _ in range(ROUNDS):
                clean += (await _lap(place, bus, poison=False)).took
                lap = await _lap(place, bus, poison=True)
                poisoned, kept = poisoned + lap.took, kept + lap.quarantined
    without, among = quantiles(clean, n=100), quantiles(poisoned, n=100)
    note = f"{len(poisoned)} letters at {PACE:g} a second, {ROUNDS} laps in turns; one event in {NEIGHBOURS_OF_EACH + 1} is"
    note += f" poison, of {len(EVERY_KIND)} kinds in turn: {kept} were set apart, the others are tried again meanwhile"
    return [
        Figure("neighbours of poison: publish → effect, p50", "ms", among[49], {_BESIDE: without[49]}),
        Figure("neighbours of poison: publish → effect, p99", "ms", among[98], {_BESIDE: without[98]}, note=note),
        Figure("neighbours of poison: p99 with poison, as a multiple of p99 without", "×", among[98] / without[98], goal="≤ 2"),
    ]


@dataclass(slots=True)
class _Timed(Delivery):
    """Notes how many milliseconds after its time each letter's effect was committed; ``sent`` are those still under way."""

    sent: dict[UUID, float] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)

    async def _together(self, events: list[Event], *, again: bool) -> None:
        await Delivery._together(self, events, again=again)
        now = time.perf_counter()
        self.took += [(now - self.sent.pop(event.envelope.id)) * 1_000 for event in events if event.envelope.id in self.sent]


@dataclass(frozen=True, slots=True)
class _Lap:
    took: list[float]
    quarantined: int


async def _lap(place: Place, bus: Client, *, poison: bool) -> _Lap:
    settings = place.settings(await place.database("poisoned"))
    engine = make_engine(settings, "bench")
    await create_tables(engine)
    database = Database(engine, "receiver")
    await provision(bus, plan_for(["sender"], [_READER], settings))
    delivery = _Timed(_READER, database)
    consumer = Consumer(_READER, "SENDER", bus, delivery)
    running = asyncio.create_task(consumer.run())
    await _flow(bus, delivery, WARMING, poison=poison)
    delivery.took.clear()
    await _flow(bus, delivery, LETTERS, poison=poison)
    consumer.stop()
    await running
    assert await _count(database, "read WHERE times = 1") == LETTERS + WARMING
    lap = _Lap(delivery.took, await _count(database, "quarantine"))
    await bus.jetstream().delete_stream("SENDER")
    await engine.dispose()
    return lap


async def _flow(bus: Client, delivery: _Timed, count: int, *, poison: bool) -> None:
    """So many letters, each at its time however the last one fared; back when all of them are handled."""
    began, under_way, kinds = time.perf_counter(), set[asyncio.Task[object]](), cycle(EVERY_KIND.values())
    for number in range(count):
        due = began + number / PACE
        await asyncio.sleep(due - time.perf_counter())
        bodies = [letter()]
        delivery.sent[decode(bodies[0]).envelope.id] = due
        if poison and number % NEIGHBOURS_OF_EACH == 0:
            bodies.insert(0, next(kinds)())
        under_way |= {asyncio.create_task(bus.jetstream().publish(SUBJECT, body, timeout=30)) for body in bodies}
    await asyncio.gather(*under_way)
    while delivery.sent:  # noqa: ASYNC110 - the consumer's batches
        await asyncio.sleep(0.02)


async def _count(database: Database, what: str) -> int:
    return int(await database.run(lambda tx: tx.value(text(f"SELECT count(*) FROM receiver.{what}"))))


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """As production writes it: every message that is set apart or fails is a line, and that costs its neighbours too."""
    with path.open("w", encoding="utf-8") as out:
        with redirect_stdout(out):
            logs.configure()
        yield
        logs.configure("WARNING")
