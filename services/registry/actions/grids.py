"""Grids: drawn on the map or filled by hand; a site that changes its grid is told to everybody."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from services.registry.actions.cards import site_card
from services.registry.actions.changes import given
from services.registry.actions.officers import assign_officer, shown_assignment
from services.registry.domain.areas import GridMap, frame_of, read_area
from services.registry.store.grids import (
    areas,
    count_of_sites,
    grid_seen,
    officers_of,
    open_sites,
    page_of_grids,
    sites_in_question,
)
from services.registry.store.history import remember
from services.registry.store.rows import Row, Target, add, change, change_many
from services.registry.store.scope import reach_of, seen_grids, seen_sites
from services.registry.tables import grids, sites
from services.registry.views.grids import GridAssignment, GridChanges, GridLine, GridView, NewGrid
from shared.contracts.registry import SiteChanged
from shared.database import Transaction as Tx
from shared.errors import Missing
from shared.identifiers import new_id
from shared.web import Caller, Page
from shared.web.paging import PageRequest


async def register_grid(body: NewGrid, caller: Caller, tx: Tx) -> GridView:
    """A grid; with an area it takes the sites in it that nobody has assigned by hand."""
    area = read_area(body.area) if body.area else None
    row = await add(tx, grids, {"id": body.id or new_id(), **body.model_dump(exclude={"id", "area"}), "area": area})
    await remember(tx, "grid", caller.subject, row)
    await _redistribute(row, caller.subject, tx)
    return await _shown(row, tx)


async def change_grid(target: Target, body: GridChanges, caller: Caller, tx: Tx) -> GridView:
    """Change a grid; a new area moves its sites."""
    changed = given(body, grids, without={"area"})
    if body.area is not None:
        changed["area"] = read_area(body.area)
    row = await change(tx, grids, target, changed)
    await remember(tx, "grid", caller.subject, row)
    if body.area is not None:
        await _redistribute(row, caller.subject, tx)
    return await _shown(row, tx)


async def grid(identity: UUID, caller: Caller, tx: Tx) -> GridView:
    """One grid with its officers over time."""
    row = await grid_seen(tx, identity, seen_grids(await reach_of(caller, tx)))
    if row is None:
        raise Missing
    return await _shown(row, tx)


async def list_grids(paging: PageRequest, caller: Caller, tx: Tx) -> Page[GridLine]:
    """Grids that the caller may see."""
    rows = await page_of_grids(tx, seen_grids(await reach_of(caller, tx)), paging)
    return Page.of([GridLine(**{**row, "has_area": row["area"] is not None}) for row in rows], paging, key=lambda line: line.id)


async def assign(identity: UUID, body: GridAssignment, caller: Caller, tx: Tx) -> GridView:
    """Give sites to a grid by hand, or name who answers for it from a day on."""
    reach = await reach_of(caller, tx)
    row = await grid_seen(tx, identity, seen_grids(reach))
    if row is None:
        raise Missing
    if body.site_ids:
        held = await open_sites(tx, body.site_ids, seen_sites(reach))
        if len(held) < len(set(body.site_ids)):
            raise Missing(pointer="/site_ids")
        moved = [{"id": site["id"], "grid_id": identity, "grid_by_hand": True} for site in held]
        await _move(moved, caller.subject, tx)
    if body.officer_id is not None:
        await assign_officer(identity, body, caller, tx)
    return await _shown(row, tx)


async def _redistribute(row: Row, by: str, tx: Tx) -> None:
    """The sites that are in the grid or lie in its frame, each into the grid that holds its point."""
    box = frame_of(row["area"]) if row["area"] else None
    drawn = GridMap.of(await areas(tx))
    moved = []
    for site in await sites_in_question(tx, row["id"], box):
        grid_id = drawn.grid_at(site["lon"], site["lat"])
        if grid_id is not None and grid_id != site["grid_id"]:
            moved.append({"id": site["id"], "grid_id": grid_id, "grid_by_hand": False})
    await _move(moved, by, tx)


async def _move(moved: Iterable[dict[str, Any]], by: str, tx: Tx) -> None:
    rows = await change_many(tx, sites, list(moved))
    await remember(tx, "site", by, *rows)
    for row in rows:
        tx.say(SiteChanged(**site_card(row), changed=("grid_id",), reason="grid"), sequence=row["version"])


async def _shown(row: Row, tx: Tx) -> GridView:
    officers = [shown_assignment(found) for found in await officers_of(tx, row["id"])]
    more = {"has_area": row["area"] is not None, "officers": officers, "sites": await count_of_sites(tx, row["id"])}
    return GridView(**{**row, **more})
