"""When the point of a building or compound is corrected, the sites that stood there for want of their own go with it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from services.registry.actions.cards import site_card
from services.registry.domain.areas import GridMap
from services.registry.store.grids import areas
from services.registry.store.history import remember
from services.registry.store.rows import Row, change_many
from services.registry.store.settling import lock_neighbourhood
from services.registry.store.sites import buildings_with_compounds, open_sites_of_buildings
from services.registry.tables import sites
from shared.contracts.registry import SiteChanged
from shared.database import Transaction as Tx

_PLACE: Final = ("lon", "lat", "crs", "coord_source")


async def places_of(tx: Tx, building_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """Where each building stands: its own point, else its compound's."""
    return {row["id"]: _place(row) for row in await _standing(tx, building_ids)}


async def move_along(tx: Tx, before: Mapping[UUID, Mapping[str, Any]], by: str) -> None:
    """Open sites that had the place of their building have it again, and the grid that holds it unless one was named."""
    buildings = {row["id"]: row for row in await _standing(tx, before) if _place(row) != before[row["id"]]}
    if not buildings:
        return
    await lock_neighbourhood(tx, buildings)
    drawn = GridMap.of(await areas(tx))
    held: dict[UUID, Row] = {
        site["id"]: site
        for site in await open_sites_of_buildings(tx, list(buildings))
        if {name: site[name] for name in _PLACE} == before[site["building_id"]]
    }
    moved = []
    for site in held.values():
        building = buildings[site["building_id"]]
        place = _place(building)
        grid_id = drawn.grid_at(place["lon"], place["lat"]) or building["compound_grid_id"]
        moved.append({"id": site["id"], **place, "grid_id": site["grid_id"] if site["grid_by_hand"] else grid_id})
    rows = await change_many(tx, sites, moved)
    await remember(tx, "site", by, *rows)
    for row in rows:
        changed = ("point",) if row["grid_id"] == held[row["id"]]["grid_id"] else ("grid_id", "point")
        tx.say(SiteChanged(**site_card(row), changed=changed, reason="building_moved"), sequence=row["version"])


async def _standing(tx: Tx, building_ids: Iterable[UUID]) -> Sequence[Row]:
    wanted = list(building_ids)
    return await buildings_with_compounds(tx, wanted) if wanted else ()


def _place(building: Row) -> dict[str, Any]:
    prefix = "" if building["lon"] is not None else "compound_"
    return {name: building[prefix + name] for name in _PLACE}
