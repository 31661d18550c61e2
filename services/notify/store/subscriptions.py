"""Those outside who follow events, and chat groups: their filters, their sealed addresses, how their deliveries go."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, text, update

from services.notify.store.records import as_json, ids
from services.notify.tables_publishing import subscriptions
from shared.database import Transaction as Tx

_ACTIVE = text("""
    SELECT id, channel, events, levels, grids, sites, language FROM notify.subscriptions
     WHERE active AND purpose = 'events' AND events && CAST(:names AS text[])""")
_ENDPOINTS = text("SELECT id, channel, address, secrets FROM notify.subscriptions WHERE id = ANY(:ids)").bindparams(ids())
_LETTERS = text("SELECT event_id, body FROM notify.letters WHERE event_id = ANY(:ids)").bindparams(ids())
_KEEP = text(
    "INSERT INTO notify.letters SELECT * FROM json_populate_recordset(NULL::notify.letters, CAST(:rows AS json))"
    " ON CONFLICT (event_id) DO NOTHING"
)
_PLACES = text("""
    SELECT s.site_id, s.grid_id, l.level FROM notify.sites s LEFT JOIN notify.levels l USING (site_id)
     WHERE s.site_id = ANY(:ids)""").bindparams(ids())
_COUNT = text("""
    UPDATE notify.subscriptions s
       SET failures = CASE WHEN r.failed > 0 THEN s.failures + r.failed ELSE 0 END,
           failing_since = CASE WHEN r.failed > 0 THEN coalesce(s.failing_since, :now) END
      FROM json_to_recordset(CAST(:rows AS json)) AS r(id uuid, failed int)
     WHERE s.id = r.id AND (r.failed > 0 OR s.failures > 0)""")
_PAUSE = text("""
    WITH dead AS (
        SELECT s.id, EXISTS (
                   SELECT 1 FROM notify.notices n JOIN notify.dispatches d ON d.notice_id = n.id
                    WHERE n.person_id = s.id AND d.reason = 'gone' AND d.ended_at >= s.failing_since) AS gone
          FROM notify.subscriptions s WHERE s.active AND s.failing_since IS NOT NULL)
    UPDATE notify.subscriptions s
       SET active = false, paused_at = :now, paused_reason = CASE WHEN gone THEN 'gone' ELSE 'dead' END, version = version + 1
      FROM dead WHERE dead.id = s.id AND (gone OR (failures >= :most AND failing_since <= :since)) RETURNING s.*""")
_FORGET = text("DELETE FROM notify.letters WHERE heard_at < :before")


async def insert_subscription(tx: Tx, row: dict[str, Any]) -> None:
    await tx.execute(insert(subscriptions).values(row))


async def subscription(tx: Tx, identity: UUID) -> RowMapping | None:
    return await tx.row(select(subscriptions).where(subscriptions.c.id == identity))


async def page_of_subscriptions(tx: Tx, after: UUID | None, most: int, owner: str | None) -> Sequence[RowMapping]:
    query = select(subscriptions).order_by(subscriptions.c.id).limit(most)
    if after is not None:
        query = query.where(subscriptions.c.id > after)
    return await tx.rows(query if owner is None else query.where(subscriptions.c.owner == owner))


async def change_subscription(tx: Tx, identity: UUID, version: int, **values: Any) -> RowMapping | None:
    """The changed row; None where somebody else has changed it since."""
    mine = update(subscriptions).where(subscriptions.c.id == identity, subscriptions.c.version == version)
    return await tx.row(mine.values(version=version + 1, **values).returning(subscriptions))


async def followers(tx: Tx, names: Collection[str]) -> Sequence[RowMapping]:
    return await tx.rows(_ACTIVE, {"names": sorted(names)})


async def endpoints(tx: Tx, identities: Collection[UUID]) -> Sequence[RowMapping]:
    return await tx.rows(_ENDPOINTS, {"ids": sorted(identities)})


async def letters(tx: Tx, events: Collection[UUID]) -> dict[UUID, str]:
    return {row["event_id"]: row["body"] for row in await tx.rows(_LETTERS, {"ids": sorted(events)})}


async def keep_letters(tx: Tx, rows: Sequence[Any]) -> None:
    await tx.execute(_KEEP, {"rows": as_json(rows)})


async def places_of(tx: Tx, sites: Collection[UUID]) -> dict[UUID, RowMapping]:
    return {row["site_id"]: row for row in await tx.rows(_PLACES, {"ids": sorted(sites)})}


async def count_deliveries(tx: Tx, failed: dict[UUID, int]) -> None:
    """Failures in a row; none after a success, which forgets every failure before it."""
    rows = [{"id": identity, "failed": failed[identity]} for identity in sorted(failed)]
    if rows:
        await tx.execute(_COUNT, {"rows": as_json(rows), "now": tx.now})


async def pause_dead(tx: Tx, most: int, since: Any) -> Sequence[RowMapping]:
    return await tx.rows(_PAUSE, {"most": most, "since": since, "now": tx.now})


async def forget_letters(tx: Tx, before: Any) -> None:
    await tx.execute(_FORGET, {"before": before})
