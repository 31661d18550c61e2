"""Queries about sites: lists, single ones, and what stands around them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from services.registry.domain.lease import RUNNING
from services.registry.store.lines import line_of
from services.registry.store.rows import any_of
from services.registry.store.search import in_order, typed
from services.registry.tables import buildings, compounds, parties, sites
from services.registry.tables_leases import leases
from shared.database import Transaction as Tx
from shared.web.paging import PageRequest

_HEAVY = frozenset({"search", "grams"})
_COLUMNS = [column for column in sites.c if column.name not in _HEAVY]

_SHOWN = ("id", "version", "code", "kind", "name", "party_id", "building_id", "compound_id",
          "landlord_site_id", "grid_id", "floor", "room", "area", "is_open")  # fmt: skip
_POINT = "json_build_object('lon', sites.lon, 'lat', sites.lat, 'crs', sites.crs, 'source', sites.coord_source)"
_LINE = line_of(f"{', '.join(f'sites.{name}' for name in _SHOWN)}, CASE WHEN sites.lon IS NOT NULL THEN {_POINT} END AS point")
_LINES = select(sites.c.id, _LINE)

Box = tuple[float, float, float, float]


async def next_codes(tx: Tx, region_codes: Sequence[str]) -> list[str]:
    """A readable number for each new site: six digits of its region, then a running number."""
    query = select(func.nextval(text("'registry.site_numbers'"))).select_from(func.generate_series(1, len(region_codes)))
    numbers = [row["nextval"] for row in await tx.rows(query)]
    return [f"{region[:6] or '000000'}-{number:06d}" for region, number in zip(region_codes, numbers, strict=True)]


async def site_seen(tx: Tx, identity: UUID, seen: ColumnElement[bool]) -> RowMapping | None:
    return await tx.row(select(*_COLUMNS).where(sites.c.id == identity, seen))


async def lock_site(tx: Tx, identity: UUID, seen: ColumnElement[bool]) -> RowMapping | None:
    return await tx.row(select(*_COLUMNS).where(sites.c.id == identity, seen).with_for_update())


def inside(box: Box) -> ColumnElement[bool]:
    """Open sites within west, south, east, north; the index on points does the work."""
    west, south, east, north = box
    place = func.point(sites.c.lon, sites.c.lat)
    frame = func.box(func.point(west, south), func.point(east, north))
    return sites.c.is_open & sites.c.lon.is_not(None) & place.bool_op("<@")(frame)


async def narrowed(tx: Tx, query: Any, filters: dict[str, Any]) -> Any:
    """The query with the caller's filters."""
    for name in ("grid_id", "building_id", "compound_id", "party_id", "landlord_site_id", "kind"):
        if filters.get(name):
            query = query.where(sites.c[name] == filters[name])
    if filters.get("q"):
        query = query.where(await typed(tx, sites, filters["q"]))
    if filters.get("bbox"):
        query = query.where(inside(filters["bbox"]))
    if filters.get("is_open") is not None:
        query = query.where(sites.c.is_open == filters["is_open"])
    if filters.get("scope"):
        query = query.where(sites.c.scope.bool_op("@>")(bindparam(None, [filters["scope"]], type_=ARRAY(Text))))
    if filters.get("confirm_overdue_on"):
        query = query.where(sites.c.is_open, sites.c.confirm_due < filters["confirm_overdue_on"])
    return query


async def page_of_sites(tx: Tx, seen: ColumnElement[bool], filters: dict[str, Any], paging: PageRequest) -> Sequence[RowMapping]:
    """``id`` and ``line`` of sites in order of id, one more than asked; a line is JSON in the shape of SiteLine."""
    query = (await narrowed(tx, _LINES.where(seen), filters)).limit(paging.limit + 1)
    if paging.after:
        query = query.where(sites.c.id > UUID(paging.after))
    return await tx.rows(await in_order(tx, query, sites, filters.get("q")))


async def open_sites_of_buildings(tx: Tx, building_ids: Iterable[UUID]) -> Sequence[RowMapping]:
    """All open sites of some buildings, locked in order of id so that two changes never deadlock."""
    query = select(*_COLUMNS).where(sites.c.building_id == any_of(building_ids), sites.c.is_open)
    return await tx.rows(query.order_by(sites.c.id).with_for_update())


async def open_sites_of_party(tx: Tx, party_id: UUID) -> Sequence[RowMapping]:
    return await tx.rows(select(sites).where(sites.c.party_id == party_id, sites.c.is_open).order_by(sites.c.id))


async def landlord_site(tx: Tx, building_id: UUID, party_id: UUID | None = None) -> RowMapping | None:
    """The open site of the building's owner, or of another party that lets there."""
    owner = select(compounds.c.landlord_party_id).join(buildings, buildings.c.compound_id == compounds.c.id)
    owner = owner.where(buildings.c.id == building_id)
    query = select(*_COLUMNS).where(sites.c.building_id == building_id, sites.c.kind == "landlord", sites.c.is_open)
    wanted = query.where(sites.c.party_id == (party_id or owner.scalar_subquery()))
    return await tx.row(wanted.limit(1))


async def open_site_of(tx: Tx, party_id: UUID, building_id: UUID, kind: str) -> RowMapping | None:
    query = select(*_COLUMNS).where(sites.c.party_id == party_id, sites.c.building_id == building_id)
    return await tx.row(query.where(sites.c.kind == kind, sites.c.is_open))


async def open_sites_of_building(tx: Tx, building_id: UUID) -> Sequence[RowMapping]:
    """The open sites of a building, not locked."""
    return await tx.rows(select(*_COLUMNS).where(sites.c.building_id == building_id, sites.c.is_open).order_by(sites.c.id))


async def site_in_building(tx: Tx, identity: UUID, building_id: UUID) -> RowMapping | None:
    return await tx.row(select(*_COLUMNS).where(sites.c.id == identity, sites.c.building_id == building_id))


async def adopt_tenant_sites(tx: Tx, building_id: UUID, landlord_site_id: UUID) -> Sequence[RowMapping]:
    """Give the tenants' sites of a building that have none yet their landlord's site; the changed rows."""
    orphans = (sites.c.building_id == building_id) & (sites.c.kind == "tenant") & sites.c.is_open
    changed = update(sites).where(orphans, sites.c.landlord_site_id.is_(None))
    stamped = changed.values(landlord_site_id=landlord_site_id, version=sites.c.version + 1, changed_at=tx.now)
    return await tx.rows(stamped.returning(sites))


async def running_leases(tx: Tx, building_ids: Iterable[UUID]) -> Sequence[RowMapping]:
    """The leases that run in some buildings."""
    states = bindparam(None, [state.value for state in RUNNING], type_=ARRAY(Text))
    query = select(leases).where(leases.c.building_id == any_of(building_ids), leases.c.state == func.any(states))
    return await tx.rows(query.order_by(leases.c.id))


async def buildings_with_compounds(tx: Tx, building_ids: Iterable[UUID]) -> Sequence[RowMapping]:
    """Buildings with what derived facts and scope need of their compounds."""
    query = select(
        buildings,
        compounds.c.landlord_party_id,
        compounds.c.name.label("compound_name"),
        compounds.c.region_code,
        compounds.c.park_in_park,
        compounds.c.self_built_house,
        compounds.c.grid_id.label("compound_grid_id"),
        compounds.c.lon.label("compound_lon"),
        compounds.c.lat.label("compound_lat"),
        compounds.c.crs.label("compound_crs"),
        compounds.c.coord_source.label("compound_coord_source"),
    ).join(compounds, compounds.c.id == buildings.c.compound_id)
    return await tx.rows(query.where(buildings.c.id == any_of(building_ids)))


async def tenants_of_compounds(tx: Tx, compound_ids: Iterable[UUID]) -> Sequence[RowMapping]:
    """For each open tenant's site: its compound, its building, and its party's industry."""
    query = (
        select(sites.c.compound_id, sites.c.building_id, parties.c.industry_code)
        .join(parties, parties.c.id == sites.c.party_id)
        .where(sites.c.compound_id == any_of(compound_ids), sites.c.kind == "tenant", sites.c.is_open)
    )
    return await tx.rows(query)


async def become_overdue(tx: Tx, today: date, limit: int) -> Sequence[RowMapping]:
    """Mark some open sites whose confirmation was due before today; each once."""
    due = select(sites.c.id).where(sites.c.is_open, ~sites.c.confirm_is_overdue, sites.c.confirm_due < today)
    some = due.order_by(sites.c.confirm_due, sites.c.id).limit(limit).with_for_update(skip_locked=True)
    marked = update(sites).where(sites.c.id.in_(some)).values(confirm_is_overdue=True)
    return await tx.rows(marked.returning(sites.c.id, sites.c.building_id))
