"""Receipts of providers that are polled: fetched with no transaction open, then taken like those that are called back."""

from collections.abc import Sequence
from functools import partial

import structlog

from services.notify import marking
from services.notify.channels.channel import CollectsReceipts, Receipt
from services.notify.office import Office
from shared.database import Transaction as Tx

log = structlog.get_logger()


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
            await office.station.database.run(partial(_take, receipts), repeatable=True)
    return found
