"""Policies as they were written, and from which day each of them grades."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import text

from services.grading.store.arrays import Row
from shared.database import Transaction

_POLICY = text("SELECT * FROM grading.policies WHERE id = :id")
_LOCK_POLICY = text("SELECT * FROM grading.policies WHERE id = :id FOR UPDATE")
_ACTIVATIONS = text("SELECT policy, effective_from FROM grading.activations ORDER BY effective_from, id")


async def activations(tx: Transaction) -> Sequence[Row]:
    """Every activation in the order in which they take effect; the later one of a day wins."""
    return await tx.rows(_ACTIVATIONS)


class NewPolicy(NamedTuple):
    """A policy as it is written, under the id and the name that stand in it."""

    id: str
    name: str
    document: str


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
    digest = hashlib.sha256(policy.document.encode()).hexdigest()
    added = await tx.value(
        text(
            "INSERT INTO grading.policies (id, name, document, digest, state, created_by, created_at)"
            " VALUES (:id, :name, :document, :digest, :state, :by, :now) ON CONFLICT DO NOTHING RETURNING id"
        ),
        policy._asdict() | {"digest": digest, "state": state, "by": by, "now": tx.now},
    )
    return added is not None


async def policy(tx: Transaction, identity: str, *, lock: bool = False) -> Row | None:
    """A policy by its id; ``lock`` keeps others from changing it meanwhile."""
    return await tx.row(_LOCK_POLICY if lock else _POLICY, {"id": identity})
