"""An outbox, a stream and a connection between them: where a relay is tried without the rest of a process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from nats.aio.client import Client

from mashang.embedded import EmbeddedNats
from shared.database import Database, Transaction, make_engine
from shared.identifiers import new_id
from shared.messaging.connection import connect
from shared.messaging.relay import Relay
from shared.messaging.streams import plan_for, provision
from shared.settings import Settings
from tests.support.post_office import LetterPosted
from tests.support.running import post_office_tables, until
from tests.support.servers import fresh_database
from tests.support.service import settings_for


class KilledError(BaseException):
    """The process ends here, as by kill -9: nothing after this line runs."""


class DiesBeforeTheMark(Relay):
    """JetStream has the batch; the outbox does not know."""

    async def _mark(self, *_arguments: Any) -> None:
        raise KilledError


@dataclass
class Office:
    settings: Settings
    database: Database
    bus: Client

    async def posts(self, count: int) -> None:
        async def work(tx: Transaction) -> None:
            tx.say(*(LetterPosted(letter_id=new_id()) for _ in range(count)))

        await self.database.run(work)

    @asynccontextmanager
    async def outbox(self) -> AsyncIterator[Any]:
        connection = await asyncpg.connect(self.settings.database_url.get_secret_value())
        try:
            yield connection
        finally:
            await connection.close()

    async def carried_by(self, relay: Relay) -> None:
        async with self.outbox() as connection:
            while await relay.carry(connection):
                pass

    async def unsent(self) -> int:
        async with self.outbox() as connection:
            return int(await connection.fetchval("SELECT count(*) FROM sender.outbox WHERE sent_at IS NULL"))

    async def stream_ids(self) -> list[str]:
        """Event ids in the order of the stream."""
        js = self.bus.jetstream()
        last = (await js.stream_info("SENDER")).state.last_seq
        messages = [await js.get_msg("SENDER", seq=number) for number in range(1, last + 1)]
        return [(message.headers or {})["Nats-Msg-Id"] for message in messages]

    async def stored(self) -> int:
        return (await self.bus.jetstream().stream_info("SENDER")).state.messages

    async def outbox_ids(self) -> list[str]:
        async with self.outbox() as connection:
            return [str(row["event_id"]) for row in await connection.fetch("SELECT event_id FROM sender.outbox ORDER BY id")]


@asynccontextmanager
async def office_on(server: EmbeddedNats, data: Path) -> AsyncIterator[Office]:
    async with fresh_database("post_office", post_office_tables) as url:
        settings = settings_for(url, data, nats_url=server.url, stream_max_bytes=64 * 1024**2)
        engine = make_engine(settings, "relay-test")
        bus = await connect(settings, "test", _ignore, buffered=False)
        await provision(bus, plan_for(["sender"], [], settings))
        yield Office(settings, Database(engine, "sender"), bus)
        await bus.close()
        await engine.dispose()


async def _ignore() -> None:
    return


async def all_sent(office: Office) -> bool:
    return await office.unsent() == 0


async def is_connected(bus: Client) -> bool:
    return bus.is_connected


async def is_disconnected(bus: Client) -> bool:
    return not bus.is_connected


async def comes_back(office: Office, server: EmbeddedNats) -> None:
    """The server starts again, and the connection has noticed both its end and its return."""
    await until(lambda: is_disconnected(office.bus))
    server.start()
    await until(lambda: is_connected(office.bus))
