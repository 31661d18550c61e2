"""What a relay asks an outbox besides its rows: how far it was carried, and how old what waits is."""

from typing import Any

import asyncpg


async def last_place(connection: "asyncpg.Connection[Any]", service: str) -> int:
    """Where in the stream the last row stands that was marked; 0 where none was."""
    last = f'SELECT stream_seq FROM "{service}".outbox WHERE sent_at IS NOT NULL ORDER BY sent_at DESC, id DESC LIMIT 1'  # noqa: S608 - our own schema name
    return int(await connection.fetchval(last) or 0)


async def age(connection: "asyncpg.Connection[Any]", service: str) -> float:
    """Seconds that the oldest unsent row has waited; 0 where none waits."""
    oldest = f'SELECT extract(epoch FROM now() - min(created_at)) FROM "{service}".outbox WHERE sent_at IS NULL'  # noqa: S608
    return float(await connection.fetchval(oldest) or 0)
