"""Who may see which site: officers their grids, landlords their own and their tenants', tenants their own."""

from typing import Final

from services.grading.store import chains
from services.grading.store.arrays import Row
from shared.database import Transaction
from shared.web import Caller

EVERYTHING: Final = ("admin", "bureau", "enforcer", "auditor", "engineer", "department")
READERS: Final = (*EVERYTHING, "grid_officer", "landlord", "tenant")


async def may_see(tx: Transaction, caller: Caller, row: Row) -> bool:
    """Whether the site is the caller's to see."""
    if caller.has(*EVERYTHING):
        return True
    if caller.has("grid_officer") and row["grid_id"] in caller.grids:
        return True
    if not caller.has("landlord", "tenant"):
        return False
    return row["party_id"] in caller.parties or (caller.has("landlord") and await _lets_to(tx, caller, row))


async def _lets_to(tx: Transaction, caller: Caller, row: Row) -> bool:
    """Whether one of the caller's parties stands above the site in the lease chain."""
    if row["landlord_site_id"] is None:
        return False
    return not caller.parties.isdisjoint(await chains.parties_above(tx, row["site_id"]))
