"""Sites for the map: single ones, or summed up per cell of a zoom; the sums over everything are kept ready."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, func, select, text
from sqlalchemy.dialects.postgresql import insert

from services.registry.store.sites import Box, narrowed
from services.registry.tables import sites
from services.registry.tables_facts import map_cells, map_state
from shared.database import Transaction as Tx

CLUSTERED_ZOOMS: Final = tuple(range(3, 15))
MOST_FEATURES: Final = 2_000
_CELLS_PER_TILE: Final = 4
_STILL_COMMITTING: Final = timedelta(seconds=30)

_FINEST: Final = text(
    """
    INSERT INTO registry.map_cells (zoom, kind, x, y, number, lon, lat, site_id)
    SELECT :zoom, kind, floor((lon + 180) * :cells)::int, floor((lat + 90) * :cells)::int,
           count(*), avg(lon), avg(lat), CASE WHEN count(*) = 1 THEN (array_agg(id))[1] END
    FROM registry.sites WHERE is_open AND lon IS NOT NULL
    GROUP BY 2, 3, 4
    """
)
_COARSER: Final = text(
    """
    INSERT INTO registry.map_cells (zoom, kind, x, y, number, lon, lat, site_id)
    SELECT :zoom, kind, x >> 1, y >> 1, sum(number), sum(lon * number) / sum(number), sum(lat * number) / sum(number),
           CASE WHEN sum(number) = 1 THEN (array_agg(site_id))[1] END
    FROM registry.map_cells WHERE zoom = :zoom + 1
    GROUP BY 2, 3, 4
    """
)


def cells_per_degree(zoom: int) -> float:
    """How many cells lie along one degree at a zoom."""
    return float(2**zoom * _CELLS_PER_TILE) / 360


async def is_stale(tx: Tx) -> bool:
    """Whether sites changed since the sums were made; a change that began before may still have been on its way."""
    refreshed: datetime | None = await tx.value(select(map_state.c.refreshed_at))
    changed: datetime | None = await tx.value(select(func.max(sites.c.changed_at)))
    return changed is not None and (refreshed is None or changed > refreshed - _STILL_COMMITTING)


async def refresh(tx: Tx) -> None:
    """Sum up all open sites for the finest zoom, and every coarser zoom from the one below it."""
    await tx.execute(text("SET LOCAL statement_timeout = '60s'"))
    await tx.execute(text("DELETE FROM registry.map_cells"))
    finest = max(CLUSTERED_ZOOMS)
    await tx.execute(_FINEST, {"zoom": finest, "cells": cells_per_degree(finest)})
    for zoom in reversed(CLUSTERED_ZOOMS[:-1]):
        await tx.execute(_COARSER, {"zoom": zoom})
    state = {"id": True, "refreshed_at": tx.now}
    await tx.execute(insert(map_state).values(state).on_conflict_do_update(index_elements=[map_state.c.id], set_=state))


async def summed_up(tx: Tx, zoom: int, box: Box, kind: str | None) -> Sequence[RowMapping]:
    """The sums of everything in a box, kind by kind or of one kind."""
    west, south, east, north = box
    cells = cells_per_degree(zoom)
    query = select(
        func.sum(map_cells.c.number).label("number"),
        (func.sum(map_cells.c.lon * map_cells.c.number) / func.sum(map_cells.c.number)).label("lon"),
        (func.sum(map_cells.c.lat * map_cells.c.number) / func.sum(map_cells.c.number)).label("lat"),
        func.min(map_cells.c.site_id.cast(sites.c.code.type)).label("site_id"),
    ).where(
        map_cells.c.zoom == zoom,
        map_cells.c.x.between(int((west + 180) * cells // 1), int((east + 180) * cells // 1)),
        map_cells.c.y.between(int((south + 90) * cells // 1), int((north + 90) * cells // 1)),
    )
    query = query.where(map_cells.c.kind == kind) if kind else query
    return await tx.rows(query.group_by(map_cells.c.x, map_cells.c.y).limit(MOST_FEATURES))


async def sum_up_now(tx: Tx, seen: ColumnElement[bool], filters: dict[str, Any], zoom: int) -> Sequence[RowMapping]:
    """The sums of what the caller may see and asks for."""
    cells = cells_per_degree(zoom)
    x, y = func.floor((sites.c.lon + 180) * cells), func.floor((sites.c.lat + 90) * cells)
    query = select(
        func.count().label("number"),
        func.avg(sites.c.lon).label("lon"),
        func.avg(sites.c.lat).label("lat"),
        func.min(sites.c.id.cast(sites.c.code.type)).label("site_id"),
    ).where(seen)
    return await tx.rows(narrowed(query, filters).group_by(x, y).limit(MOST_FEATURES))


async def single_sites(tx: Tx, seen: ColumnElement[bool], filters: dict[str, Any]) -> Sequence[RowMapping]:
    """The sites themselves, one more than a map shows."""
    columns = [sites.c[name] for name in ("id", "code", "kind", "name", "party_id", "building_id", "grid_id", "lon", "lat")]
    return await tx.rows(narrowed(select(*columns).where(seen), filters).limit(MOST_FEATURES + 1))
