"""What a caller may see, as conditions on a site ``s`` and a hazard ``h``: somebody else's rows are not there for him."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

_OWN = "SELECT o.site_id FROM inspection.sites o WHERE o.party_id = ANY(:parties)"
_LET = (
    "SELECT t.site_id FROM inspection.sites o JOIN inspection.sites t ON t.landlord_site_id = o.site_id"
    " WHERE o.party_id = ANY(:parties)"
    " UNION SELECT t.site_id FROM inspection.leases e JOIN inspection.sites t ON t.party_id = e.tenant_party_id"
    " AND t.building_id = e.building_id WHERE e.is_active AND e.landlord_party_id = ANY(:parties)"
)
_MANAGED = (
    "SELECT t.site_id FROM inspection.sites m JOIN inspection.sites t ON t.building_id = m.building_id"
    " WHERE m.kind = 'unified_manager' AND m.closed_on IS NULL AND m.party_id = ANY(:parties)"
)
_SHARED = (
    "SELECT n.id FROM inspection.hazards n JOIN inspection.sites o ON o.building_id = n.building_id"
    " WHERE n.shared_part AND o.closed_on IS NULL AND o.party_id = ANY(:parties)"
)
_SITES = {
    "everything": "TRUE",
    "grids": "s.grid_id = ANY(:grids)",
    "tenant": f"s.site_id IN ({_OWN})",
    "landlord": f"s.site_id IN ({_OWN} UNION {_LET} UNION {_MANAGED})",
    "department": "TRUE",
    "integrator": "TRUE",
}
_HAZARDS = {
    "everything": "TRUE",
    "grids": "h.grid_id = ANY(:grids)",
    "tenant": f"h.id IN (SELECT n.id FROM inspection.hazards n WHERE n.site_id IN ({_OWN}) UNION {_SHARED})",  # noqa: S608 - no value
    "landlord": f"h.site_id IN ({_OWN} UNION {_LET} UNION {_MANAGED})",
    "department": "h.progress ->> 'department' = :department",
    "integrator": "FALSE",
}
_ARRAYS = {"grids": ARRAY(PG_UUID), "parties": ARRAY(PG_UUID)}


@dataclass(frozen=True, slots=True)
class Scope:
    """Bounds of one caller; several kinds together show what any of them shows, and no kind shows nothing."""

    kinds: frozenset[str]
    grids: frozenset[UUID] = frozenset()
    parties: frozenset[UUID] = frozenset()
    department: str | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """Values for the conditions; more than a statement needs is fine, because it is bound by name."""
        values = {"grids": list(self.grids), "parties": list(self.parties), "department": self.department}
        wanted = {"grids": {"grids"}, "parties": {"tenant", "landlord"}, "department": {"department"}}
        return {name: value for name, value in values.items() if wanted[name] & self.kinds}


def on_sites(kinds: frozenset[str]) -> str:
    """The condition under which a site is there for the caller."""
    return " OR ".join(sorted({_SITES[kind] for kind in kinds})) or "FALSE"


def on_hazards(kinds: frozenset[str]) -> str:
    """The condition under which a hazard is there for the caller."""
    return " OR ".join(sorted({_HAZARDS[kind] for kind in kinds})) or "FALSE"


def bound(statement: str) -> TextClause:
    """The statement with its array parameters typed."""
    clause = text(statement)
    named = [name for name in _ARRAYS if f":{name})" in statement]
    return clause.bindparams(*(bindparam(name, type_=_ARRAYS[name]) for name in named))


def scoped(
    write: Callable[[str], str], condition: Callable[[frozenset[str]], str], finish: Callable[[TextClause], Executable]
) -> Callable[[Scope], Executable]:
    """A statement with the caller's condition in it, written and finished once for each combination of kinds."""

    @cache
    def statement(kinds: frozenset[str]) -> Executable:
        return finish(bound(write(f"({condition(kinds)})")))

    return lambda scope: statement(scope.kinds)
