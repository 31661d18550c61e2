"""Queries for turning to a new key."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Table, func, select, update

from shared.database import Transaction as Tx


async def sealed_by_others(tx: Tx, table: Table, column: str, key_id: str, limit: int) -> Sequence[RowMapping]:
    """Rows whose value was sealed by another key than this."""
    sealed = table.c[column]
    query = select(table.c.id, sealed).where(sealed.is_not(None), func.starts_with(sealed, f"{key_id}:").is_(False))
    return await tx.rows(query.order_by(table.c.id).limit(limit).with_for_update(skip_locked=True))


async def write_sealed(tx: Tx, table: Table, identity: UUID, values: Mapping[str, Any]) -> None:
    await tx.execute(update(table).where(table.c.id == identity).values(**values))
