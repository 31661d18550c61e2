"""What a new site consists of: its place, its grid, its name, whose it is under, and the first answers about it."""

from datetime import date
from typing import Any
from uuid import UUID

from services.registry.actions.places import placed
from services.registry.domain.areas import GridMap
from services.registry.domain.search import findable
from services.registry.rulebook import limits
from services.registry.store.grids import areas
from services.registry.store.leases import running_leases_of
from services.registry.store.rows import Row, get
from services.registry.store.scope import Reach
from services.registry.store.sites import landlord_site, site_in_building
from services.registry.tables import grids
from services.registry.views.shape import GivenPoint
from services.registry.views.sites import NewSite
from shared.contracts.vocabulary import PartyType, SiteKind
from shared.database import Transaction as Tx
from shared.errors import Missing
from shared.web import Caller

_ENDINGS = {SiteKind.TENANT: "", SiteKind.LANDLORD: "（出租方）", SiteKind.UNIFIED_MANAGER: "（统一管理）"}
_LONGEST_NAME = 200


class BuildingUnknown(Missing):
    """A site stands in a building that is on record and yours to see."""

    code = "building_missing"
    zh = "没有找到所在楼栋，或无权查看"
    en = "The building was not found, or is not yours"


class GridUnknown(Missing):
    """A grid that is on record."""

    code = "grid_missing"
    zh = "没有找到该网格"
    en = "The grid was not found"


class LandlordSiteUnknown(Missing):
    """The landlord's site stands in the same building."""

    code = "landlord_site_missing"
    zh = "本楼栋没有该出租方场所"
    en = "There is no such landlord's site in this building"


def place_of(point: GivenPoint | None, building: Row) -> dict[str, Any]:
    """The site's own place, else its building's, else its compound's."""
    if point is not None:
        return placed(point)
    prefix = "" if building["lon"] is not None else "compound_"
    return {name: building[prefix + name] for name in ("lon", "lat", "crs", "coord_source")}


async def grid_for(asked: UUID | None, place: Row, building: Row, tx: Tx) -> dict[str, Any]:
    """The grid named by hand, else the one whose area holds the point, else the compound's."""
    if asked is not None:
        try:
            await get(tx, grids, asked)
        except Missing:
            raise GridUnknown(pointer="/grid_id") from None
        return {"grid_id": asked, "grid_by_hand": True}
    found = GridMap.of(await areas(tx)).grid_at(place["lon"], place["lat"])
    return {"grid_id": found or building["compound_grid_id"], "grid_by_hand": False}


async def may_register(body: NewSite, caller: Caller, reach: Reach, building: Row, tx: Tx) -> bool:
    """An official anywhere, a grid officer in the grids that are his today, a landlord or unified manager in his building.

    A tenant's site without a lease would pass by the gate: who is no official registers one only where a lease of his runs.
    ``building`` is the site's, with the grid that the site will be in.
    """
    if caller.has("bureau", "admin", "integrator") or (caller.has("grid_officer") and building["grid_id"] in reach.grids):
        return True
    if body.kind is SiteKind.TENANT:
        running = await running_leases_of(tx, body.building_id, body.party_id)
        return any(lease["landlord_party_id"] in caller.parties for lease in running)
    return bool({building["landlord_party_id"], building["unified_manager_party_id"]} & caller.parties)


async def above(body: NewSite, tx: Tx) -> UUID | None:
    """The landlord's site that a tenant's or manager's site belongs to: the one named, else the owner's in this building."""
    if body.landlord_site_id is not None:
        named_site = await site_in_building(tx, body.landlord_site_id, body.building_id)
        if named_site is None or named_site["kind"] == SiteKind.TENANT:
            raise LandlordSiteUnknown(pointer="/landlord_site_id")
        return body.landlord_site_id
    if body.kind is SiteKind.LANDLORD:
        return None
    found = await landlord_site(tx, body.building_id)
    return found["id"] if found else None


def site_name(kind: SiteKind, party: Row, building: Row) -> str:
    """A tenant's site bears the firm's name; any other, and a natural person's, that of its place."""
    if kind is SiteKind.TENANT and party["party_type"] != PartyType.NATURAL_PERSON:
        return str(party["name"])
    return f"{building['compound_name']}{building['building_no']}{_ENDINGS[kind]}"


def named(name: str, code: str, party: Row) -> dict[str, Any]:
    """The name with what finds it: itself, the party, the readable number, the credit code."""
    found = findable(name, party["name"], codes=[code, party["uscc"]])
    return {"name": name[:_LONGEST_NAME], "search": found.search, "grams": found.grams}


def opening(today: date) -> dict[str, Any]:
    """What every new site begins with."""
    confirm_due = today + limits().ledger_confirmed_every
    start: dict[str, Any] = {"is_open": True, "closed_on": None, "closing_reason": None, "confirm_is_overdue": False}
    return start | {"derived": {}, "scope": [], "overseers": [], "confirmed_on": today, "confirm_due": confirm_due}
