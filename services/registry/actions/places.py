"""Registering and changing compounds and buildings."""

from typing import Any
from uuid import UUID

from services.registry.actions.changes import detailed, given
from services.registry.actions.moving import move_along, places_of
from services.registry.actions.parties import require_party
from services.registry.actions.roles import let_play
from services.registry.actions.settling import settle
from services.registry.domain.areas import read_area
from services.registry.domain.pinyin import normalise
from services.registry.domain.search import findable
from services.registry.store.history import remember
from services.registry.store.places import building_seen, buildings_in, compound_seen, page_of_buildings, page_of_compounds
from services.registry.store.rows import Row, Target, add, change, get
from services.registry.store.scope import hand_of, kept_compounds, reach_of, seen_buildings, seen_compounds
from services.registry.tables import buildings, compounds
from services.registry.views.places import (
    BuildingChanges,
    BuildingFilter,
    BuildingView,
    CompoundChanges,
    CompoundFilter,
    CompoundView,
    NewBuilding,
    NewCompound,
)
from services.registry.views.shape import GivenPoint, shown_point
from shared.contracts.vocabulary import PartyKind
from shared.database import Transaction as Tx
from shared.errors import Forbidden, Missing
from shared.geo import crs_of, to_cgcs2000
from shared.identifiers import new_id
from shared.web import Caller, Page
from shared.web.paging import PageRequest


class BuildingWithoutCompound(Missing):
    """A building stands in a compound that is on record and yours to see."""

    code = "compound_missing"
    zh = "没有找到所属厂区，或无权查看"
    en = "The compound was not found, or is not yours"


async def register_compound(body: NewCompound, caller: Caller, tx: Tx) -> CompoundView:
    """A compound of one landlord; he plays the landlord's part from now on."""
    owner = await require_party(body.landlord_party_id, "/landlord_party_id", tx)
    if not caller.has("bureau", "admin", "grid_officer", "integrator") and owner["id"] not in caller.parties:
        raise Forbidden
    told = body.model_dump(exclude={"id", "point"})
    if body.boundary is not None:
        told["boundary"] = read_area(body.boundary, pointer="/boundary")
    row = await add(tx, compounds, {"id": body.id or new_id(), **told, **_compound_names(body.name), **placed(body.point)})
    await let_play(owner["id"], PartyKind.LANDLORD, caller.subject, tx)
    await remember(tx, "compound", caller.subject, row)
    return _shown_compound(row)


async def change_compound(target: Target, body: CompoundChanges, caller: Caller, tx: Tx) -> CompoundView:
    """Change what was said of a compound; a building without a point of its own stands where the compound is."""
    await _compound(target.id, caller, tx)
    standing = await buildings_in(tx, target.id)
    before = await places_of(tx, standing if body.point is not None else ())
    changed = given(body, compounds, without={"point"})
    if body.point is not None:
        changed |= placed(body.point)
    if body.name is not None:
        changed |= _compound_names(body.name)
    if body.boundary is not None:
        changed["boundary"] = read_area(body.boundary, pointer="/boundary")
    if body.landlord_party_id is not None:
        await require_party(body.landlord_party_id, "/landlord_party_id", tx)
        await let_play(body.landlord_party_id, PartyKind.LANDLORD, caller.subject, tx)
    row = await change(tx, compounds, target, changed)
    await remember(tx, "compound", caller.subject, row)
    await move_along(tx, before, caller.subject)
    await settle(tx, standing, by=caller.subject)
    return _shown_compound(row)


async def compound(identity: UUID, caller: Caller, tx: Tx) -> CompoundView:
    """One compound."""
    return _shown_compound(await _compound(identity, caller, tx))


async def list_compounds(asked: CompoundFilter, paging: PageRequest, caller: Caller, tx: Tx) -> Page[CompoundView]:
    """Compounds that the caller may see."""
    rows = await page_of_compounds(tx, seen_compounds(await reach_of(caller, tx)), asked.model_dump(exclude_none=True), paging)
    return Page.of([_shown_compound(row) for row in rows], paging, key=lambda view: view.id)


async def register_building(body: NewBuilding, caller: Caller, tx: Tx) -> BuildingView:
    """A building of a compound; whoever manages it as a whole plays that part from now on."""
    seen = seen_compounds(await reach_of(caller, tx))
    if await compound_seen(tx, body.compound_id, seen) is None:
        raise BuildingWithoutCompound(pointer="/compound_id")
    if await compound_seen(tx, body.compound_id, kept_compounds(await hand_of(caller, tx))) is None:
        raise Forbidden
    told = body.model_dump(exclude={"id", "point", "details"})
    details = {"details": body.details.model_dump(mode="json", exclude_defaults=True)}
    values = {"id": body.id or new_id(), **told, **details, **placed(body.point), "no_key": normalise(body.building_no)}
    row = await add(tx, buildings, values)
    await _appoint(body.unified_manager_party_id, caller, tx)
    await remember(tx, "building", caller.subject, row)
    return _shown_building(await _building(row["id"], caller, tx))


async def change_building(target: Target, body: BuildingChanges, caller: Caller, tx: Tx) -> BuildingView:
    """Change what was said of a building; every site in it hears what that means for its facts."""
    await _building(target.id, caller, tx)
    held = await get(tx, buildings, target.id, lock=True)
    before = await places_of(tx, [target.id] if body.point is not None else ())
    changed = given(body, buildings, without={"point", "details"})
    if body.point is not None:
        changed |= placed(body.point)
    if body.details is not None:
        changed["details"] = detailed(held["details"], body.details)
    if body.building_no is not None:
        changed["no_key"] = normalise(body.building_no)
    row = await change(tx, buildings, target, changed)
    await _appoint(body.unified_manager_party_id, caller, tx)
    await remember(tx, "building", caller.subject, row)
    await move_along(tx, before, caller.subject)
    await settle(tx, [target.id], by=caller.subject)
    return _shown_building(await _building(target.id, caller, tx))


async def building(identity: UUID, caller: Caller, tx: Tx) -> BuildingView:
    """One building with its owner."""
    return _shown_building(await _building(identity, caller, tx))


async def list_buildings(asked: BuildingFilter, paging: PageRequest, caller: Caller, tx: Tx) -> Page[BuildingView]:
    """Buildings that the caller may see."""
    rows = await page_of_buildings(tx, seen_buildings(await reach_of(caller, tx)), asked.model_dump(exclude_none=True), paging)
    return Page.of([_shown_building(row) for row in rows], paging, key=lambda view: view.id)


def placed(point: GivenPoint | None) -> dict[str, Any]:
    """The columns of a place: CGCS2000, with the system in which it was given. Raises CrsUnknown."""
    if point is None:
        return {"lon": None, "lat": None, "crs": None, "coord_source": None}
    stored = to_cgcs2000(point.lon, point.lat, point.crs)
    return {"lon": stored.lon, "lat": stored.lat, "crs": crs_of(point.crs).value, "coord_source": point.source}


async def _appoint(party_id: UUID | None, caller: Caller, tx: Tx) -> None:
    if party_id is not None:
        await require_party(party_id, "/unified_manager_party_id", tx)
        await let_play(party_id, PartyKind.UNIFIED_MANAGER, caller.subject, tx)


async def _compound(identity: UUID, caller: Caller, tx: Tx) -> Row:
    row = await compound_seen(tx, identity, seen_compounds(await reach_of(caller, tx)))
    if row is None:
        raise Missing
    return row


async def _building(identity: UUID, caller: Caller, tx: Tx) -> Row:
    row = await building_seen(tx, identity, seen_buildings(await reach_of(caller, tx)))
    if row is None:
        raise Missing
    return row


def _compound_names(name: str) -> dict[str, Any]:
    found = findable(name)
    return {"name": name, "name_key": normalise(name), "search": found.search, "grams": found.grams}


def _shown_compound(row: Row) -> CompoundView:
    return CompoundView(**{**row, "point": shown_point(row)})


def _shown_building(row: Row) -> BuildingView:
    return BuildingView(**{**row, "point": shown_point(row)})
