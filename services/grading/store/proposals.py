"""Decisions that wait for their second person: kept, found, ended."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.grading.store.arrays import NewRow, Row
from shared.database import Transaction

_LAPSE: Final = text(
    "UPDATE grading.proposals SET state = 'expired', ended_at = :now"
    " WHERE state = 'pending' AND expires_on < :today AND (CAST(:site AS uuid) IS NULL OR site_id = :site)"
)
_ADD: Final = text(
    "INSERT INTO grading.proposals"
    " (id, site_id, kind, subject, body, needed, named, approvals, state, proposed_by, proposed_at, expires_on)"
    " VALUES (:id, :site_id, :kind, :subject, :body, :needed, :named, :approvals, 'pending', :proposed_by, :now, :expires_on)"
)
_SHOWN: Final = (
    "SELECT * FROM (SELECT p.id, p.site_id, p.kind, p.subject, p.body, p.needed, p.named, p.approvals, p.proposed_by,"
    " p.proposed_at, p.expires_on, p.ended_by, p.ended_at, p.note, s.level AS stands,"
    " CASE WHEN p.state = 'pending' AND p.expires_on < :today THEN 'expired' ELSE p.state END AS state"
    " FROM grading.proposals AS p LEFT JOIN grading.sites AS s USING (site_id)) AS shown"
)
_LOCK: Final = text("SELECT id FROM grading.proposals WHERE id = :id FOR UPDATE")
_ONE: Final = text(f"{_SHOWN} WHERE id = :id")
_PAGE: Final = text(
    f"{_SHOWN} WHERE (CAST(:state AS text) IS NULL OR state = :state) AND (CAST(:site AS uuid) IS NULL OR site_id = :site)"
    " AND (CAST(:after AS uuid) IS NULL OR id > :after) ORDER BY id LIMIT :limit"
)
_PENDING: Final = text(
    "SELECT id FROM grading.proposals WHERE site_id = :site_id AND kind = :kind AND subject = :subject AND state = 'pending'"
)
_AGREED: Final = text("UPDATE grading.proposals SET approvals = :approvals WHERE id = :id")
_END: Final = text("UPDATE grading.proposals SET state = :state, ended_by = :by, ended_at = :now, note = :note WHERE id = :id")


async def lapse(tx: Transaction, site: UUID | None = None) -> None:
    """What nobody has confirmed in time waits no longer."""
    await tx.execute(_LAPSE, {"now": tx.now, "today": tx.today, "site": site})


async def pending(tx: Transaction, site: UUID, kind: str, subject: str) -> UUID | None:
    """The proposal about the same thing that still waits."""
    found = await tx.row(_PENDING, {"site_id": site, "kind": kind, "subject": subject})
    return found["id"] if found else None


async def add(tx: Transaction, row: NewRow) -> None:
    await tx.execute(_ADD, row | {"now": tx.now})


async def one(tx: Transaction, identity: UUID, *, lock: bool = False) -> Row | None:
    """A proposal with the level at which its site stands."""
    if lock and await tx.row(_LOCK, {"id": identity}) is None:
        return None
    return await tx.row(_ONE, {"id": identity, "today": tx.today})


async def page(tx: Transaction, *, state: str | None, site: UUID | None, after: UUID | None, limit: int) -> Sequence[Row]:
    """Proposals in order of their ids."""
    return await tx.rows(_PAGE, {"state": state, "site": site, "after": after, "limit": limit, "today": tx.today})


async def agree(tx: Transaction, identity: UUID, approvals: str) -> None:
    await tx.execute(_AGREED, {"id": identity, "approvals": approvals})


async def end(tx: Transaction, identity: UUID, state: str, by: str, note: str | None = None) -> None:
    await tx.execute(_END, {"id": identity, "state": state, "by": by, "note": note, "now": tx.now})
