"""Queries about merging two records of one party: everything that names one of them, by kind."""

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import Column, RowMapping, Table, select, update
from sqlalchemy.dialects.postgresql import insert

from services.registry.store.rows import any_of
from services.registry.tables import buildings, compounds, contacts, sites
from services.registry.tables_facts import merges
from services.registry.tables_leases import leases
from shared.database import Transaction as Tx

REFERENCES: Final[Mapping[str, tuple[Table, "Column[UUID]"]]] = {
    "contacts": (contacts, contacts.c.party_id),
    "compounds": (compounds, compounds.c.landlord_party_id),
    "managed_buildings": (buildings, buildings.c.unified_manager_party_id),
    "let_leases": (leases, leases.c.landlord_party_id),
    "rented_leases": (leases, leases.c.tenant_party_id),
    "sites": (sites, sites.c.party_id),
}


async def named_by(tx: Tx, kind: str, party_id: UUID) -> list[UUID]:
    """The records of a kind that name the party."""
    table, column = REFERENCES[kind]
    return [
        row["id"] for row in await tx.rows(select(table.c.id).where(column == party_id).order_by(table.c.id).with_for_update())
    ]


async def point_to(tx: Tx, kind: str, identities: Iterable[UUID], party_id: UUID) -> list[RowMapping]:
    """Let records name another party; the changed rows."""
    table, column = REFERENCES[kind]
    changed = update(table).where(table.c.id == any_of(identities))
    values = {column.name: party_id, "version": table.c.version + 1, "changed_at": tx.now}
    return list(await tx.rows(changed.values(values).returning(table)))


async def keep_merge(tx: Tx, values: Mapping[str, object]) -> None:
    await tx.execute(insert(merges).values({**values, "at": tx.now}))


async def last_merge_of(tx: Tx, merged_party_id: UUID) -> RowMapping | None:
    query = select(merges).where(merges.c.merged_party_id == merged_party_id, merges.c.undone_at.is_(None))
    return await tx.row(query.order_by(merges.c.at.desc()).limit(1).with_for_update())


async def undo(tx: Tx, identity: UUID, by: str) -> RowMapping | None:
    changed = update(merges).where(merges.c.id == identity).values(undone_by=by, undone_at=tx.now)
    return await tx.row(changed.returning(merges))


async def merge_of(tx: Tx, identity: UUID) -> RowMapping | None:
    return await tx.row(select(merges).where(merges.c.id == identity))
