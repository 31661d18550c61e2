"""Hazards and complaints as far as notify needs them: whether they have ended; and what an end does to what waits."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text

from services.notify.cards import COLUMNS
from services.notify.domain.states import DispatchState, Happening, NoticeState, dispatch_states_before, notice_states_before
from services.notify.store.records import Row, as_json, ids, latest, words
from shared.database import Transaction as Tx

_SAVE = text("""
    INSERT INTO notify.matters AS t SELECT * FROM json_populate_recordset(NULL::notify.matters, CAST(:rows AS json))
    ON CONFLICT (thing_id) DO UPDATE SET version = excluded.version, site_id = excluded.site_id, grid_id = excluded.grid_id,
        number = excluded.number, level = excluded.level, due = excluded.due, ended = excluded.ended,
        ended_at = CASE WHEN excluded.ended THEN coalesce(t.ended_at, excluded.ended_at) END
    WHERE t.version < excluded.version RETURNING thing_id, ended, acknowledged""")
_STANDING = text("SELECT thing_id, ended, acknowledged FROM notify.matters WHERE thing_id = ANY(:ids)").bindparams(ids())
_ACKNOWLEDGE = text("""
    UPDATE notify.matters m SET acknowledged = r.acknowledged
      FROM json_to_recordset(CAST(:rows AS json)) AS r(thing_id uuid, acknowledged jsonb) WHERE m.thing_id = r.thing_id""")

_HOLD = text("SELECT thing_id, ended FROM notify.matters WHERE thing_id = ANY(:ids) ORDER BY thing_id FOR SHARE").bindparams(
    ids()
)

_ABOUT = "n.thing_id = ANY(:ids) AND n.ending IS NOT NULL AND (cardinality(:kinds) = 0 OR n.kind = ANY(:kinds))"
_OUTDATE = text(f"""
    UPDATE notify.notices n SET next_at = NULL, expires_at = :now
     WHERE {_ABOUT} AND (n.expires_at > :now OR n.next_at IS NOT NULL)""").bindparams(ids(), words("kinds"))  # noqa: S608
_DROP = text(f"""
    UPDATE notify.dispatches d SET state = '{DispatchState.DROPPED}', reason = :reason, ended_at = :now
      FROM notify.notices n
     WHERE n.id = d.notice_id AND {_ABOUT} AND d.state = ANY(:waiting)""").bindparams(ids(), words("kinds"), words("waiting"))  # noqa: S608
_CANCEL = text(f"""
    UPDATE notify.notices n SET state = '{NoticeState.CANCELLED}', reason = :reason, version = version + 1
     WHERE {_ABOUT} AND state = ANY(:before)
       AND NOT EXISTS (SELECT 1 FROM notify.dispatches d WHERE d.notice_id = n.id AND d.state = ANY(:out))
    RETURNING {COLUMNS}, reason""").bindparams(ids(), words("kinds"), words("before"), words("out"))  # noqa: S608
_STOP_CLIMBS = text(
    "UPDATE notify.climbs SET next_at = NULL, stopped = :reason WHERE thing_id = ANY(:ids) AND next_at IS NOT NULL"
).bindparams(ids())
_SINCE = text("SELECT cause_id FROM notify.climbs WHERE thing_id = :thing AND CAST(facts ->> 'sequence' AS bigint) > :version")
_STOP_BEFORE = text("""
    UPDATE notify.climbs SET next_at = NULL, stopped = :reason
     WHERE thing_id = :thing AND next_at IS NOT NULL AND CAST(facts ->> 'sequence' AS bigint) <= :version""")
_FORGET_DATES = text("DELETE FROM notify.reminders WHERE thing_id = ANY(:ids) AND kind = ANY(:kinds)").bindparams(
    ids(), words("kinds")
)
_FORGET_SITES = text(
    "DELETE FROM notify.reminders r USING notify.dates d WHERE d.kind = r.kind AND d.thing_id = r.thing_id"
    " AND d.site_id = ANY(:ids) AND r.kind = ANY(:kinds)"
).bindparams(ids(), words("kinds"))

_OUT = (DispatchState.SENDING, DispatchState.UNKNOWN, DispatchState.ACCEPTED, DispatchState.DELIVERED, DispatchState.READ)


async def save_matters(tx: Tx, rows: Sequence[Row]) -> Sequence[Row]:
    """Remember where matters stand; how each of them stands, by what was known before too.

    Nobody else changes them before this transaction ends, not even those of which something newer was known.
    """
    newest = latest(rows, "thing_id")
    saved = await tx.rows(_SAVE, {"rows": as_json(newest)})
    older = {row["thing_id"] for row in newest} - {row["thing_id"] for row in saved}
    return [*saved, *(await tx.rows(_STANDING, {"ids": sorted(older)}) if older else ())]


async def save_acknowledged(tx: Tx, versions: Mapping[UUID, Mapping[str, int]]) -> None:
    """Remember until which version of each of these matters each party has acknowledged it."""
    rows = [{"thing_id": thing, "acknowledged": versions[thing]} for thing in sorted(versions)]
    await tx.put_off(_ACKNOWLEDGE, {"rows": as_json(rows)})


async def hold(tx: Tx, things: Collection[UUID]) -> set[UUID]:
    """Those among these matters that have ended; the others do not end before this transaction does.

    Whoever ends a matter holds its row first and looks for what waits afterwards, so nothing is planned behind its back.
    """
    rows = await tx.rows(_HOLD, {"ids": sorted(things)}) if things else []
    return {row["thing_id"] for row in rows if row["ended"]}


async def cancel_waiting(tx: Tx, things: Collection[UUID], reason: str, kinds: Collection[str] = ()) -> Sequence[RowMapping]:
    """Nothing that still waits about these matters leaves any more; the notices of which nothing had left.

    Notices come first: a step that another transaction is just taking is waited for and then seen. What is on its way already
    is outdated from now on, so that neither another attempt nor the next channel follows it. ``kinds`` narrows it to some.
    """
    given = {"ids": sorted(things), "kinds": sorted(kinds), "reason": reason, "now": tx.now}
    await tx.execute(_OUTDATE, given)
    await tx.execute(_DROP, given | {"waiting": dispatch_states_before(Happening.CANCELLED)})
    return await tx.rows(_CANCEL, given | {"before": notice_states_before(Happening.CANCELLED), "out": list(_OUT)})


async def stop_climbs(tx: Tx, things: Collection[UUID], reason: str) -> None:
    await tx.execute(_STOP_CLIMBS, {"ids": sorted(things), "reason": reason})


async def climbed_since(tx: Tx, thing: UUID, version: int) -> set[UUID]:
    """The events after this version of a matter that began a ladder."""
    return {row["cause_id"] for row in await tx.rows(_SINCE, {"thing": thing, "version": version})}


async def stop_climbs_before(tx: Tx, thing: UUID, version: int, reason: str) -> None:
    await tx.execute(_STOP_BEFORE, {"thing": thing, "version": version, "reason": reason})


async def forget_reminders_of_sites(tx: Tx, sites: Collection[UUID], kinds: Collection[str]) -> None:
    """Whatever the thing is, a certificate or a person: nobody is reminded of it for a place that is no more."""
    await tx.execute(_FORGET_SITES, {"ids": sorted(sites), "kinds": sorted(kinds)})


async def forget_reminders(tx: Tx, things: Collection[UUID], kinds: Collection[str]) -> None:
    await tx.execute(_FORGET_DATES, {"ids": sorted(things), "kinds": sorted(kinds)})


_BEGIN_CLIMBS = text(
    "INSERT INTO notify.climbs SELECT * FROM json_populate_recordset(NULL::notify.climbs, CAST(:rows AS json))"
    " ON CONFLICT (ladder, thing_id) DO NOTHING"
)


async def begin_climbs(tx: Tx, rows: Sequence[Row]) -> None:
    """A ladder is begun once for a matter; what was stopped stays stopped."""
    await tx.put_off(_BEGIN_CLIMBS, {"rows": as_json(rows)})
