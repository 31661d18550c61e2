"""Dates that are coming, and the reminders before and after them: rows with an index, never a timer."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from services.notify.store.records import Row, as_json, ids, latest, only_new
from shared.database import Transaction as Tx

_SAVE = text("""
    INSERT INTO notify.dates AS t SELECT * FROM json_populate_recordset(NULL::notify.dates, CAST(:rows AS json))
    ON CONFLICT (kind, thing_id) DO UPDATE SET version = excluded.version, cause = excluded.cause, cause_id = excluded.cause_id,
        site_id = excluded.site_id, facts = excluded.facts, "on" = excluded."on"
    WHERE t.version < excluded.version
    RETURNING kind, thing_id, xmax = 0 AS is_new""")
_FORGET = text(
    "DELETE FROM notify.reminders r USING json_to_recordset(CAST(:keys AS json)) AS k(kind text, thing_id uuid)"
    " WHERE r.kind = k.kind AND r.thing_id = k.thing_id"
)
_REMEMBER = only_new("reminders", ["kind", "thing_id", '"offset"'])
_DUE = text(
    "SELECT DISTINCT thing_id FROM (SELECT thing_id FROM notify.reminders WHERE at <= :now ORDER BY at LIMIT :most) first"
)
_CLAIM = text("""
    WITH due AS (
        SELECT kind, thing_id, "offset" FROM notify.reminders WHERE at <= :now AND thing_id = ANY(:ids)
         ORDER BY at LIMIT :most FOR UPDATE SKIP LOCKED
    ), taken AS (
        DELETE FROM notify.reminders r USING due d
         WHERE r.kind = d.kind AND r.thing_id = d.thing_id AND r."offset" = d."offset" RETURNING r.*
    )
    SELECT t.kind, t.thing_id, t."offset", t.at, d.cause, d.cause_id, d.site_id, d.facts, d."on"
      FROM taken t JOIN notify.dates d ON d.kind = t.kind AND d.thing_id = t.thing_id""").bindparams(ids())


async def save_dates(tx: Tx, dates: Sequence[Row], reminders: Sequence[Row]) -> None:
    """Set or move dates; reminders of a date that moved are replaced, those of a date that is not newer stay."""
    kept = await tx.rows(_SAVE, {"rows": as_json(latest(dates, "kind", "thing_id"))})
    if kept:
        moved = [{"kind": row["kind"], "thing_id": row["thing_id"]} for row in kept if not row["is_new"]]
        if moved:
            await tx.execute(_FORGET, {"keys": as_json(moved)})
        changed = {(row["kind"], row["thing_id"]) for row in kept}
        wanted = [row for row in reminders if (row["kind"], row["thing_id"]) in changed]
        await tx.put_off(_REMEMBER, {"rows": as_json(_last(wanted))})


def _last(rows: Sequence[Row]) -> list[Row]:
    found: dict[tuple[Any, ...], Row] = {(row["kind"], row["thing_id"], row["offset"]): row for row in rows}
    return list(found.values())


async def things_due(tx: Tx, most: int) -> set[UUID]:
    """What the next reminders that are due are about."""
    return {row["thing_id"] for row in await tx.rows(_DUE, {"now": tx.now, "most": most})}


async def put_back(tx: Tx, reminders: Sequence[Row], until: datetime) -> None:
    """Reminders that were taken and could not be planned."""
    rows = [{**{name: row[name] for name in ("kind", "thing_id", "offset")}, "at": until} for row in reminders]
    await tx.execute(_REMEMBER, {"rows": as_json(rows)})


async def claim_reminders(tx: Tx, things: Collection[UUID], most: int) -> Sequence[RowMapping]:
    """Take reminders of these things that are due, with the date that they are about; each is taken once."""
    return await tx.rows(_CLAIM, {"ids": sorted(things), "now": tx.now, "most": most})
