"""What a command is pointed at: a migrated database and a bus with every stream and consumer, and no service running."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import nats

from services.__main__ import NAMES, load
from shared.database import make_engine
from shared.database.migrations import migrate
from shared.messaging.streams import plan_for, provision
from shared.settings import Settings
from tests.mashang.command import Said, mashang
from tests.support import servers
from tests.support.service import settings_for


@dataclass(frozen=True, slots=True)
class Stand:
    """Two servers and a data folder, as settings name them."""

    settings: Settings

    async def says(self, *words: str, **settings: object) -> Said:
        """What a command says of them."""
        here = {
            "data": self.settings.data,
            "database_url": self.settings.database_url.get_secret_value(),
            "nats_url": self.settings.nats_url.get_secret_value(),
        }
        return await asyncio.to_thread(mashang, *words, **(here | settings))

    async def asks(self, subject: str, request: bytes = b"") -> None:
        """One request to JetStream's management."""
        client = await nats.connect(self.settings.nats_url.get_secret_value())
        try:
            await client.request(f"$JS.API.{subject}", request, timeout=5)
        finally:
            await client.close()

    async def runs(self, statement: str, *values: Any) -> None:
        """One statement on the database."""
        connection = await asyncpg.connect(self.settings.database_url.get_secret_value())
        try:
            await connection.execute(statement, *values)
        finally:
            await connection.close()


@asynccontextmanager
async def stand(data: Path) -> AsyncIterator[Stand]:
    """Everything as it should be before the first service starts."""
    async with servers.fresh_database("every-service", _migrated) as url:
        with servers.own_nats() as nats_server:
            settings = settings_for(url, data, nats_url=nats_server.url)
            await _provisioned(settings)
            yield Stand(settings)


async def _migrated(url: str) -> None:
    await migrate(make_engine(settings_for(url, Path()), "migrate"), NAMES)


async def _provisioned(settings: Settings) -> None:
    services = load()
    plan = plan_for([service.name for service in services], [handler for service in services for handler in service.on], settings)
    client = await nats.connect(settings.nats_url.get_secret_value())
    await provision(client, plan)
    await client.close()
