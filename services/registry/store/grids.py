"""Queries about grids and who answers for them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select

from services.registry.tables import grids
from shared.database import Transaction as Tx


async def areas(tx: Tx) -> list[tuple[UUID, Mapping[str, Any]]]:
    """All grids that have an area, the oldest first."""
    rows = await tx.rows(
        select(grids.c.id, grids.c.area).where(grids.c.area.is_not(None)).order_by(grids.c.created_at, grids.c.id)
    )
    return [(row["id"], row["area"]) for row in rows]


async def grids_named(tx: Tx, names: Sequence[str]) -> dict[str, RowMapping]:
    rows = await tx.rows(select(grids).where(grids.c.name.in_(list(names))))
    return {row["name"]: row for row in rows}
