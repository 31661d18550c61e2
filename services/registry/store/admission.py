"""Queries about the admission gate: checks, opinions, conditions, steps, documents, changes, and the rules in force."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from services.registry.store.rows import Row, add_many
from services.registry.tables_leases import (
    admission_conditions,
    barred,
    lease_changes,
    lease_checks,
    lease_documents,
    lease_steps,
    major_hazards,
    opinions,
    rulebooks,
)
from shared.database import Transaction as Tx


async def save_checks(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """What the rules said in this round; asked again, the later answer stands."""
    for row in rows:
        values = {**row, "checked_at": tx.now}
        keys = [lease_checks.c.lease_id, lease_checks.c.round, lease_checks.c.rule]
        await tx.execute(insert(lease_checks).values(values).on_conflict_do_update(index_elements=keys, set_=values))


async def checks_of(tx: Tx, lease_id: UUID, number: int) -> Sequence[RowMapping]:
    query = select(lease_checks).where(lease_checks.c.lease_id == lease_id, lease_checks.c.round == number)
    return await tx.rows(query.order_by(lease_checks.c.place))


async def ask_departments(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    await add_many(tx, opinions, rows)


async def opinions_of(tx: Tx, lease_id: UUID, number: int, *, lock: bool = False) -> Sequence[RowMapping]:
    query = select(opinions).where(opinions.c.lease_id == lease_id, opinions.c.round == number).order_by(opinions.c.department)
    return await tx.rows(query.with_for_update() if lock else query)


async def save_opinion(tx: Tx, lease_id: UUID, number: int, values: dict[str, Any]) -> None:
    given = {name: value for name, value in values.items() if name != "department"}
    await tx.execute(
        update(opinions)
        .where(opinions.c.lease_id == lease_id, opinions.c.round == number, opinions.c.department == values["department"])
        .values(**given)
    )


async def conditions_of(tx: Tx, lease_id: UUID, number: int) -> Sequence[RowMapping]:
    query = select(admission_conditions).where(
        admission_conditions.c.lease_id == lease_id, admission_conditions.c.round == number
    )
    return await tx.rows(query.order_by(admission_conditions.c.id))


async def add_conditions(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    await add_many(tx, admission_conditions, rows)


async def meet_condition(tx: Tx, lease_id: UUID, identity: UUID, values: dict[str, Any]) -> None:
    changed = update(admission_conditions).where(
        admission_conditions.c.id == identity, admission_conditions.c.lease_id == lease_id
    )
    await tx.execute(changed.values(**values))


async def take_step(tx: Tx, lease: Row, by: str, note: str | None = None) -> None:
    """Append where the lease stands now to its history."""
    last = select(func.coalesce(func.max(lease_steps.c.place), 0) + 1).where(lease_steps.c.lease_id == lease["id"])
    values = {"lease_id": lease["id"], "place": last.scalar_subquery(), "step": lease["step"], "state": lease["state"]}
    await tx.execute(insert(lease_steps).values({**values, "by": by, "note": note, "taken_at": tx.now}))


async def steps_of(tx: Tx, lease_id: UUID) -> Sequence[RowMapping]:
    return await tx.rows(select(lease_steps).where(lease_steps.c.lease_id == lease_id).order_by(lease_steps.c.place))


async def file_document(tx: Tx, lease_id: UUID, values: dict[str, Any]) -> RowMapping | None:
    """File the next version of a document."""
    same = (lease_documents.c.lease_id == lease_id) & (lease_documents.c.kind == values["kind"])
    number = select(func.coalesce(func.max(lease_documents.c.version), 0) + 1).where(same).scalar_subquery()
    row = {**values, "lease_id": lease_id, "version": number, "filed_at": tx.now}
    return await tx.row(insert(lease_documents).values(row).returning(lease_documents))


async def documents_of(tx: Tx, lease_id: UUID) -> Sequence[RowMapping]:
    query = select(lease_documents).where(lease_documents.c.lease_id == lease_id)
    return await tx.rows(query.order_by(lease_documents.c.kind, lease_documents.c.version))


async def open_change(tx: Tx, lease_id: UUID) -> RowMapping | None:
    return await tx.row(select(lease_changes).where(lease_changes.c.lease_id == lease_id, lease_changes.c.state == "open"))


async def ask_change(tx: Tx, values: dict[str, Any]) -> None:
    await tx.execute(insert(lease_changes).values({**values, "state": "open", "asked_at": tx.now}))


async def decide_change(tx: Tx, identity: UUID, state: str) -> None:
    await tx.execute(update(lease_changes).where(lease_changes.c.id == identity).values(state=state, decided_at=tx.now))


async def is_barred(tx: Tx, tenant: Row, today: date) -> bool:
    """Whether the party, or its line of work, is on the list of those not to be admitted."""
    industry = tenant["industry_code"]
    prefixes = [industry[:length] for length in range(1, len(industry) + 1)] if industry else []
    meant = [barred.c.name_key == tenant["name_key"], barred.c.industry_prefix.in_(prefixes)]
    if tenant["uscc"] is not None:  # a comparison with None would be IS NULL, and mean every entry without a code
        meant.append(barred.c.uscc == tenant["uscc"])
    in_force = (barred.c.effective_from <= today) & or_(barred.c.effective_to.is_(None), barred.c.effective_to >= today)
    return await tx.value(select(barred.c.id).where(or_(*meant), in_force).limit(1)) is not None


async def open_major_hazards(tx: Tx, building_id: UUID) -> int:
    query = select(func.count()).select_from(major_hazards)
    return int(await tx.value(query.where(major_hazards.c.building_id == building_id, major_hazards.c.is_open)))


async def rulebook_in_force(tx: Tx, today: date) -> RowMapping | None:
    """The published rulebook with the latest day of coming into force."""
    query = select(rulebooks).where(rulebooks.c.state == "published", rulebooks.c.effective_from <= today)
    return await tx.row(query.order_by(rulebooks.c.effective_from.desc(), rulebooks.c.created_at.desc()).limit(1))


async def rulebook_of(tx: Tx, version: str) -> RowMapping | None:
    return await tx.row(select(rulebooks).where(rulebooks.c.version == version))
