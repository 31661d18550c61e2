"""Whoever was called was called, whatever the database says: outcomes are kept and recorded again until a lease is over."""

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

import structlog

from services.notify.results import Postponed, Result
from services.notify.settling import settle
from shared.database import Database
from shared.errors import Unavailable

log = structlog.get_logger()

_AGAIN_SECONDS = 0.5

Results = Sequence[Result | Postponed]


async def record(database: Database, holder: UUID, results: Results, until: float) -> None:
    """Record outcomes, at the latest ``until`` (monotonic): who holds them no longer changes nothing, and somebody asks.

    Among those that are refused together the one that cannot be recorded is looked for by halves, so that it fails alone.
    """
    left = [results] if results else []
    while left := [part for whole in left for part in await _left_of(database, holder, whole)]:
        if time.monotonic() > until:
            log.warning("outcomes_not_recorded", dispatches=sum(map(len, left)))
            return
        await asyncio.sleep(_AGAIN_SECONDS)


async def _left_of(database: Database, holder: UUID, results: Results) -> list[Results]:
    """What of these is still to be recorded."""
    try:
        await database.run(lambda tx: settle(tx, holder, results), repeatable=True)
    except Unavailable:
        return [results]
    except Exception as error:  # noqa: BLE001 - the calls were made
        log.warning("record_failed", dispatches=len(results), error=type(error).__name__)
        middle = len(results) // 2
        return [part for part in (results[:middle], results[middle:]) if part]
    return []
