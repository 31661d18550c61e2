"""Preferences of parties, and desks."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, delete, insert, select, text

from services.notify.store.records import as_json
from services.notify.tables_relations import desks as table
from services.notify.tables_relations import preferences
from shared.database import Transaction as Tx

_SAVE = text("""
    INSERT INTO notify.preferences AS p SELECT * FROM json_populate_record(NULL::notify.preferences, CAST(:row AS json))
    ON CONFLICT (party_id) DO UPDATE SET version = p.version + 1, channels = excluded.channels, quiet_from = excluded.quiet_from,
        quiet_to = excluded.quiet_to, language = excluded.language, off = excluded.off, changed_at = excluded.changed_at
    WHERE CAST(:version AS int) IS NULL OR p.version = :version
    RETURNING version""")


async def preference(tx: Tx, party: UUID) -> RowMapping | None:
    return await tx.row(select(preferences).where(preferences.c.party_id == party))


async def save_preference(tx: Tx, row: dict[str, Any], version: int | None) -> bool:
    """Whether nobody else has changed it since."""
    return await tx.row(_SAVE, {"row": as_json({**row, "version": 1}), "version": version}) is not None


async def desks(tx: Tx) -> Sequence[RowMapping]:
    return await tx.rows(select(table).order_by(table.c.recipient, table.c.id))


async def replace_desks(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    await tx.execute(delete(table))
    if rows:
        await tx.execute(insert(table), list(rows))
