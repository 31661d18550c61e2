"""From a token to the bounds of what its holder may see."""

from services.inspection.store.scope import Scope
from shared.web import Caller

_SEES_ALL = ("admin", "bureau", "enforcer", "engineer", "auditor")
_BOUNDED = {
    "grid_officer": "grids",
    "landlord": "landlord",
    "tenant": "tenant",
    "department": "department",
    "integrator": "integrator",
}


def scope_of(caller: Caller) -> Scope:
    """What the caller may see; everything where any of his roles does."""
    if caller.has(*_SEES_ALL):
        return Scope(frozenset({"everything"}))
    kinds = frozenset(kind for role, kind in _BOUNDED.items() if caller.has(role))
    return Scope(kinds, caller.grids, caller.parties, caller.department)
