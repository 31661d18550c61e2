"""Outbox to stream: our relay beside a hand-written loop, single publishes, and FastStream's publisher."""

import time
from dataclasses import dataclass
from typing import Any

import asyncpg
from faststream.nats import NatsBroker
from nats.aio.client import Client

from shared.database import Database, Transaction, make_engine
from shared.identifiers import new_id
from shared.messaging.relay import Relay
from shared.messaging.streams import plan_for, provision
from shared.settings import Settings
from tests.benchmarks.figures import Figure
from tests.benchmarks.place import Place
from tests.benchmarks.wire import Letter, publish
from tests.support.post_office import LetterPosted, create_tables

ROWS, SINGLES, ROUNDS = 10_000, 2_000, 3
_FLOOR, _GOAL = "floor: asyncpg + nats-py, atomic batches", "≥ 0.9 of the floor"
_SELECT = "SELECT id, event_id::text, subject, body FROM sender.outbox WHERE sent_at IS NULL ORDER BY id LIMIT $1"


async def measure(place: Place) -> list[Figure]:
    """Rows per second of each, one after another on the same servers."""
    settings = place.settings(await place.database("relay"))
    engine = make_engine(settings, "bench")
    await create_tables(engine)
    database = Database(engine, "sender")
    async with place.bus(settings, buffered=False) as bus:
        await provision(bus, plan_for(["sender"], [], settings))
        ours, floor = _Lap(), _Lap()
        for _ in range(ROUNDS):
            ours += await _lap(database, settings, ROWS, lambda connection: _ours(settings, bus, connection))
            floor += await _lap(database, settings, ROWS, lambda connection: _floor(bus, connection))
        singles = await _lap(database, settings, SINGLES, lambda connection: _singles(bus, connection))
    faststream = await _lap(database, settings, SINGLES, lambda connection: _faststream(settings, connection))
    await engine.dispose()
    beside = {_FLOOR: floor, "nats-py, one by one": singles, "FastStream publish": faststream}
    note = f"{ROUNDS} rounds of {ROWS} rows in turns with the floor; {SINGLES} rows one by one"
    return [
        Figure("relay: outbox to stream", "rows/s", ours.rate, {name: lap.rate for name, lap in beside.items()}, _GOAL, note),
        Figure(
            "relay: its own processor time, servers left out", "µs", ours.micros, {name: it.micros for name, it in beside.items()}
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Lap:
    rows: int = 0
    seconds: float = 0.0
    busy: float = 0.0

    def __add__(self, other: "_Lap") -> "_Lap":
        return _Lap(self.rows + other.rows, self.seconds + other.seconds, self.busy + other.busy)

    @property
    def rate(self) -> float:
        return self.rows / self.seconds

    @property
    def micros(self) -> float:
        return self.busy / self.rows * 1e6


async def _lap(database: Database, settings: Settings, rows: int, carry: Any) -> _Lap:
    await _fill(database, rows)
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    began, busy = time.perf_counter(), time.process_time()
    await carry(connection)
    lap = _Lap(rows, time.perf_counter() - began, time.process_time() - busy)
    assert await connection.fetchval("SELECT count(*) FROM sender.outbox WHERE sent_at IS NULL") == 0
    await connection.close()
    return lap


async def _fill(database: Database, rows: int) -> None:
    async def work(tx: Transaction) -> None:
        tx.say(*(LetterPosted(letter_id=new_id(), site_id=None) for _ in range(1_000)))

    for _ in range(rows // 1_000):
        await database.run(work)


async def _ours(settings: Settings, bus: Client, connection: Any) -> None:
    relay = Relay("sender", settings, bus)
    while await relay.carry(connection):
        pass


async def _floor(bus: Client, connection: Any) -> None:
    while rows := await connection.fetch(_SELECT, 500):
        await publish(bus, [Letter(row["event_id"], row["subject"], row["body"]) for row in rows])
        await connection.execute("UPDATE sender.outbox SET sent_at = now() WHERE id = ANY($1)", [row["id"] for row in rows])


async def _singles(bus: Client, connection: Any) -> None:
    js = bus.jetstream()
    while rows := await connection.fetch(_SELECT, 500):
        for row in rows:
            await js.publish(row["subject"], row["body"], headers={"Nats-Msg-Id": row["event_id"]})
        await connection.execute("UPDATE sender.outbox SET sent_at = now() WHERE id = ANY($1)", [row["id"] for row in rows])


async def _faststream(settings: Settings, connection: Any) -> None:
    async with NatsBroker(settings.nats_url.get_secret_value()) as broker:
        while rows := await connection.fetch(_SELECT, 500):
            for row in rows:
                await broker.publish(row["body"], row["subject"], stream="SENDER", timeout=5)
                await connection.execute("UPDATE sender.outbox SET sent_at = now() WHERE id = $1", row["id"])
