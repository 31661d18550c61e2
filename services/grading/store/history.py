"""One site as it stands, as it was decided, and as it was heard of."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from services.grading.store.arrays import Row, by_ids
from shared.database import Transaction

_JOURNALS = by_ids("SELECT * FROM grading.journal WHERE site_id = ANY(:ids) ORDER BY site_id, number")


async def site(tx: Transaction, site_id: UUID) -> Row | None:
    return await tx.row(text("SELECT * FROM grading.sites WHERE site_id = :id"), {"id": site_id})


async def decision(tx: Transaction, site_id: UUID, revision: int) -> Row | None:
    return await tx.row(
        text("SELECT * FROM grading.decisions WHERE site_id = :id AND revision = :revision"),
        {"id": site_id, "revision": revision},
    )


async def decision_as_of(tx: Transaction, site_id: UUID, moment: datetime) -> Row | None:
    """The decision that stood at a moment, as it was known then."""
    return await tx.row(
        text("SELECT * FROM grading.decisions WHERE site_id = :id AND decided_at <= :moment ORDER BY revision DESC LIMIT 1"),
        {"id": site_id, "moment": moment},
    )


async def shown_since(tx: Transaction, site_id: UUID, revision: int) -> date:
    """The day since which the level of a decision had been shown then."""
    since: date = await tx.value(
        text(
            "SELECT max(day) FROM grading.decisions"
            " WHERE site_id = :id AND revision <= :revision AND before IS DISTINCT FROM level"
        ),
        {"id": site_id, "revision": revision},
    )
    return since


async def decisions_of(tx: Transaction, site_id: UUID, before: int, limit: int) -> Sequence[Row]:
    """Newest first, those with a smaller number than ``before``."""
    return await tx.rows(
        text("SELECT * FROM grading.decisions WHERE site_id = :id AND revision < :before ORDER BY revision DESC LIMIT :limit"),
        {"id": site_id, "before": before, "limit": limit},
    )


async def journal_of(tx: Transaction, site_id: UUID, until: int) -> Sequence[Row]:
    return await tx.rows(
        text(
            "SELECT number, event_id, day, writes FROM grading.journal WHERE site_id = :id AND number <= :until ORDER BY number"
        ),
        {"id": site_id, "until": until},
    )


async def journals_of(tx: Transaction, sites: Sequence[UUID]) -> Sequence[Row]:
    return await tx.rows(_JOURNALS, {"ids": list(sites)})
