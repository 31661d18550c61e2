"""The floor of the chain: one process, uvicorn without a framework, asyncpg and nats-py, everything after HTTP in batches."""

import asyncio
import contextlib
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import nats
import nats.errors
import uvicorn
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.identifiers import new_id
from tests.benchmarks.rivals import ground
from tests.benchmarks.wire import Letter, publish

_ACCEPT = (
    "WITH kept AS (INSERT INTO hazards (id, site_id, item, created_at) VALUES ($1, $2, $3, now()))"
    " INSERT INTO outbox (event_id, subject, body, created_at) VALUES ($1, $4, $5, now())"
)
_UNSENT = "SELECT id, event_id::text, subject, body FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT 500"
_INBOX = (
    "INSERT INTO inbox SELECT id, $2, now() FROM unnest($1::uuid[]) AS u(id) ORDER BY id"
    " ON CONFLICT DO NOTHING RETURNING event_id"
)
_SITES = (
    "INSERT INTO sites AS s (site_id, hazards, level)"
    " SELECT site, more, 'low' FROM unnest($1::uuid[], $2::int[]) AS u(site, more) ORDER BY site"
    " ON CONFLICT (site_id) DO UPDATE SET hazards = s.hazards + excluded.hazards RETURNING site_id, hazards, level"
)
_LEVELS = "UPDATE sites SET level = u.level FROM unnest($1::uuid[], $2::text[]) AS u(site, level) WHERE site_id = u.site"
_DECISIONS = "INSERT INTO decisions SELECT *, now() FROM unnest($1::uuid[], $2::uuid[], $3::text[])"
_OUTBOX = (
    "INSERT INTO outbox (event_id, subject, body, created_at) SELECT *, now() FROM unnest($1::uuid[], $2::text[], $3::bytea[])"
)
_NOTICES = (
    "INSERT INTO notices (id, cause_id, recipient, body, planned_at)"
    " SELECT *, now() FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])"
)
_WAITING = "SELECT id, recipient, body FROM notices WHERE accepted_at IS NULL ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED"
_HANDED = "UPDATE notices SET accepted_at = clock_timestamp() WHERE id = ANY($1)"


@dataclass(slots=True)
class Chain:
    """All of it: an ASGI application, a relay, two consumers and a sender."""

    told: ground.Told
    pool: "asyncpg.Pool[Any]"
    bus: Client
    said: asyncio.Event = field(default_factory=asyncio.Event)
    planned: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Accept a report; everything else is answered as well."""
        if scope["type"] != "http":
            return
        status = 200
        if scope["method"] == "POST":
            asked, status = json.loads((await receive())["body"]), 201
            report = UUID(asked["id"])
            letter = ground.body_of(report, asked["site_id"], asked["item"])
            await self.pool.execute(_ACCEPT, report, UUID(asked["site_id"]), asked["item"], ground.FOUND, letter)
            self.said.set()
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})

    async def relay(self) -> None:
        """Outbox to stream."""
        while True:
            await _rung(self.said)
            while rows := await self.pool.fetch(_UNSENT):
                await publish(self.bus, [Letter(row["event_id"], row["subject"], row["body"]) for row in rows])
                await self.pool.execute("UPDATE outbox SET sent_at = now() WHERE id = ANY($1)", [row["id"] for row in rows])

    async def consume(self, handler: str, step: Any) -> None:
        """Pull what is there, handle it in one transaction, acknowledge."""
        subscription = await self.bus.jetstream().pull_subscribe(ground.FOUND, handler, ground.STREAM)
        while True:
            messages: list[Msg] = []
            with contextlib.suppress(nats.errors.TimeoutError, TimeoutError):
                messages = await subscription.fetch(500, timeout=5)
            if not messages:
                continue
            heard = {UUID(event["id"]): event for event in (json.loads(message.data) for message in messages)}
            async with self.pool.acquire() as connection, connection.transaction():
                fresh = {row[0] for row in await connection.fetch(_INBOX, list(heard), handler)}
                await step(connection, [heard[event] for event in fresh])
            for message in messages:
                await message.ack()

    async def decide(self, connection: Any, events: list[Any]) -> None:
        """Levels of the sites that were heard of."""
        more = Counter(event["site_id"] for event in events)
        rows = await connection.fetch(_SITES, list(map(UUID, more)), list(more.values()))
        changed = [(row[0], level) for row in rows if (level := ground.level_of(row[1])) != row[2]]
        if changed:
            sites, levels = map(list, zip(*changed, strict=True))
            ids = [new_id() for _ in changed]
            await connection.execute(_LEVELS, sites, levels)
            await connection.execute(_DECISIONS, ids, sites, levels)
            letters = [ground.changed_of(*change) for change in changed]
            await connection.execute(_OUTBOX, ids, [ground.CHANGED] * len(ids), letters)
        self.said.set()

    async def plan(self, connection: Any, events: list[Any]) -> None:
        """Two notices for each hazard."""
        rows = [
            (new_id(), UUID(event["id"]), to, ground.words(event["site_id"], event["item"], to))
            for event in events
            for to in ground.PEOPLE
        ]
        if rows:
            await connection.execute(_NOTICES, *map(list, zip(*rows, strict=True)))
        self.planned.set()

    async def send(self) -> None:
        """Claim, hand over with no transaction open, mark."""
        while True:
            await _rung(self.planned)
            while rows := await self.pool.fetch(_WAITING):
                self.told.hand_over([{"to": row["recipient"], "body": row["body"]} for row in rows])
                await self.pool.execute(_HANDED, [row["id"] for row in rows])


async def _rung(bell: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            await bell.wait()
    bell.clear()


async def _main() -> None:
    told = ground.Told.by_environment()
    bus = await nats.connect(told.nats)
    async with asyncpg.create_pool(told.database, min_size=4, max_size=12) as pool:
        chain = Chain(told, pool, bus)
        config = uvicorn.Config(chain, port=told.port, lifespan="off", log_level="error", access_log=False)
        async with asyncio.TaskGroup() as tasks:
            for task in (chain.relay(), chain.send(), chain.consume(ground.LEVEL, chain.decide)):
                tasks.create_task(task)
            tasks.create_task(chain.consume(ground.NOTICE, chain.plan))
            await uvicorn.Server(config).serve()


if __name__ == "__main__":
    import uvloop

    uvloop.run(_main())
