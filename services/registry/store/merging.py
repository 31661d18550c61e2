"""Queries about merging two records of one party: everything that names one of them, by kind."""

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import Column, ColumnElement, RowMapping, Table, Text, cast, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from services.registry.domain.lease import HOLDING
from services.registry.domain.pinyin import normalise
from services.registry.store.rows import any_of, any_word
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

LINKS: Final[Mapping[str, tuple[Table, "Column[UUID]", ColumnElement[bool]]]] = {
    "lease_site": (leases, leases.c.site_id, leases.c.state == any_word(HOLDING)),
    "lease_landlord_site": (leases, leases.c.landlord_site_id, leases.c.state == any_word(HOLDING)),
    "landlord_site": (sites, sites.c.landlord_site_id, sites.c.is_open),
}
"""What names a site while it lives."""


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


async def tell_compounds_apart(tx: Tx, merged: UUID, kept: UUID) -> None:
    """Two records of one owner may both have a compound of one name: the merged one's gets a key that nobody can type."""
    same = select(compounds.c.name_key).where(compounds.c.landlord_party_id == kept)
    double = update(compounds).where(compounds.c.landlord_party_id == merged, compounds.c.name_key.in_(same))
    await tx.execute(double.values(name_key=compounds.c.name_key + " " + cast(compounds.c.id, Text)))


async def name_compounds(tx: Tx, rows: Iterable[RowMapping]) -> None:
    """Compounds that stand by themselves again are found by their names alone."""
    for row in rows:
        if row["name_key"] != normalise(row["name"]):
            await tx.execute(update(compounds).where(compounds.c.id == row["id"]).values(name_key=normalise(row["name"])))


async def leases_between(tx: Tx, one: UUID, other: UUID) -> list[UUID]:
    """The leases of which one is the landlord and the other the tenant, while they keep their rooms."""
    lets = (leases.c.landlord_party_id == one) & (leases.c.tenant_party_id == other)
    rents = (leases.c.landlord_party_id == other) & (leases.c.tenant_party_id == one)
    query = select(leases.c.id).where(or_(lets, rents), leases.c.state == any_word(HOLDING))
    return [row["id"] for row in await tx.rows(query.order_by(leases.c.id))]


async def lead_to(tx: Tx, link: str, old: UUID, new: UUID, identities: Iterable[UUID] | None = None) -> list[RowMapping]:
    """Let records that name one site name another; those of the past name it for ever. The changed rows."""
    table, column, lives = LINKS[link]
    changed = update(table).where(column == old, lives)
    if identities is not None:
        changed = changed.where(table.c.id == any_of(identities))
    values = {column.name: new, "version": table.c.version + 1, "changed_at": tx.now}
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
