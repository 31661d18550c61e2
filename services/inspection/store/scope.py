"""What a caller may see, as conditions on a site ``s`` and a hazard ``h``: somebody else's rows are not there for him."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

_OWN = "s.party_id = ANY(:parties)"
_LET = (
    "(s.landlord_site_id IN (SELECT o.site_id FROM inspection.sites o WHERE o.party_id = ANY(:parties))"
    " OR EXISTS (SELECT 1 FROM inspection.leases e WHERE e.is_active AND e.landlord_party_id = ANY(:parties)"
    " AND e.tenant_party_id = s.party_id AND e.building_id = s.building_id))"
)
_MANAGED = (
    "s.building_id IN (SELECT m.building_id FROM inspection.sites m"
    " WHERE m.kind = 'unified_manager' AND m.closed_on IS NULL AND m.party_id = ANY(:parties))"
)
_NEIGHBOUR = (
    "(h.shared_part AND h.building_id IN (SELECT o.building_id FROM inspection.sites o"
    " WHERE o.party_id = ANY(:parties) AND o.closed_on IS NULL))"
)
_SITES = {
    "everything": "TRUE",
    "grids": "s.grid_id = ANY(:grids)",
    "tenant": _OWN,
    "landlord": f"({_OWN} OR {_LET} OR {_MANAGED})",
    "department": "TRUE",
    "integrator": "TRUE",
}
_HAZARDS = _SITES | {
    "tenant": f"({_OWN} OR {_NEIGHBOUR})",
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


def scoped(write: Callable[[str], str], condition: Callable[[frozenset[str]], str]) -> Callable[[Scope], TextClause]:
    """A statement with the caller's condition in it, written once for each combination of kinds."""

    @cache
    def statement(kinds: frozenset[str]) -> TextClause:
        return bound(write(f"({condition(kinds)})"))

    return lambda scope: statement(scope.kinds)
