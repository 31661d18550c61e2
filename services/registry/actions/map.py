"""The map: sites as GeoJSON, summed up per cell where there are too many to tell apart."""

from collections.abc import Sequence
from typing import Any

from pydantic_core import to_json

from services.registry.actions.sites import wanted
from services.registry.store.map import CLUSTERED_ZOOMS, MOST_FEATURES, single_sites, sum_up_now, summed_up
from services.registry.store.rows import Row
from services.registry.store.scope import reach_of, seen_sites
from services.registry.views.sites import SiteFilter
from shared.database import Transaction as Tx
from shared.web import Caller

Feature = dict[str, Any]

_WORLD = (-180.0, -90.0, 180.0, 90.0)
_LIVE = frozenset({"grid_id", "building_id", "compound_id", "party_id", "landlord_site_id", "q", "scope", "confirm_overdue_on"})


async def show_map(asked: SiteFilter, caller: Caller, tx: Tx) -> bytes:
    """A GeoJSON FeatureCollection of the box: clusters at a zoom that cannot tell sites apart, else the sites."""
    reach = await reach_of(caller, tx)
    filters = {"bbox": _WORLD, **wanted(asked, tx)}
    zoom = asked.zoom
    if zoom is None or zoom > max(CLUSTERED_ZOOMS):
        found = await single_sites(tx, seen_sites(reach), filters)
        if len(found) <= MOST_FEATURES:
            return _collection([_site(row) for row in found])
        zoom = max(CLUSTERED_ZOOMS)
    zoom = max(zoom, min(CLUSTERED_ZOOMS))
    if reach.everything and not _LIVE & filters.keys() and filters.get("is_open", True):
        return _clusters(await summed_up(tx, zoom, filters["bbox"], filters.get("kind")))
    return _clusters(await sum_up_now(tx, seen_sites(reach), filters, zoom))


def _clusters(rows: Sequence[Row]) -> bytes:
    return _collection([_cluster(row) for row in rows if row["number"]])


def _collection(features: list[Feature]) -> bytes:
    return to_json({"type": "FeatureCollection", "features": features})


def _cluster(row: Row) -> Feature:
    number = int(row["number"])
    properties: dict[str, Any] = {"cluster": number > 1, "number": number}
    if number == 1:
        properties["site_id"] = row["site_id"]
    identity = row["site_id"] if number == 1 else f"{row['lon']:.6f},{row['lat']:.6f}"
    return _feature(identity, row, properties)


def _site(row: Row) -> Feature:
    shown = {name: row[name] for name in ("code", "kind", "name", "party_id", "building_id", "grid_id")}
    return _feature(row["id"], row, {"cluster": False, "number": 1, "site_id": row["id"], **shown})


def _feature(identity: Any, row: Row, properties: dict[str, Any]) -> Feature:
    """A plain dictionary: a map of 2,000 features must not cost 6,000 checked objects."""
    point = {"type": "Point", "coordinates": (round(row["lon"], 6), round(row["lat"], 6))}
    return {"type": "Feature", "id": identity, "geometry": point, "properties": properties}
