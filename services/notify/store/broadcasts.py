"""Broadcasts: whom they are for, step by step, and how far they have come."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, text, update

from services.notify.domain.states import DispatchState, NoticeState
from services.notify.store.records import as_json, ids, words
from services.notify.tables_publishing import broadcasts
from shared.database import Transaction as Tx

_CLAIM = text("""
    SELECT * FROM notify.broadcasts WHERE state = 'expanding' AND send_after <= CAST(:now AS timestamptz) + interval '10 minutes'
     ORDER BY ordered_at LIMIT 1 FOR UPDATE SKIP LOCKED""")
_SITES = text("""
    SELECT s.site_id, s.party_id, s.grid_id, s.name, s.kind FROM notify.sites s LEFT JOIN notify.levels l USING (site_id)
     WHERE NOT s.closed AND (CAST(:after AS uuid) IS NULL OR s.site_id > :after)
       AND (cardinality(:grids) = 0 OR s.grid_id = ANY(:grids))
       AND (cardinality(:sites) = 0 OR s.site_id = ANY(:sites))
       AND (cardinality(:kinds) = 0 OR s.kind = ANY(:kinds))
       AND (cardinality(:levels) = 0 OR l.level = ANY(:levels))
       AND NOT EXISTS (
           SELECT 1 FROM json_each(CAST(:facts AS json)) w
            WHERE NOT EXISTS (SELECT 1 FROM notify.facts f WHERE f.site_id = s.site_id AND f.key = w.key
                                 AND f.value = CAST(w.value AS jsonb)))
     ORDER BY s.site_id LIMIT :most""").bindparams(ids("grids"), ids("sites"), words("kinds"), words("levels"))
_STATES = text("SELECT state, count(*) AS number FROM notify.notices WHERE broadcast_id = :id GROUP BY state")
_STOP = text(f"""
    WITH stopped AS (
        UPDATE notify.notices SET state = '{NoticeState.CANCELLED}', reason = 'stopped', version = version + 1, next_at = NULL
         WHERE broadcast_id = :id AND state = '{NoticeState.PLANNED}' RETURNING id)
    UPDATE notify.dispatches d SET state = '{DispatchState.DROPPED}', reason = 'stopped', ended_at = :now
      FROM stopped s WHERE d.notice_id = s.id AND d.state IN ('{DispatchState.DUE}', '{DispatchState.HELD}')""")  # noqa: S608

_IS_TOLD = text(
    "SELECT EXISTS (SELECT 1 FROM notify.notices WHERE thing_id = :id AND campaign_id = :id)"
    " OR EXISTS (SELECT 1 FROM notify.dates WHERE thing_id = :id)"
)


async def add_broadcast(tx: Tx, row: dict[str, Any]) -> None:
    await tx.execute(insert(broadcasts).values(row))


async def broadcast(tx: Tx, identity: UUID) -> RowMapping | None:
    return await tx.row(select(broadcasts).where(broadcasts.c.id == identity))


async def page_of_broadcasts(tx: Tx, after: UUID | None, most: int) -> Sequence[RowMapping]:
    query = select(broadcasts).order_by(broadcasts.c.id.desc()).limit(most)
    return await tx.rows(query if after is None else query.where(broadcasts.c.id < after))


async def claim(tx: Tx) -> RowMapping | None:
    """A broadcast that is not yet planned to its end; nobody else plans it meanwhile."""
    return await tx.row(_CLAIM, {"now": tx.now})


async def sites(tx: Tx, audience: Mapping[str, Any], after: UUID | None, most: int) -> Sequence[RowMapping]:
    """The next sites that fit, in the order of their ids."""
    given = {name: audience.get(name) or [] for name in ("kinds", "levels")}
    given |= {name: [UUID(str(value)) for value in audience.get(name) or []] for name in ("grids", "sites")}
    return await tx.rows(_SITES, given | {"facts": as_json(audience.get("facts") or {}), "after": after, "most": most})


async def moved_on(tx: Tx, identity: UUID, upto: UUID | None, planned: int, ended: datetime | None) -> None:
    values: dict[str, Any] = {"planned": broadcasts.c.planned + planned}
    values |= {"upto": upto} if ended is None else {"state": "planned", "ended_at": ended}
    await tx.execute(update(broadcasts).where(broadcasts.c.id == identity).values(values))


async def stop(tx: Tx, identity: UUID, by: str) -> None:
    """What has not left is cancelled; what is not planned yet never is."""
    values = {"state": "stopped", "stopped_by": by, "ended_at": tx.now}
    await tx.execute(update(broadcasts).where(broadcasts.c.id == identity).values(values))
    await tx.execute(_STOP, {"id": identity, "now": tx.now})


async def is_told(tx: Tx, campaign: UUID) -> bool:
    """Whether anybody was to be told of a campaign, or is to be reminded of it."""
    return bool(await tx.value(_IS_TOLD, {"id": campaign}))


async def states(tx: Tx, identity: UUID) -> dict[str, int]:
    return {row["state"]: row["number"] for row in await tx.rows(_STATES, {"id": identity})}
