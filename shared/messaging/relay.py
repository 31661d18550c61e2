"""The relay carries a service's outbox to JetStream: one leader per service, in order, in atomic batches."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import asyncpg
import nats.errors
import structlog
from nats.aio.client import Client
from nats.js.errors import APIError

from shared.database.connection import dedicated
from shared.errors import MashangError
from shared.identifiers import new_id
from shared.messaging import outbox
from shared.messaging.connection import heed_cancellation
from shared.messaging.gauges import OUTBOX_AGE, RELAYED
from shared.messaging.streams import stream_info
from shared.settings import Settings

log = structlog.get_logger()

BATCH = 500
_BATCH_BYTES = 8 * 1024**2
_POLL_SECONDS = 0.5
_ACK_SECONDS = 10.0
_BATCH_DUPLICATE = 10201
_ATOMIC_PUBLISH_ERRORS = range(10174, 10212)


class PublishRefused(MashangError):
    """JetStream refused to store an event, for instance because the stream is full; the row stays unsent."""

    code = "publish_refused"
    status = 503
    zh = "消息流拒绝写入（{number}）"
    en = "The stream refused to store ({number})"


class Row(NamedTuple):
    """One unsent row of the outbox."""

    id: int
    event_id: str
    subject: str
    body: bytes


@dataclass(slots=True)
class Relay:
    """Moves unsent rows by id, in batches of at most 500, and marks them sent after JetStream's acknowledgement.

    Leadership is an advisory lock on a dedicated connection: it ends with the connection, so two can never publish.
    PostgreSQL ends the connection of a host that has vanished within half a minute, and another relay takes over.
    A crash between the acknowledgement and the mark publishes again with the same id, which JetStream drops.
    A stream that lost what it had is given it again, as far back as the outbox keeps it.
    For ``gathers`` seconds after a turn it lets rows come together, which costs the next ones that long and saves turns.
    """

    service: str
    settings: Settings
    bus: Client
    gathers: float = 0.0
    doorbell: asyncio.Event = field(default_factory=asyncio.Event)
    leading: bool = False
    busy: bool = False
    _highest: int = 0

    async def run(self) -> None:
        """Lead, or wait to lead, until cancelled; a lost database connection is opened again."""
        while True:
            try:
                await self._session()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
                log.warning("relay_lost_database", relay=self.service, error=type(error).__name__)
                await asyncio.sleep(0.5)
            finally:
                self.leading = False

    async def _session(self) -> None:
        connection = await dedicated(self.settings, f"mashang-relay-{self.service}", command_timeout=30)
        try:
            await connection.add_listener(channel_of(self.service), lambda *_: self.doorbell.set())
            while not await self._leads(connection):  # noqa: ASYNC110 - the lock is in another process
                await asyncio.sleep(1)
            self.leading = True
            self._highest = await outbox.last_place(connection, self.service)
            log.info("relay_leads", relay=self.service)
            await self._lead(connection)
        finally:
            connection.terminate()

    async def _leads(self, connection: "asyncpg.Connection[Any]") -> bool:
        return bool(await connection.fetchval("SELECT pg_try_advisory_lock(hashtext($1))", f"mashang.relay.{self.service}"))

    async def _lead(self, connection: "asyncpg.Connection[Any]") -> None:
        loop = asyncio.get_running_loop()
        while True:
            heed_cancellation()
            began = loop.time()
            self.doorbell.clear()
            moved = await self._turn(connection)
            if moved < BATCH:
                await self._wait()
                await asyncio.sleep(began + self.gathers - loop.time())

    async def _turn(self, connection: "asyncpg.Connection[Any]") -> int:
        try:
            return await self.carry(connection)
        except (TimeoutError, nats.errors.Error, APIError, MashangError) as error:
            log.warning("relay_cannot_publish", relay=self.service, error=type(error).__name__, detail=str(error)[:200])
            OUTBOX_AGE.labels(self.service).set(await outbox.age(connection, self.service))
            await asyncio.sleep(_POLL_SECONDS)
            return 0

    async def carry(self, connection: "asyncpg.Connection[Any]") -> int:
        """One step: at most two batches from the outbox to the stream; returns how many rows were marked sent.

        The first is marked while the second is on its way: PostgreSQL and JetStream write to their disks at the same time.
        """
        rows = await self._unsent(connection)
        self.busy = bool(rows)
        if not rows:
            OUTBOX_AGE.labels(self.service).set(0)
            return 0
        marking: asyncio.Task[None] | None = None
        try:
            for batch in (rows[:BATCH], rows[BATCH:]):
                places = await self._publish(batch) if batch else []
                if marking is not None:
                    await marking
                marking = asyncio.create_task(self._settle(connection, batch, places)) if batch else None
        finally:
            if marking is not None:
                await marking
        return len(rows)

    async def _settle(self, connection: "asyncpg.Connection[Any]", rows: Sequence[Row], places: Sequence[int]) -> None:
        if places[-1] <= self._highest:
            await self._mend(connection, rows, min(places))
        self._highest = max(*places, self._highest)
        await self._mark(connection, rows, places)
        RELAYED.labels(self.service).inc(len(rows))

    async def _mark(self, connection: "asyncpg.Connection[Any]", rows: Sequence[Row], sequences: Sequence[int]) -> None:
        await connection.execute(
            f'UPDATE "{self.service}".outbox o SET sent_at = now(), stream_seq = s.seq'  # noqa: S608 - our own schema name
            " FROM unnest($1::bigint[], $2::bigint[]) AS s(id, seq) WHERE o.id = s.id AND o.id = ANY($1)",
            [row.id for row in rows],
            sequences,
        )

    async def _mend(self, connection: "asyncpg.Connection[Any]", rows: Sequence[Row], first: int) -> None:
        """A place was given out before: where the stream was made anew or brought back from a backup, say again what it lacks."""
        info = await stream_info(self.bus, self.service.upper())
        if info is None or info["state"]["last_seq"] >= self._highest:
            return
        log.error("stream_lost_events", relay=self.service, stood_at=self._highest, stands_at=first)
        self._highest = first
        chosen = f'SELECT id FROM "{self.service}".outbox WHERE stream_seq >= $1 AND NOT id = ANY($2::bigint[]) LIMIT 20000'  # noqa: S608
        again = f'UPDATE "{self.service}".outbox SET sent_at = NULL, stream_seq = NULL WHERE id IN ({chosen})'  # noqa: S608
        while await connection.execute(again, first, [row.id for row in rows]) != "UPDATE 0":
            ...

    async def _unsent(self, connection: "asyncpg.Connection[Any]") -> list[Row]:
        found = await connection.fetch(
            f'SELECT id, event_id::text, subject, body FROM "{self.service}".outbox'  # noqa: S608
            " WHERE sent_at IS NULL ORDER BY id LIMIT $1",
            2 * BATCH,
        )
        rows = [Row._make(record) for record in found]
        size = 0
        for count, row in enumerate(rows):
            size += len(row.body)
            if size > _BATCH_BYTES and count:
                return rows[:count]
        return rows

    async def _publish(self, rows: Sequence[Row]) -> list[int]:
        if len(rows) == 1:
            return [await self._publish_one(rows[0])]
        try:
            last = await self._publish_batch(rows)
        except PublishRefused as refusal:
            if refusal.facts["number"] not in _ATOMIC_PUBLISH_ERRORS:
                raise
            log.info("relay_sends_singly", relay=self.service, reason=refusal.facts["number"], rows=len(rows))
            return [await self._publish_one(row) for row in rows]
        return [last - len(rows) + 1 + place for place in range(len(rows))]

    async def _publish_batch(self, rows: Sequence[Row]) -> int:
        """One JetStream atomic batch (ADR-50 of NATS): all rows are stored, or none."""
        batch = str(new_id())
        *most, final = enumerate(rows, start=1)
        for number, row in most:
            await self.bus.publish(row.subject, row.body, headers=_headers(row, batch, number))
        number, row = final
        return _stored(await self._acknowledged(row, _headers(row, batch, number) | {"Nats-Batch-Commit": "1"}))

    async def _publish_one(self, row: Row) -> int:
        return _stored(await self._acknowledged(row, _headers(row)))

    async def _acknowledged(self, row: Row, headers: dict[str, str]) -> bytes:
        """JetStream's answer. Raises TimeoutError once the connection is gone or another one: the answer was lost with it."""
        asked = asyncio.create_task(self.bus.request(row.subject, row.body, timeout=_ACK_SECONDS, headers=headers))
        connection = self.bus.stats["reconnects"]
        try:
            while not asked.done():
                await asyncio.wait((asked,), timeout=_POLL_SECONDS)
                if not asked.done() and (self.bus.stats["reconnects"] != connection or not self.bus.is_connected):
                    raise TimeoutError
            return asked.result().data
        finally:
            asked.cancel()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(_POLL_SECONDS):
                await self.doorbell.wait()
        except TimeoutError:
            return


def channel_of(service: str) -> str:
    """The NOTIFY channel that wakes a service's relay."""
    return f"mashang_{service}_outbox"


def _headers(row: Row, batch: str | None = None, number: int = 0) -> dict[str, str]:
    headers = {"Nats-Msg-Id": row.event_id, "Content-Type": "application/cloudevents+json"}
    if batch:
        headers["Nats-Batch-Id"], headers["Nats-Batch-Sequence"] = batch, str(number)
    return headers


def _stored(answer: bytes) -> int:
    from_server = json.loads(answer)
    problem = from_server.get("error")
    if problem:
        raise PublishRefused(number=problem.get("err_code", 0))
    return int(from_server["seq"])
