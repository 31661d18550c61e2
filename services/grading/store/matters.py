"""What people decide about levels: overrides, lifted vetoes, appeals."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from services.grading.store.arrays import NewRow, Row
from shared.database import Transaction

_OPEN_APPEALS = text("SELECT * FROM grading.appeals WHERE site_id = :id AND state = 'open'")
_WAITING = (
    "(SELECT p.id FROM grading.proposals AS p WHERE p.site_id = a.site_id AND p.kind = 'verdict'"
    " AND p.subject = CAST(a.id AS text) AND p.state = 'pending' AND p.expires_on >= :today) AS proposal_id"
)
_APPEAL = text(f"SELECT a.*, {_WAITING} FROM grading.appeals AS a WHERE a.id = :id FOR UPDATE OF a")  # noqa: S608 - our own words
_APPEALS = (
    f"SELECT a.*, {_WAITING}"  # noqa: S608 - our own words
    " FROM grading.appeals AS a JOIN grading.sites AS s USING (site_id)"
    " WHERE (CAST(:state AS text) IS NULL OR a.state = :state) AND (CAST(:site AS uuid) IS NULL OR a.site_id = :site)"
    " AND (:everything OR s.grid_id = ANY(CAST(:grids AS uuid[])) OR s.party_id = ANY(CAST(:parties AS uuid[])))"
    " AND (CAST(:after AS uuid) IS NULL OR a.id > :after) ORDER BY a.id LIMIT :limit"
)


async def add_override(tx: Transaction, row: NewRow) -> None:
    await tx.execute(
        text(
            "INSERT INTO grading.overrides (id, site_id, level, reason, file_id, effective_from, until, approvals, set_at)"
            " VALUES (:id, :site_id, :level, :reason, :file_id, :effective_from, :until, :approvals, :now)"
        ),
        row | {"now": tx.now},
    )


async def add_lift(tx: Transaction, row: NewRow) -> None:
    await tx.execute(
        text(
            "INSERT INTO grading.lifts (id, site_id, rule, reason, file_id, approvals, lifted_at)"
            " VALUES (:id, :site_id, :rule, :reason, :file_id, :approvals, :now)"
        ),
        row | {"now": tx.now},
    )


async def add_appeal(tx: Transaction, row: NewRow) -> bool:
    """False where an appeal about this site is open already."""
    added = await tx.value(
        text(
            "INSERT INTO grading.appeals"
            " (id, site_id, party_id, state, level, revision, rules, reason, file_ids, filed_by, filed_on, filed_at, due)"
            " VALUES (:id, :site_id, :party_id, 'open', :level, :revision, :rules, :reason, :file_ids, :filed_by,"
            " :filed_on, :now, :due)"
            " ON CONFLICT DO NOTHING RETURNING id"
        ),
        row | {"now": tx.now},
    )
    return added is not None


async def appeal(tx: Transaction, identity: UUID) -> Row | None:
    """One appeal, locked, with the verdict about it that waits for its second person."""
    return await tx.row(_APPEAL, {"id": identity, "today": tx.today})


async def decide_appeal(tx: Transaction, row: NewRow) -> None:
    await tx.execute(
        text(
            "UPDATE grading.appeals SET state = 'decided', version = version + 1, decision = :decision,"
            " decision_reason = :reason, approvals = :approvals, override_id = :override_id, decided_at = :now WHERE id = :id"
        ),
        row | {"now": tx.now},
    )


async def open_appeals_of(tx: Transaction, site_id: UUID) -> Sequence[Row]:
    return await tx.rows(_OPEN_APPEALS, {"id": site_id})


async def appeals(
    tx: Transaction, scope: NewRow, *, state: str | None, site: UUID | None, page: tuple[UUID | None, int]
) -> Sequence[Row]:
    """Appeals that the caller may see, in order of their ids."""
    after, limit = page
    return await tx.rows(
        text(_APPEALS), scope | {"state": state, "site": site, "after": after, "limit": limit, "today": tx.today}
    )
