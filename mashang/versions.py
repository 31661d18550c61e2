"""The oldest servers that can do the work, and one clear line where a named server is older."""

import asyncpg
from nats.aio.client import Client
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from mashang.bus import NoBus, bus
from shared.database import make_engine
from shared.errors import MashangError
from shared.settings import Settings

Version = tuple[int, int]

POSTGRESQL: Version = (15, 0)
NATS: Version = (2, 12)  # the first with atomic batches


class ServerTooOld(MashangError):
    """A server that the settings name lacks what the services rest on."""

    code = "server_too_old"
    zh = "{server} {found} 版本过旧，需要 {needed} 或更新"
    en = "{server} {found} is too old: {needed} or newer is needed"


async def refuse_old_servers(settings: Settings) -> None:
    """Raises ServerTooOld; a server that is away is not judged, because a process waits for it."""
    try:
        async with bus(settings, "versions") as client:
            _refuse_older("NATS", nats_version(client), NATS)
    except NoBus:
        pass
    engine = make_engine(settings, "mashang-versions")
    try:
        async with engine.connect() as connection:
            _refuse_older("PostgreSQL", await postgres_version(connection), POSTGRESQL)
    except (OSError, SQLAlchemyError, asyncpg.PostgresError):
        pass
    finally:
        await engine.dispose()


async def postgres_version(connection: AsyncConnection) -> Version:
    """Major and minor."""
    number = int(await connection.scalar(text("SHOW server_version_num")) or 0)
    return divmod(number, 10_000)


def nats_version(client: Client) -> Version:
    """Major and minor."""
    version = client.connected_server_version
    return version.major, version.minor


def worded(version: Version) -> str:
    """As people write it."""
    return f"{version[0]}.{version[1]}"


def _refuse_older(server: str, found: Version, needed: Version) -> None:
    if found < needed:
        raise ServerTooOld(server=server, found=worded(found), needed=worded(needed))
