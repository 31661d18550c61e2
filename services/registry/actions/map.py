"""The map: sites as GeoJSON, summed up per cell where there are too many to tell apart."""

from services.registry.actions.sites import wanted
from services.registry.store.map import CLUSTERED_ZOOMS, single_sites, sum_up_now, summed_up
from services.registry.store.scope import reach_of, seen_sites
from services.registry.views.sites import SiteFilter
from shared.database import Transaction as Tx
from shared.web import Caller

_WORLD = (-180.0, -90.0, 180.0, 90.0)
_LIVE = frozenset({"grid_id", "building_id", "compound_id", "party_id", "landlord_site_id", "q", "scope", "confirm_overdue_on"})


async def show_map(asked: SiteFilter, caller: Caller, tx: Tx) -> str:
    """A GeoJSON FeatureCollection of the box: clusters at a zoom that cannot tell sites apart, else the sites."""
    reach = await reach_of(caller, tx)
    filters = {"bbox": _WORLD, **wanted(asked, tx)}
    zoom = asked.zoom
    if zoom is None or zoom > max(CLUSTERED_ZOOMS):
        found = await single_sites(tx, seen_sites(reach), filters)
        if found is not None:
            return _collection(found)
        zoom = max(CLUSTERED_ZOOMS)
    zoom = max(zoom, min(CLUSTERED_ZOOMS))
    if reach.everything and not _LIVE & filters.keys() and filters.get("is_open", True):
        return _collection(await summed_up(tx, zoom, filters["bbox"], filters.get("kind")))
    return _collection(await sum_up_now(tx, seen_sites(reach), filters, zoom))


def _collection(features: str) -> str:
    return f'{{"type":"FeatureCollection","features":[{features}]}}'
