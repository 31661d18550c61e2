"""What a record was at any time: one row per version, without personal numbers."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select

from services.registry.store.rows import Row, add_many
from services.registry.tables_facts import history
from shared.database import Transaction as Tx

_LEFT_OUT = frozenset({"search", "grams", "name_key", "no_key", "created_at", "changed_at", "mobile_index", "id_number_index"})
_SEALED = "_sealed"


def card_of(row: Row) -> dict[str, Any]:
    """The row as plain JSON, without what is sealed and what only serves searching."""
    return {name: _plain(value) for name, value in dict(row).items() if name not in _LEFT_OUT and not name.endswith(_SEALED)}


def _plain(value: Any) -> Any:
    if isinstance(value, (UUID, date, datetime)):
        return str(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


async def remember(tx: Tx, kind: str, by: str, *rows: Row) -> None:
    """Keep the rows as their versions stand now."""
    await add_many(
        tx,
        history,
        [
            {"kind": kind, "object_id": row["id"], "version": row["version"], "card": card_of(row), "by": by, "at": tx.now}
            for row in rows
        ],
    )


async def versions_of(tx: Tx, kind: str, identity: UUID) -> list[RowMapping]:
    query = select(history).where(history.c.kind == kind, history.c.object_id == identity).order_by(history.c.version)
    return list(await tx.rows(query))


async def as_known(tx: Tx, kind: str, identity: UUID, moment: datetime) -> RowMapping | None:
    """The version that stood at the moment."""
    query = (
        select(history)
        .where(history.c.kind == kind, history.c.object_id == identity, history.c.at <= moment)
        .order_by(history.c.version.desc())
        .limit(1)
    )
    return await tx.row(query)
