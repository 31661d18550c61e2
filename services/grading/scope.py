"""Who may see which site: officers their grids, landlords their own and their tenants', tenants their own."""

from typing import Any, Final
from uuid import UUID

from services.grading.store import chains, history
from services.grading.store.arrays import Row
from shared.database import Transaction
from shared.errors import Missing, Refused
from shared.web import Caller

EVERYTHING: Final = ("admin", "bureau", "enforcer", "auditor", "engineer", "department")
READERS: Final = (*EVERYTHING, "grid_officer", "landlord", "tenant")


class SiteIsClosed(Refused):
    """Nobody operates there any more: what was stays readable, and nothing new is decided."""

    code = "site_closed"
    status = 409
    zh = "该场所已注销，不再分级"
    en = "The site is closed and is graded no more"


async def may_see(tx: Transaction, caller: Caller, row: Row) -> bool:
    """Whether the site is the caller's to see."""
    if caller.has(*EVERYTHING):
        return True
    if caller.has("grid_officer") and row["grid_id"] in caller.grids:
        return True
    if not caller.has("landlord", "tenant"):
        return False
    return row["party_id"] in caller.parties or (caller.has("landlord") and await _lets_to(tx, caller, row))


async def seen_site(site_id: UUID, caller: Caller, tx: Transaction) -> Row:
    """The row of a graded site that the caller may see; Missing for any other."""
    row = await history.site(tx, site_id)
    if row is None or row["level"] is None or not await may_see(tx, caller, row):
        raise Missing
    return row


def require_open(row: Row) -> None:
    """Raise SiteIsClosed where nobody operates any more."""
    if not row["is_followed"]:
        raise SiteIsClosed


def bounds(caller: Caller, grid: UUID | None = None) -> dict[str, Any]:
    """The parameters that keep a question over many sites within what the caller may see."""
    is_party = caller.has("landlord", "tenant")
    return {
        "everything": caller.has(*EVERYTHING),
        "grids": sorted(caller.grids) if caller.has("grid_officer") else [],
        "parties": sorted(caller.parties) if is_party else [],
        "lets": caller.has("landlord"),
        "grid": grid,
    }


async def _lets_to(tx: Transaction, caller: Caller, row: Row) -> bool:
    """Whether one of the caller's parties stands above the site in the lease chain."""
    if row["landlord_site_id"] is None:
        return False
    return not caller.parties.isdisjoint(await chains.parties_above(tx, row["site_id"]))
