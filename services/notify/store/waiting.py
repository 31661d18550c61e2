"""What waits for its moment: the next step of a route, a rung of a ladder, reminders that may be merged."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text

from services.notify.domain.states import DispatchState, NoticeState
from services.notify.store.records import Row, as_json, ids
from shared.database import Transaction as Tx

_NEXT = text("""
    SELECT id, person_id, lane, state, kind, later, quiet_from, quiet_to, in_app, expires_at, read_at, acknowledged_at, thing_id
      FROM notify.notices WHERE next_at <= :now ORDER BY next_at LIMIT :most FOR UPDATE SKIP LOCKED""")
_STAY = text("UPDATE notify.notices SET next_at = NULL WHERE id = ANY(:ids)").bindparams(ids())

_DUE = text("SELECT thing_id FROM notify.climbs WHERE next_at <= :now ORDER BY next_at LIMIT :most")
_CLIMB = text("""
    SELECT * FROM notify.climbs WHERE next_at <= :now AND thing_id = ANY(:ids)
     ORDER BY next_at LIMIT :most FOR UPDATE SKIP LOCKED""").bindparams(ids())
_CLIMBED = text("""
    UPDATE notify.climbs c SET rung = r.rung, next_at = r.next_at
      FROM json_to_recordset(CAST(:rows AS json)) AS r(ladder text, thing_id uuid, rung smallint, next_at timestamptz)
     WHERE c.ladder = r.ladder AND c.thing_id = r.thing_id""")

_HELD = text(f"""
    WITH people AS (
        SELECT DISTINCT person_id, channel FROM (
            SELECT person_id, channel FROM notify.dispatches
             WHERE state = '{DispatchState.HELD}' AND due_at <= :now ORDER BY due_at LIMIT :most) AS first)
    SELECT d.id, d.notice_id, d.person_id, d.channel, d.lane, d.quiet_from, d.quiet_to, n.kind, n.template, n.template_version,
           n.language, n.variables, n.party_id, n.officer_id, n.recipient, n.site_id, n.expires_at, n.key_kind, n.state,
           n.cause_id, n.correlation_id, n.later
      FROM notify.dispatches d JOIN people p USING (person_id, channel) JOIN notify.notices n ON n.id = d.notice_id
     WHERE d.state = '{DispatchState.HELD}' AND d.due_at <= :now ORDER BY d.due_at, d.id FOR UPDATE OF d SKIP LOCKED""")  # noqa: S608
_RELEASE = text(f"UPDATE notify.dispatches SET state = '{DispatchState.DUE}' WHERE id = ANY(:ids)").bindparams(ids())  # noqa: S608
_MERGE = text(f"""
    WITH gone AS (
        UPDATE notify.dispatches SET state = '{DispatchState.MERGED}', ended_at = :now, reason = 'merged'
         WHERE id = ANY(:ids) RETURNING notice_id)
    UPDATE notify.notices n SET state = '{NoticeState.MERGED}', merged_into = :into, next_at = NULL, version = n.version + 1
      FROM gone WHERE n.id = gone.notice_id AND n.state = '{NoticeState.PLANNED}'
    RETURNING n.*""").bindparams(ids())  # noqa: S608

_DIGESTS = text(f"""
    SELECT d.notice_id FROM notify.dispatches d
     WHERE d.state IN ('{DispatchState.DUE}', '{DispatchState.HELD}') AND d.notice_id IN (
           SELECT g.id FROM notify.notices m JOIN notify.notices g ON g.id = m.merged_into
            WHERE m.thing_id = ANY(:ids) AND m.ending IS NOT NULL AND m.state = '{NoticeState.MERGED}'
              AND g.state = '{NoticeState.PLANNED}')
       FOR UPDATE SKIP LOCKED""").bindparams(ids())  # noqa: S608
_DROP_DIGESTS = text(f"""
    WITH gone AS (
        UPDATE notify.dispatches SET state = '{DispatchState.DROPPED}', reason = 'ended', ended_at = :now
         WHERE notice_id = ANY(:digests) RETURNING notice_id)
    UPDATE notify.notices n SET state = '{NoticeState.CANCELLED}', reason = 'ended', next_at = NULL, version = n.version + 1
      FROM gone WHERE n.id = gone.notice_id RETURNING n.*""").bindparams(ids("digests"))  # noqa: S608
_AGAIN = text(f"""
    WITH apart AS (
        UPDATE notify.notices SET state = '{NoticeState.PLANNED}', merged_into = NULL, version = version + 1
         WHERE merged_into = ANY(:digests) AND state = '{NoticeState.MERGED}' AND NOT (thing_id = ANY(:ids)) RETURNING *),
    held AS (
        UPDATE notify.dispatches d SET state = '{DispatchState.HELD}', reason = NULL, ended_at = NULL
          FROM apart WHERE d.notice_id = apart.id AND d.state = '{DispatchState.MERGED}' RETURNING d.id)
    SELECT apart.*, (SELECT count(*) FROM held) AS held FROM apart""").bindparams(ids("digests"), ids())  # noqa: S608


async def lock_next_steps(tx: Tx, most: int) -> Sequence[RowMapping]:
    return await tx.rows(_NEXT, {"now": tx.now, "most": most})


async def take_no_step(tx: Tx, notices: Sequence[UUID]) -> None:
    await tx.execute(_STAY, {"ids": list(notices)})


async def things_to_climb(tx: Tx, most: int) -> set[UUID]:
    """What the next ladders that are due are about."""
    return {row["thing_id"] for row in await tx.rows(_DUE, {"now": tx.now, "most": most})}


async def lock_climbs(tx: Tx, things: Collection[UUID], most: int) -> Sequence[RowMapping]:
    return await tx.rows(_CLIMB, {"ids": sorted(things), "now": tx.now, "most": most})


async def climbed(tx: Tx, rows: Sequence[Row]) -> None:
    await tx.execute(_CLIMBED, {"rows": as_json(rows)})


async def lock_held(tx: Tx, most: int) -> Sequence[RowMapping]:
    """Everything that is held for those people for whom something is due, so that it can be merged."""
    return await tx.rows(_HELD, {"now": tx.now, "most": most})


async def release(tx: Tx, dispatches: Sequence[UUID]) -> None:
    await tx.execute(_RELEASE, {"ids": list(dispatches)})


async def lock_digests(tx: Tx, things: Collection[UUID]) -> set[UUID]:
    """Digests that still wait and count reminders of these things; one that a worker has just taken is let go."""
    return {row["notice_id"] for row in await tx.rows(_DIGESTS, {"ids": sorted(things)})}


async def take_apart(
    tx: Tx, digests: Collection[UUID], things: Collection[UUID]
) -> tuple[Sequence[RowMapping], Sequence[RowMapping]]:
    """Drop digests and hold their reminders again, but for those of these things; what was dropped, and what is held."""
    dropped = await tx.rows(_DROP_DIGESTS, {"digests": sorted(digests), "now": tx.now})
    return dropped, await tx.rows(_AGAIN, {"digests": sorted(digests), "ids": sorted(things)})


async def merge(tx: Tx, dispatches: Sequence[UUID], into: UUID) -> Sequence[RowMapping]:
    return await tx.rows(_MERGE, {"ids": list(dispatches), "into": into, "now": tx.now})
