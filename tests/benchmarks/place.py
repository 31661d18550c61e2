"""The servers of one benchmark run: durable as in production, on ports and folders of their own."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from nats.aio.client import Client

from mashang.embedded import EmbeddedNats, EmbeddedPostgres
from shared.messaging.connection import connect
from shared.settings import Settings
from tests.support.service import settings_for


@dataclass(slots=True)
class Place:
    """PostgreSQL with fsync and NATS with ``sync_interval: always``, and what is asked of them."""

    data: Path
    postgres: EmbeddedPostgres
    nats: EmbeddedNats

    async def database(self, name: str, like: str = "template1") -> str:
        """A fresh database on the server, with everything that stands in another one; its URL."""
        connection = await asyncpg.connect(self.postgres.url)
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        await connection.close()
        return f"{self.postgres.url.rpartition('/')[0]}/{name}"

    def settings(self, url: str, **more: Any) -> Settings:
        """Settings of a process on this place."""
        return settings_for(url, self.data, nats_url=self.nats.url, stream_max_bytes=512 * 1024**2, **more)

    @asynccontextmanager
    async def bus(self, settings: Settings, *, buffered: bool = True) -> AsyncIterator[Client]:
        """A connection that is closed at the end."""
        client = await connect(settings, "bench", _ignore, buffered=buffered)
        try:
            yield client
        finally:
            await client.close()


@contextmanager
def place() -> Iterator[Place]:
    """Start the servers on a disk (not in memory), stop them at the end."""
    with tempfile.TemporaryDirectory(prefix="mashang-bench-", ignore_cleanup_errors=True) as folder:
        data = Path(folder)
        with EmbeddedPostgres(data / "postgres") as postgres, EmbeddedNats(data / "nats") as nats:
            yield Place(data, postgres, nats)


async def _ignore() -> None:
    await asyncio.sleep(0)
