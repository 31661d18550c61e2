"""Sites for the map, as GeoJSON features: single ones, or summed up per cell of a zoom; the sums of everything are kept ready."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.types import Text

from services.registry.store.lines import feature_of, together
from services.registry.store.sites import Box, narrowed
from services.registry.tables import sites
from services.registry.tables_facts import map_state
from shared.contracts.vocabulary import SiteKind
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

_SINGLE: Final = "cell.number = 1"
_CLUSTER: Final = feature_of(
    f"""'"' || CASE WHEN {_SINGLE} THEN cell.site_id
        ELSE round(CAST(cell.lon AS numeric), 6) || ',' || round(CAST(cell.lat AS numeric), 6) END || '"'""",
    "cell.lon",
    "cell.lat",
    f"""'{{"cluster":' || CASE WHEN {_SINGLE} THEN 'false' ELSE 'true' END || ',"number":' || cell.number ||
        CASE WHEN {_SINGLE} THEN ',"site_id":"' || cell.site_id || '"' ELSE '' END || '}}'""",
)
_CLUSTERS: Final = literal_column(together(_CLUSTER), Text)
_SUMMED_UP: Final = text(
    f"""
    SELECT {together(_CLUSTER)} FROM (
        SELECT sum(number) AS number, sum(lon * number) / sum(number) AS lon, sum(lat * number) / sum(number) AS lat,
               min(CAST(site_id AS text)) AS site_id
        FROM registry.map_cells
        WHERE zoom = :zoom AND kind = ANY(:kinds) AND x BETWEEN :west AND :east AND y BETWEEN :south AND :north
        GROUP BY x, y LIMIT {MOST_FEATURES}
    ) AS cell
    """  # noqa: S608 - nothing of it was typed by anybody
).bindparams(bindparam("kinds", type_=ARRAY(Text)))
_SUMS: Final = select(
    func.count().label("number"),
    func.avg(sites.c.lon).label("lon"),
    func.avg(sites.c.lat).label("lat"),
    func.min(sites.c.id.cast(Text)).label("site_id"),
)
_SITES: Final = select(
    literal_column(
        feature_of(
            """'"' || sites.id || '"'""",
            "sites.lon",
            "sites.lat",
            """(SELECT CAST(row_to_json(shown) AS text) FROM (SELECT false AS cluster, 1 AS number, sites.id AS site_id,
                sites.code, sites.kind, sites.name, sites.party_id, sites.building_id, sites.grid_id) AS shown)""",
        ),
        Text,
    ).label("feature")
)
_FEATURES: Final = literal_column(together("site.feature"), Text).label("features")
_KINDS: Final = [kind.value for kind in SiteKind]


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


async def summed_up(tx: Tx, zoom: int, box: Box, kind: str | None) -> str:
    """The clusters of everything in a box, of all kinds or of one."""
    west, south, east, north = box
    cells = cells_per_degree(zoom)
    place = {
        "west": int((west + 180) * cells // 1),
        "east": int((east + 180) * cells // 1),
        "south": int((south + 90) * cells // 1),
        "north": int((north + 90) * cells // 1),
    }
    asked = {"zoom": zoom, "kinds": [kind] if kind else _KINDS, **place}
    return str(await tx.value(_SUMMED_UP, asked))


async def sum_up_now(tx: Tx, seen: ColumnElement[bool], filters: dict[str, Any], zoom: int) -> str:
    """The clusters of what the caller may see and asks for."""
    cells = cells_per_degree(zoom)
    x, y = func.floor((sites.c.lon + 180) * cells), func.floor((sites.c.lat + 90) * cells)
    query = (await narrowed(tx, _SUMS.where(seen), filters)).group_by(x, y).limit(MOST_FEATURES)
    return str(await tx.value(select(_CLUSTERS).select_from(query.subquery("cell"))))


async def single_sites(tx: Tx, seen: ColumnElement[bool], filters: dict[str, Any]) -> str | None:
    """The sites themselves; None where they are more than a map shows."""
    found = (await narrowed(tx, _SITES.where(seen), filters)).limit(MOST_FEATURES + 1).subquery("site")
    row = await tx.row(select(func.count().label("number"), _FEATURES).select_from(found))
    return str(row["features"]) if row and row["number"] <= MOST_FEATURES else None
