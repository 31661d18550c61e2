"""Hash chains as rows: the last link of each, and the new ones."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from services.notify.domain.proof import START, Entry
from services.notify.store.records import as_json, ids
from shared.database import Transaction as Tx

_LOCK = text("SELECT id FROM notify.notices WHERE id = ANY(:ids) ORDER BY id FOR UPDATE").bindparams(ids())
_LAST = text(
    "SELECT DISTINCT ON (notice_id) notice_id, position, hash FROM notify.proofs WHERE notice_id = ANY(:ids)"
    " ORDER BY notice_id, position DESC"
).bindparams(ids())
_ADD = text("INSERT INTO notify.proofs SELECT * FROM json_populate_recordset(NULL::notify.proofs, CAST(:rows AS json))")
_CHAIN = text("SELECT notice_id, position, at, what, previous, hash FROM notify.proofs WHERE notice_id = :id ORDER BY position")


async def lock_notices(tx: Tx, notices: Sequence[UUID]) -> None:
    """Whoever adds to a chain holds its notice; always in the same order, and before anything else."""
    await tx.execute(_LOCK, {"ids": list(notices)})


async def last_links(tx: Tx, notices: Sequence[UUID]) -> dict[UUID, tuple[int, str]]:
    """The position and hash of the last entry of each chain; zero and the start for a chain that is not begun."""
    found = {row["notice_id"]: (row["position"], row["hash"]) for row in await tx.rows(_LAST, {"ids": list(notices)})}
    return {notice: found.get(notice, (0, START)) for notice in notices}


async def add_entries(tx: Tx, entries: Sequence[Entry]) -> None:
    rows = [
        {"notice_id": e.notice_id, "position": e.position, "at": e.at, "what": e.what, "previous": e.previous, "hash": e.hash}
        for e in entries
    ]
    await tx.put_off(_ADD, {"rows": as_json(rows)})


async def chain(tx: Tx, notice: UUID) -> list[Entry]:
    return [Entry(**row) for row in await tx.rows(_CHAIN, {"id": notice})]
