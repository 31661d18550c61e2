"""The proof of each notice grows with what happens to it, in the transaction in which it happens."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from services.notify.domain import proof
from services.notify.store import proofs
from shared.database import Transaction as Tx


async def append(tx: Tx, happened: Sequence[tuple[UUID, dict[str, Any]]], begun: Collection[UUID] = ()) -> None:
    """Add entries to chains; those of ``begun`` notices are held by this transaction and known to be empty."""
    if not happened:
        return
    last = dict.fromkeys(begun, (0, proof.START))
    if older := sorted({notice for notice, _ in happened if notice not in last}):
        await tx.catch_up()
        await proofs.lock_notices(tx, older)
        last |= await proofs.last_links(tx, older)
    entries = []
    for notice, what in happened:
        position, previous = last[notice]
        link = proof.entry(notice, position + 1, tx.now, what, previous)
        last[notice] = (link.position, link.hash)
        entries.append(link)
    await proofs.add_entries(tx, entries)
