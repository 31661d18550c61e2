"""What a relay asks an outbox besides its rows: how far it was carried, how old what waits is, and what may be forgotten."""

from typing import Any

import asyncpg

_KEEP = "7 days"


async def last_place(connection: "asyncpg.Connection[Any]", service: str) -> int:
    """Where in the stream the last row stands that was marked; 0 where none was."""
    last = f'SELECT stream_seq FROM "{service}".outbox WHERE sent_at IS NOT NULL ORDER BY sent_at DESC, id DESC LIMIT 1'  # noqa: S608 - our own schema name
    return int(await connection.fetchval(last) or 0)


async def forget(connection: "asyncpg.Connection[Any]", service: str) -> None:
    """Rows sent days ago are no longer the source of truth; the stream keeps them longer than we do."""
    await connection.execute(
        f'DELETE FROM "{service}".outbox WHERE id IN (SELECT id FROM "{service}".outbox'  # noqa: S608
        f" WHERE sent_at < now() - interval '{_KEEP}' ORDER BY sent_at LIMIT 20000)"
    )


async def age(connection: "asyncpg.Connection[Any]", service: str) -> float:
    """Seconds that the oldest unsent row has waited; 0 where none waits."""
    oldest = f'SELECT extract(epoch FROM now() - min(created_at)) FROM "{service}".outbox WHERE sent_at IS NULL'  # noqa: S608
    return float(await connection.fetchval(oldest) or 0)
