"""Receipts of providers that are polled: fetched with no transaction open, then taken like those that are called back."""

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog

from services.notify import marking
from services.notify.channels.channel import CollectsReceipts, Receipt
from services.notify.office import Office
from shared.database import Database
from shared.database import Transaction as Tx
from shared.errors import Unavailable

log = structlog.get_logger()

_AGAIN_SECONDS = 1.0


async def _take(receipts: Sequence[Receipt], tx: Tx) -> None:
    await marking.take_receipts(tx, receipts)


async def collect(office: Office) -> bool:
    """One round over every such provider; True when at least one had something."""
    opened = {id(c): c for kinds in (office.senders.sinks, office.senders.real) for kind in kinds.values() for c in kind.values()}
    found = False
    for channel in opened.values():
        if not isinstance(channel, CollectsReceipts):
            continue
        try:
            receipts = await channel.collect()
        except Exception as error:  # noqa: BLE001 - the provider is away; the next round asks again
            log.warning("collecting_failed", provider=channel.name, error=type(error).__name__)
            continue
        if receipts:
            found = True
            await _record(office.station.database, receipts)
    return found


async def _record(database: Database, receipts: Sequence[Receipt]) -> None:
    """A provider tells once: what it told is kept until the database has it."""
    while True:
        try:
            return await database.run(partial(_take, receipts), repeatable=True)
        except Unavailable:
            log.warning("receipts_kept", receipts=len(receipts))
            await asyncio.sleep(_AGAIN_SECONDS)
