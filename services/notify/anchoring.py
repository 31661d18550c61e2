"""Anchoring: what was proven since the last time is bound into one signed hash, chained to the one before."""

from datetime import timedelta

from services.notify.domain import anchor as anchors
from services.notify.office import Office
from services.notify.seal import Seal
from services.notify.store import anchors as store
from shared.database import Transaction as Tx

_SETTLED = timedelta(minutes=1)


async def anchor(office: Office) -> bool:
    """Anchor what is at least a minute old, so that nothing still under way can slip in before; True where there was some."""
    seal = Seal.of(office.settings, office.station.data)
    return await office.station.database.run(lambda tx: _anchor(tx, seal))


async def _anchor(tx: Tx, seal: Seal) -> bool:
    if not await store.alone(tx):
        return False
    last = await store.newest(tx)
    upto = tx.now - _SETTLED
    entries = await store.entries_between(tx, last["upto"] if last else store.BEGINNING, upto)
    if not entries:
        return False
    previous = last["hash"] if last else anchors.START
    fresh = anchors.anchor((last["number"] if last else 0) + 1, upto, [row["hash"] for row in entries], previous)
    await store.add_anchor(tx, fresh, seal.sign(fresh.hash.encode()))
    return True
