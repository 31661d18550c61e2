"""A running process of services inside the test's own event loop, and ways to wait for what it does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from shared.database import make_engine
from shared.runtime import Process
from shared.service import Service
from shared.web.identity import LocalIssuer
from tests.support.post_office import create_tables
from tests.support.service import settings_for
from tests.support.serving import trusted

PATIENCE_SECONDS = 60.0


async def until(condition: Callable[[], Awaitable[Any]], patience: float = PATIENCE_SECONDS) -> Any:
    """The first true answer of ``condition``; fails with its last answer when patience ends."""
    answer: Any = None
    try:
        async with asyncio.timeout(patience):
            while not (answer := await condition()):  # noqa: ASYNC110 - the condition lives in another process
                await asyncio.sleep(0.02)
    except TimeoutError:
        message = f"never came true; the last answer was {answer!r}"
        raise AssertionError(message) from None
    return answer


@dataclass(slots=True)
class Running:
    """One process under test, its database by plain asyncpg, its HTTP by a signed-in client."""

    process: Process
    task: "asyncio.Task[None]"
    url: str
    http: httpx.AsyncClient

    async def value(self, query: str, *arguments: Any) -> Any:
        """One value from the database, on a connection of its own."""
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetchval(query, *arguments)
        finally:
            await connection.close()

    async def reaches(self, query: str, expected: Any) -> None:
        """Wait until the query's value is as expected."""

        async def there() -> bool:
            try:
                return bool(await self.value(query) == expected)
            except (OSError, asyncpg.PostgresError):
                return False

        await until(there)


@asynccontextmanager
async def running(services: tuple[Service, ...], url: str, nats_url: str, data: Path, **settings: Any) -> AsyncIterator[Running]:
    """Start the services on the given servers; stop them at the end, however the test ends."""
    chosen = settings_for(url, data, **({"nats_url": nats_url, "port": 0, "stream_max_bytes": 64 * 1024**2} | settings))
    process = Process(services, chosen, delays=(0.05, 0.05, 0.05))
    task = asyncio.create_task(process.serve())
    await process.ready.wait()
    token = LocalIssuer.at(data).token("tester", ["bureau"])
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{process.port}", headers={"Authorization": f"Bearer {token}"}, timeout=30, verify=trusted()
    ) as http:
        try:
            yield Running(process, task, url, http)
        finally:
            process.stop()
            await asyncio.wait([task], timeout=30)
            if task.done() and not task.cancelled():
                task.exception()


async def post_office_tables(url: str) -> None:
    """Tables of the toy services in the database at ``url``."""
    engine = make_engine(settings_for(url, Path()), "tables")
    await create_tables(engine)
    await engine.dispose()
