"""Intentions as rows: planned once, however often the same event is heard."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from services.notify.store.records import Row, as_json
from shared.database import Transaction as Tx

_PLAN = text("""
    WITH planned AS (
        INSERT INTO notify.notices SELECT * FROM json_populate_recordset(NULL::notify.notices, CAST(:notices AS json))
        ON CONFLICT ON CONSTRAINT one_intention DO NOTHING RETURNING id
    ), queued AS (
        INSERT INTO notify.dispatches
        SELECT d.* FROM json_populate_recordset(NULL::notify.dispatches, CAST(:dispatches AS json)) d
          JOIN planned ON planned.id = d.notice_id RETURNING 1
    )
    SELECT id FROM planned""")


async def insert_planned(tx: Tx, notices: Sequence[Row], dispatches: Sequence[Row]) -> set[UUID]:
    """Store notices with their first dispatches; the ids of those that were not planned before."""
    rows = await tx.rows(_PLAN, {"notices": as_json(notices), "dispatches": as_json(dispatches)})
    return {row["id"] for row in rows}
