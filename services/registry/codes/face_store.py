"""What the page behind a code asks the database: who answers for a grid today, who is inside, which level stands."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, select, text

from services.registry.store.grids import not_over
from services.registry.store.rows import any_of
from services.registry.tables import buildings, compounds, sites
from services.registry.tables_codes import levels
from services.registry.tables_facts import grid_officers, officers
from shared.contracts.vocabulary import SiteKind
from shared.database import Transaction as Tx

_LAST_CODE = text("""
    WITH RECURSIVE chain AS (
        SELECT code, state, holder, holder_id, reason, replaced_by, 0 AS replaced FROM registry.codes WHERE code = :code
        UNION ALL
        SELECT c.code, c.state, c.holder, c.holder_id, c.reason, c.replaced_by, replaced + 1
          FROM chain JOIN registry.codes AS c ON c.code = chain.replaced_by)
    SELECT * FROM chain ORDER BY replaced DESC LIMIT 1""")


async def last_code(tx: Tx, code: str) -> RowMapping | None:
    """The code, or the one that took its place, however often; ``replaced`` says how often."""
    return await tx.row(_LAST_CODE, {"code": code})


async def on_duty(tx: Tx, grid_id: UUID) -> Sequence[RowMapping]:
    """``name`` and ``role`` of the officers who answer for a grid today, who answers first above his deputies."""
    query = select(officers.c.name, grid_officers.c.role).join(officers, officers.c.id == grid_officers.c.officer_id)
    today = (grid_officers.c.from_day <= tx.today, not_over(tx.today))
    order = (grid_officers.c.role.desc(), grid_officers.c.from_day, grid_officers.c.id)
    return await tx.rows(query.where(grid_officers.c.grid_id == grid_id, *today).order_by(*order))


async def tenants_of(tx: Tx, building_id: UUID) -> Sequence[RowMapping]:
    """The open tenants' sites of a building, by floor and room."""
    query = select(sites.c.id, sites.c.name, sites.c.floor, sites.c.room)
    mine = (sites.c.building_id == building_id, sites.c.kind == SiteKind.TENANT, sites.c.is_open)
    return await tx.rows(query.where(*mine).order_by(sites.c.floor, sites.c.room, sites.c.id))


async def buildings_of(tx: Tx, landlord_id: UUID) -> Sequence[RowMapping]:
    """The buildings that a party owns: compound, number and address."""
    query = select(compounds.c.name.label("compound"), compounds.c.address, buildings.c.building_no)
    query = query.join(compounds, compounds.c.id == buildings.c.compound_id)
    return await tx.rows(query.where(compounds.c.landlord_party_id == landlord_id).order_by(compounds.c.name, buildings.c.number))


async def levels_of(tx: Tx, site_ids: Iterable[UUID]) -> dict[UUID, RowMapping]:
    """The level of each site that has one."""
    rows = await tx.rows(select(levels).where(levels.c.site_id == any_of(site_ids)))
    return {row["site_id"]: row for row in rows}
