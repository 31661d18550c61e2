"""Verifications of mobiles: found by number and by account to keep their limits, locked while a code is judged."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, delete, exists, func, insert, or_, select, update

from services.notify.domain.verification import Stage
from services.notify.store.records import among
from services.notify.tables_relations import contacts, sites
from services.notify.tables_verification import verifications
from shared.database import Transaction as Tx

_OPEN = (Stage.SENDING, Stage.SENT, Stage.UNCERTAIN)


async def contact_in_reach(tx: Tx, contact_id: UUID, parties: Collection[UUID], grids: Collection[UUID]) -> bool:
    """Whether a contact is of one of these parties, or of one that has a site in one of these grids."""
    here = exists().where(sites.c.party_id == contacts.c.party_id, among(sites.c.grid_id, grids))
    mine = or_(among(contacts.c.party_id, parties), here)
    return await tx.row(select(contacts.c.contact_id).where(contacts.c.contact_id == contact_id, mine)) is not None


async def take_turns(tx: Tx, number_mark: bytes, account: str | None = None) -> None:
    """Whoever asks or guesses for the same number, or asks by the same account, waits for this commit.

    So limits hold for those who come at once.
    """
    for name in sorted({number_mark.hex(), *([f"account {account}"] if account else [])}):
        await tx.execute(select(func.pg_advisory_xact_lock(func.hashtext("notify.verifications"), func.hashtext(name))))


async def asked_for_number(tx: Tx, number_mark: bytes, since: datetime) -> list[datetime]:
    """When codes went, or may have gone, to a number; what surely did not leave counts only where somebody guessed at it."""
    left = or_(verifications.c.state != Stage.FAILED, verifications.c.mistyped > 0)
    mine = (verifications.c.number_mark == number_mark, left)
    return await _moments(tx, *mine, verifications.c.asked_at > since)


async def asked_by_account(tx: Tx, account: str, since: datetime) -> list[datetime]:
    """When an account asked for codes, whatever became of them."""
    return await _moments(tx, verifications.c.asked_by == account, verifications.c.asked_at > since)


async def guesses(tx: Tx, number_mark: bytes, since: datetime) -> list[tuple[datetime, int]]:
    """When codes for a number were asked for, and how often each was mistyped, whatever became of it."""
    query = select(verifications.c.asked_at, verifications.c.mistyped)
    rows = await tx.rows(query.where(verifications.c.number_mark == number_mark, verifications.c.asked_at > since))
    return [(row["asked_at"], row["mistyped"]) for row in rows]


async def _moments(tx: Tx, *conditions: Any) -> list[datetime]:
    rows = await tx.rows(select(verifications.c.asked_at).where(*conditions))
    return [row["asked_at"] for row in rows]


async def replace(tx: Tx, row: Mapping[str, Any]) -> None:
    """Store a new one; whatever was open for the contact is over."""
    older = update(verifications).where(verifications.c.contact_id == row["contact_id"], verifications.c.state.in_(_OPEN))
    await tx.execute(older.values(state=Stage.REPLACED))
    await tx.execute(insert(verifications).values(row))


async def forget(tx: Tx, before: datetime) -> None:
    """Old ones are of no use to anybody; what they verified was said."""
    await tx.execute(delete(verifications).where(verifications.c.asked_at < before))


async def sent(tx: Tx, identity: UUID, values: Mapping[str, Any]) -> None:
    """What became of the call, unless the code was typed or replaced before its provider answered."""
    mine = (verifications.c.id == identity, verifications.c.state == Stage.SENDING)
    await tx.execute(update(verifications).where(*mine).values(values))


async def one(tx: Tx, identity: UUID, *, lock: bool = False) -> RowMapping | None:
    """One of them."""
    query = select(verifications).where(verifications.c.id == identity)
    return await tx.row(query.with_for_update() if lock else query)


async def change(tx: Tx, identity: UUID, values: Mapping[str, Any]) -> None:
    """Change one that is locked."""
    await tx.execute(update(verifications).where(verifications.c.id == identity).values(values))
