"""What a trial puts on the wire behind the services' backs: copies, originals out of order, poison; each carries a mark."""

import asyncio
import contextlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import asyncpg
import nats.errors
from nats.aio.client import Client
from nats.js.errors import Error as JetStreamError

from shared.identifiers import new_id
from shared.messaging.streams import stream_info
from tests.faults.checker import COPY, POISON, SHUFFLED
from tests.faults.collecting import TRICK
from tests.faults.evidence import Listener

_TRIES = 20
_RELAY_STANDS_STILL = 0.7


@dataclass(slots=True)
class Trickster:
    """Has a connection to the bus with every right, and to the database."""

    bus: Client
    database_url: str
    services: Sequence[str]
    listeners: Sequence[Listener]
    chance: Random
    shift: float = 0.0

    async def copy(self, count: int) -> int:
        """Publish recorded events again, shuffled, half with their id in the header and half without."""
        stream = self.chance.choice(sorted({listener.stream for listener in self.listeners}))
        info = await stream_info(self.bus, stream)
        if not info or not info["state"]["messages"]:
            return 0
        js = self.bus.jetstream()
        numbers = [self.chance.randint(info["state"]["first_seq"], info["state"]["last_seq"]) for _ in range(count)]
        for number in numbers:
            message = await js.get_msg(stream, seq=number)
            if (message.headers or {}).get(TRICK) == POISON or message.data is None or message.subject is None:
                continue
            headers = {"Nats-Msg-Id": json.loads(message.data)["id"]} if self.chance.random() < 0.5 else {}
            await self._publish(message.subject, message.data, headers | {TRICK: COPY})
        return len(numbers)

    async def poison(self) -> int:
        """One bad message of each kind, to a subject that somebody hears."""
        listener = self.chance.choice(self.listeners)
        subject = self.chance.choice(listener.subjects).replace("*", "-")
        bodies = poisons(subject)
        for body in bodies:
            await self._publish(subject, body, {TRICK: POISON})
        return len(bodies)

    async def shuffle(self, service: str) -> int:
        """Cut the relay's connection, take its place, and send what has gathered in any order; then let go."""
        connection = await asyncpg.connect(self.database_url)
        try:
            name = f"mashang-relay-{service}"
            lock = asyncio.create_task(
                connection.execute("SELECT pg_advisory_lock(hashtext($1))", f"mashang.relay.{service}", timeout=20)
            )
            await self._cut(name)
            await lock
            await asyncio.sleep(_RELAY_STANDS_STILL)
            rows = await connection.fetch(
                f'SELECT event_id::text, subject, body FROM "{service}".outbox WHERE sent_at IS NULL ORDER BY id LIMIT 500'
            )
            self.chance.shuffle(rows)
            for identity, subject, body in rows:
                await self._publish(subject, body, {"Nats-Msg-Id": identity, TRICK: SHUFFLED})
            return len(rows)
        finally:
            connection.terminate()

    async def oldest_unsent(self) -> float:
        """When the oldest row that no relay has carried yet was committed, on the trial's clock; now, where there is none."""
        connection = await asyncpg.connect(self.database_url)
        try:
            oldest = [
                await connection.fetchval(f'SELECT min(created_at) FROM "{service}".outbox WHERE sent_at IS NULL')
                for service in self.services
            ]
        finally:
            await connection.close()
        return min((moment.timestamp() - self.shift for moment in oldest if moment is not None), default=time.time())

    async def _cut(self, name: str) -> None:
        connection = await asyncpg.connect(self.database_url)
        await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", name)
        await connection.close()

    async def _publish(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
        """Until it is acknowledged: what lands twice carries its mark twice."""
        for _ in range(_TRIES):
            with contextlib.suppress(nats.errors.Error, JetStreamError, TimeoutError):
                await self.bus.jetstream(timeout=2).publish(subject, body, headers=headers)
                return
            await asyncio.sleep(0.2)


def poisons(subject: str) -> list[bytes]:
    """Bad JSON, no event, nothing readable, too deep, a version of tomorrow, the wrong shape, far too big."""
    kind = ".".join(subject.split(".")[:-1])
    name, _, _version = kind.rpartition(".v")
    return [
        b"{",
        b"[]",
        b"\xff\xfe" * 50,
        b"[" * 4_000,
        _cloud_event(f"{name}.v9999", {}),
        _cloud_event(kind, {"nothing": "that it should have"}),
        _cloud_event(kind, {"ballast": "x" * 120_000}),
    ]


def _cloud_event(kind: str, data: dict[str, Any]) -> bytes:
    event = {
        "specversion": "1.0",
        "id": str(new_id()),
        "source": f"/{kind.partition('.')[0]}",
        "type": kind,
        "time": "2026-01-01T00:00:00+00:00",
        "sequence": 1,
        "data": data,
    }
    return json.dumps(event).encode()
