"""When the customers have gone home: waits until nothing is on its way any more."""

import asyncio
import time
from collections.abc import Sequence

import asyncpg
import nats.errors
from nats.aio.client import Client

from shared.errors import MashangError
from tests.faults.casts import Cast
from tests.faults.collecting import unfinished
from tests.faults.evidence import Listener

_LOOK_EVERY = 0.25
_QUIET_TURNS = 3


class NeverQuietError(AssertionError):
    """Something went on for ever; the text says what."""


async def until_quiet(url: str, bus: Client, cast: Cast, listeners: Sequence[Listener], patience: float) -> float:
    """Return after several looks in a row found nothing unsent, unheard or under way; how many seconds that took."""
    began, turns, found = time.monotonic(), 0, ["never looked"]
    while turns < _QUIET_TURNS:
        if time.monotonic() - began > patience:
            message = f"not quiet after {patience:.0f} s: {'; '.join(found)}"
            raise NeverQuietError(message)
        try:
            found = [*await _unsent(url, cast), *await unfinished(bus, listeners)]
        except (OSError, asyncpg.PostgresError, nats.errors.Error, MashangError) as error:
            found = [type(error).__name__]
        turns = 0 if found else turns + 1
        await asyncio.sleep(_LOOK_EVERY)
    return time.monotonic() - began


async def _unsent(url: str, cast: Cast) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        found = []
        for service in cast.services:
            count = await connection.fetchval(f'SELECT count(*) FROM "{service}".outbox WHERE sent_at IS NULL')
            if count:
                found.append(f"{service} has {count} unsent")
        return [*found, *await cast.busy(connection)]
    finally:
        await connection.close()
