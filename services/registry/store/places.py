"""Queries about compounds and buildings."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, select

from services.registry.store.search import in_order, typed
from services.registry.tables import buildings, compounds
from shared.database import Transaction as Tx
from shared.errors import Missing
from shared.web.paging import PageRequest

_WITH_OWNER = select(buildings, compounds.c.landlord_party_id).join(compounds, compounds.c.id == buildings.c.compound_id)


async def compound_seen(tx: Tx, identity: UUID, seen: ColumnElement[bool]) -> RowMapping | None:
    return await tx.row(select(compounds).where(compounds.c.id == identity, seen))


async def page_of_compounds(
    tx: Tx, seen: ColumnElement[bool], filters: dict[str, Any], paging: PageRequest
) -> Sequence[RowMapping]:
    query = select(compounds).where(seen).limit(paging.limit + 1)
    if filters.get("q"):
        query = query.where(await typed(tx, compounds, filters["q"]))
    for name in ("landlord_party_id", "grid_id", "region_code"):
        if filters.get(name):
            query = query.where(compounds.c[name] == filters[name])
    if paging.after:
        query = query.where(compounds.c.id > UUID(paging.after))
    return await tx.rows(await in_order(tx, query, compounds, filters.get("q")))


async def building_seen(tx: Tx, identity: UUID, seen: ColumnElement[bool]) -> RowMapping | None:
    """The building with its owner's id."""
    return await tx.row(_WITH_OWNER.where(buildings.c.id == identity, seen))


async def buildings_in(tx: Tx, compound_id: UUID) -> list[UUID]:
    return [row["id"] for row in await tx.rows(select(buildings.c.id).where(buildings.c.compound_id == compound_id))]


async def compound_by_id(tx: Tx, identity: UUID) -> RowMapping:
    row = await tx.row(select(compounds).where(compounds.c.id == identity))
    if row is None:
        raise Missing
    return row


async def owner_of_building(tx: Tx, identity: UUID) -> UUID | None:
    query = select(compounds.c.landlord_party_id).join(buildings, buildings.c.compound_id == compounds.c.id)
    found: UUID | None = await tx.value(query.where(buildings.c.id == identity))
    return found


async def page_of_buildings(
    tx: Tx, seen: ColumnElement[bool], filters: dict[str, Any], paging: PageRequest
) -> Sequence[RowMapping]:
    query = _WITH_OWNER.where(seen).order_by(buildings.c.id).limit(paging.limit + 1)
    if filters.get("compound_id"):
        query = query.where(buildings.c.compound_id == filters["compound_id"])
    if filters.get("landlord_party_id"):
        query = query.where(compounds.c.landlord_party_id == filters["landlord_party_id"])
    if filters.get("fire_acceptance"):
        query = query.where(buildings.c.fire_acceptance == filters["fire_acceptance"])
    if paging.after:
        query = query.where(buildings.c.id > UUID(paging.after))
    return await tx.rows(query)
