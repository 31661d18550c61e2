"""Pages of hazards, newest first, by the filters of the contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, TextualSelect, bindparam
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text

from services.inspection.store.scope import Scope, bound, on_hazards
from shared.database import Transaction as Tx

_CONDITIONS = {
    "site_id": "h.site_id = :site_id",
    "building_id": "h.building_id = :building_id",
    "grid_id": "s.grid_id = :grid_id",
    "visit_id": "h.visit_id = :visit_id",
    "item": "h.item = :item",
    "source": "h.source = :source",
    "states": "h.state = ANY(:states)",
    "levels": "h.level = ANY(:levels)",
    "overdue": "(h.overdue_at IS NOT NULL AND h.closed_at IS NULL) = :overdue",
    "open": "(h.closed_at IS NULL) = :open",
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
    def asked(self) -> dict[str, Any]:
        """The questions with their values."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value is not None}


async def page(
    tx: Tx, scope: Scope, wanted: HazardFilter, limit: int, after: tuple[datetime, UUID] | None
) -> Sequence[RowMapping]:
    """Up to ``limit`` rows after the key of the last one seen."""
    asked = wanted.asked
    names = [*asked, "after"] if after else list(asked)
    key = {"after_at": after[0], "after_id": after[1]} if after else {}
    return await tx.rows(_statement(scope, names), {**asked, **key, **scope.parameters, "limit": limit})


def _statement(scope: Scope, names: Sequence[str]) -> TextualSelect:
    where = " AND ".join([f"({on_hazards(scope.kinds)})", *(_CONDITIONS[name] for name in names)])
    clause = bound(
        "SELECT h.*, s.name AS site_name, s.code AS site_code FROM inspection.hazards h"  # noqa: S608 - our own conditions
        f" JOIN inspection.sites s ON s.site_id = h.site_id WHERE {where} ORDER BY h.told_at DESC, h.id DESC LIMIT :limit"
    )
    arrays = [name for name in names if name in {"states", "levels"}]
    return clause.bindparams(*(bindparam(name, type_=ARRAY(Text)) for name in arrays)).columns(responsible=JSONB, progress=JSONB)
