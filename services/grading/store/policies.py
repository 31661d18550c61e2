"""Policies as they were written, from which day each of them grades, and how far grading anew has come."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from services.grading.store.arrays import NewRow, Row, by_ids
from shared.database import Transaction

_POLICY = text("SELECT * FROM grading.policies WHERE id = :id")
_LOCK_POLICY = text("SELECT * FROM grading.policies WHERE id = :id FOR UPDATE")
_POLICIES = text("SELECT * FROM grading.policies ORDER BY created_at, id")
_ACTIVATIONS = text(
    "SELECT a.*, p.digest FROM grading.activations AS a JOIN grading.policies AS p ON p.id = a.policy"
    " ORDER BY a.effective_from, a.id"
)
_BEFORE = by_ids(
    "SELECT DISTINCT ON (site_id) site_id, day, substance FROM grading.decisions"
    " WHERE site_id = ANY(:ids) AND day < :start ORDER BY site_id, revision DESC"
)
_SINCE = by_ids(
    "SELECT site_id, before, level, substance FROM grading.decisions WHERE site_id = ANY(:ids) AND day >= :start"
    " ORDER BY site_id, revision"
)


class NewPolicy(NamedTuple):
    """A policy as it is written, under the id and the name that stand in it."""

    id: str
    name: str
    document: str

    @property
    def digest(self) -> str:
        """Two texts with one digest are one policy."""
        return hashlib.sha256(self.document.encode()).hexdigest()


async def activations(tx: Transaction) -> Sequence[Row]:
    """Every activation in the order in which they take effect; the later one of a day wins."""
    return await tx.rows(_ACTIVATIONS)


async def only_reads(tx: Transaction) -> bool:
    """Whether the transaction may not write."""
    return bool(await tx.value(text("SELECT CAST(current_setting('transaction_read_only') AS boolean)")))


async def install_policy(tx: Transaction, policy: NewPolicy, effective_from: date) -> None:
    """The shipped policy, activated, unless somebody else has just done the same."""
    if await add_policy(tx, policy, state="active", by=None):
        await tx.execute(
            text(
                "INSERT INTO grading.activations (policy, effective_from, activated_at, finished_at)"
                " VALUES (:id, :from, :now, :now)"
            ),
            {"id": policy.id, "from": effective_from, "now": tx.now},
        )


async def add_policy(tx: Transaction, policy: NewPolicy, *, state: str, by: str | None) -> bool:
    """A policy under a new id; False where the id is taken."""
    added = await tx.value(
        text(
            "INSERT INTO grading.policies (id, name, document, digest, state, created_by, created_at)"
            " VALUES (:id, :name, :document, :digest, :state, :by, :now) ON CONFLICT DO NOTHING RETURNING id"
        ),
        policy._asdict() | {"digest": policy.digest, "state": state, "by": by, "now": tx.now},
    )
    return added is not None


async def replace_draft(tx: Transaction, policy: NewPolicy) -> None:
    """Another text for a draft; where it differs, a rehearsal that is under way begins anew, so that it tells of one text."""
    changed = await tx.execute(
        text(
            "UPDATE grading.policies SET name = :name, document = :document, digest = :digest"
            " WHERE id = :id AND state = 'draft' AND digest <> :digest"
        ),
        policy._asdict() | {"digest": policy.digest},
    )
    if changed:
        await tx.execute(
            text(
                "UPDATE grading.rehearsals SET cursor = NULL, done = 0, result = '{}' WHERE policy = :id AND finished_at IS NULL"
            ),
            {"id": policy.id},
        )


async def policy(tx: Transaction, identity: str, *, lock: bool = False) -> Row | None:
    """A policy by its id; ``lock`` keeps others from changing it meanwhile."""
    return await tx.row(_LOCK_POLICY if lock else _POLICY, {"id": identity})


async def policies(tx: Transaction) -> Sequence[Row]:
    return await tx.rows(_POLICIES)


async def activate(tx: Transaction, identity: str, effective_from: date, by: str) -> None:
    await tx.execute(text("UPDATE grading.policies SET state = 'active' WHERE id = :id"), {"id": identity})
    await tx.execute(
        text(
            "INSERT INTO grading.activations (policy, effective_from, activated_at, activated_by) VALUES (:id, :from, :now, :by)"
        ),
        {"id": identity, "from": effective_from, "now": tx.now, "by": by},
    )


async def standings_before(tx: Transaction, sites: Sequence[UUID], start: date) -> dict[UUID, Row]:
    """The last decision of each site before a day."""
    return {row["site_id"]: row for row in await tx.rows(_BEFORE, {"ids": list(sites), "start": start})}


async def decisions_since(tx: Transaction, sites: Sequence[UUID], start: date) -> Sequence[Row]:
    """The decisions of these sites from a day on, site by site and in order."""
    return await tx.rows(_SINCE, {"ids": list(sites), "start": start})


async def add_rehearsal(tx: Transaction, row: NewRow) -> None:
    await tx.execute(
        text(
            "INSERT INTO grading.rehearsals (id, policy, days, today, asked_by, asked_at, total, result)"
            " VALUES (:id, :policy, :days, :today, :by, :now, :total, '{}')"
        ),
        row | {"today": tx.today, "now": tx.now},
    )


async def rehearsal(tx: Transaction, identity: UUID) -> Row | None:
    return await tx.row(text("SELECT * FROM grading.rehearsals WHERE id = :id"), {"id": identity})


async def rehearsal_at_work(tx: Transaction) -> Row | None:
    """The oldest rehearsal that is not finished; locked for one worker."""
    return await tx.row(
        text("SELECT * FROM grading.rehearsals WHERE finished_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED")
    )


async def note_rehearsed(tx: Transaction, row: NewRow) -> None:
    await tx.execute(
        text(
            "UPDATE grading.rehearsals SET cursor = :cursor, done = :done, result = :result, finished_at = :finished_at"
            " WHERE id = :id"
        ),
        row,
    )
