"""The queries of the export: which rows there are, then everything about some of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, and_, exists, func, null, select, true, union_all
from sqlalchemy.sql.expression import FromClause

from services.registry.store.rows import any_of
from services.registry.tables import buildings, compounds, contacts, grids, parties, sites
from services.registry.tables_leases import leases
from shared.contracts.vocabulary import ContactRole, LeaseState, SiteKind
from shared.database import Transaction as Tx

_RUNNING: Final = [LeaseState.ACTIVE.value, LeaseState.EXPIRING.value]
_TENANT, _LANDLORD, _MANAGER = parties.alias("tenant"), parties.alias("landlord"), parties.alias("manager")
_COLUMNS: Final[Mapping[str, tuple[FromClause, tuple[str, ...]]]] = {
    "building": (
        buildings,
        ("building_no", "structure", "floors_above", "floor_area", "fire_resistance", "fire_class_design", "fire_acceptance"),
    ),
    "compound": (compounds, ("name", "address", "region_code", "lon", "lat", "crs")),
    "landlord": (_LANDLORD, ("id", "name", "uscc", "party_type")),
    "manager": (_MANAGER, ("name", "uscc")),
    "tenant": (_TENANT, ("id", "name", "uscc", "party_type", "industry_code", "supervision_industry", "employees")),
    "lease": (leases, ("rooms", "area", "start", "end", "use", "agreement_signed_on", "fire_class_declared")),
    "site": (sites, ("id", "floor", "room")),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be exported: narrowed by grid or building, within what the caller may see."""

    sites: ColumnElement[bool]
    buildings: ColumnElement[bool]
    grid_id: UUID | None = None
    building_id: UUID | None = None


async def keys_of(tx: Tx, wanted: Wanted, most: int) -> Sequence[RowMapping]:
    """A building, and a site and lease where it has some, for each row of the sheet, in the order in which people walk."""
    let = (
        select(
            buildings.c.number, buildings.c.id.label("building_id"), sites.c.id.label("site_id"), leases.c.id.label("lease_id")
        )
        .join(sites, and_(sites.c.building_id == buildings.c.id, sites.c.kind == SiteKind.TENANT.value, sites.c.is_open))
        .outerjoin(leases, and_(leases.c.site_id == sites.c.id, leases.c.state.in_(_RUNNING)))
        .where(wanted.sites, _narrowed(wanted, sites.c.grid_id))
    )
    inside = exists().where(sites.c.building_id == buildings.c.id, sites.c.kind == SiteKind.TENANT.value, sites.c.is_open)
    vacant = (
        select(buildings.c.number, buildings.c.id, null(), null())
        .join(compounds, compounds.c.id == buildings.c.compound_id)
        .where(wanted.buildings, _narrowed(wanted, compounds.c.grid_id), ~inside)
    )
    both = union_all(let, vacant).subquery()
    return await tx.rows(select(both).order_by(both.c.number, both.c.site_id, both.c.lease_id).limit(most))


def _narrowed(wanted: Wanted, grid: ColumnElement[Any]) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    if wanted.grid_id is not None:
        conditions.append(grid == wanted.grid_id)
    if wanted.building_id is not None:
        conditions.append(buildings.c.id == wanted.building_id)
    return and_(*conditions)


async def cards_of(tx: Tx, keys: Sequence[RowMapping]) -> list[RowMapping]:
    """Everything of these rows but facts and people, columns named like ``tenant_name``, in the order of the keys."""
    site_ids = {key["site_id"] for key in keys if key["site_id"]}
    let = {(row["site_id"], row["lease_id"]): row for row in await tx.rows(_cards().where(sites.c.id == any_of(site_ids)))}
    vacant = {row["building_id"]: row for row in await tx.rows(_vacant(keys))}
    return [let[key["site_id"], key["lease_id"]] if key["site_id"] else vacant[key["building_id"]] for key in keys]


async def people_of(tx: Tx, party_ids: Collection[UUID]) -> dict[tuple[UUID, str], RowMapping]:
    """The principal and the safety officer of each party, by party and role; numbers sealed."""
    roles = [ContactRole.PRINCIPAL.value, ContactRole.SAFETY_OFFICER.value]
    query = select(contacts).where(contacts.c.party_id == any_of(party_ids), contacts.c.role.in_(roles), contacts.c.active)
    return {(row["party_id"], row["role"]): row for row in await tx.rows(query.order_by(contacts.c.id.desc()))}


def _named(*kinds: str) -> list[ColumnElement[Any]]:
    return [_COLUMNS[kind][0].c[name].label(f"{kind}_{name}") for kind in kinds for name in _COLUMNS[kind][1]]


def _cards() -> Select[Any]:
    return (
        _joined(
            select(
                buildings.c.id.label("building_id"),
                leases.c.id.label("lease_id"),
                func.coalesce(grids.c.name, "").label("grid_name"),
                *_named("building", "compound", "landlord", "manager", "tenant", "lease", "site"),
            )
        )
        .join(sites, and_(sites.c.building_id == buildings.c.id, sites.c.kind == SiteKind.TENANT.value, sites.c.is_open))
        .join(_TENANT, _TENANT.c.id == sites.c.party_id)
        .outerjoin(leases, and_(leases.c.site_id == sites.c.id, leases.c.state.in_(_RUNNING)))
        .outerjoin(grids, grids.c.id == sites.c.grid_id)
    )


def _vacant(keys: Sequence[RowMapping]) -> Select[Any]:
    ids = {key["building_id"] for key in keys if key["site_id"] is None}
    named = _named("building", "compound", "landlord", "manager")
    chosen = select(buildings.c.id.label("building_id"), func.coalesce(grids.c.name, "").label("grid_name"), *named)
    return _joined(chosen).outerjoin(grids, grids.c.id == compounds.c.grid_id).where(buildings.c.id == any_of(ids))


def _joined(chosen: Select[Any]) -> Select[Any]:
    return (
        chosen.select_from(buildings)
        .join(compounds, compounds.c.id == buildings.c.compound_id)
        .join(_LANDLORD, _LANDLORD.c.id == compounds.c.landlord_party_id)
        .outerjoin(_MANAGER, _MANAGER.c.id == buildings.c.unified_manager_party_id)
    )
