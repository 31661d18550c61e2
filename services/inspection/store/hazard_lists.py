"""Pages of hazards, newest first, by the filters of the contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, TextualSelect, bindparam
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text

from services.inspection.domain.lifecycle import OPEN
from services.inspection.store.scope import Scope, bound, on_hazards
from shared.database import Transaction as Tx

_CONDITIONS = {
    "site_id": "h.site_id = :site_id",
    "building_id": "h.building_id = :building_id",
    "grid_id": "h.grid_id = :grid_id",
    "visit_id": "h.visit_id = :visit_id",
    "item": "h.item = :item",
    "source": "h.source = :source",
    "states": "h.state = ANY(:states)",
    "levels": "h.level = ANY(:levels)",
    "overdue": "h.overdue_at IS NOT NULL AND h.closed_at IS NULL",
    "not_overdue": "(h.overdue_at IS NULL OR h.closed_at IS NOT NULL)",
    "open": "h.closed_at IS NULL",
    "not_open": "h.closed_at IS NOT NULL",
    "after": "(h.told_at, h.id) < (:after_at, :after_id)",
}


@dataclass(frozen=True, slots=True)
class HazardFilter:
    """What is asked for; None asks nothing."""

    site_id: UUID | None = None
    building_id: UUID | None = None
    grid_id: UUID | None = None
    visit_id: UUID | None = None
    item: str | None = None
    source: str | None = None
    states: tuple[str, ...] | None = None
    levels: tuple[str, ...] | None = None
    overdue: bool | None = None
    open: bool | None = None

    @property
    def values(self) -> dict[str, Any]:
        """The questions that have a value to compare with."""
        asked = {name: getattr(self, name) for name in self.__slots__ if name not in {"overdue", "open"}}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asked.items() if value is not None}

    @property
    def names(self) -> list[str]:
        """The questions; one that only open hazards answer asks for open ones, so that their index serves."""
        flags = {"overdue": self.overdue, "open": True if self.states and OPEN.issuperset(self.states) else self.open}
        return [*self.values, *(name if flag else f"not_{name}" for name, flag in flags.items() if flag is not None)]


async def page(
    tx: Tx, scope: Scope, wanted: HazardFilter, limit: int, after: tuple[datetime, UUID] | None
) -> Sequence[RowMapping]:
    """Up to ``limit`` rows after the key of the last one seen."""
    key = {"after_at": after[0], "after_id": after[1]} if after else {}
    names = [*wanted.names, *(["after"] if after else [])]
    return await tx.rows(_statement(scope, names), {**wanted.values, **key, **scope.parameters, "limit": limit})


def _statement(scope: Scope, names: Sequence[str]) -> TextualSelect:
    where = " AND ".join([f"({on_hazards(scope.kinds)})", *(_CONDITIONS[name] for name in names)])
    clause = bound(
        "SELECT h.*, s.name AS site_name, s.code AS site_code FROM inspection.hazards h"  # noqa: S608 - our own conditions
        f" JOIN inspection.sites s ON s.site_id = h.site_id WHERE {where} ORDER BY h.told_at DESC, h.id DESC LIMIT :limit"
    )
    arrays = [name for name in names if name in {"states", "levels"}]
    return clause.bindparams(*(bindparam(name, type_=ARRAY(Text)) for name in arrays)).columns(responsible=JSONB, progress=JSONB)
