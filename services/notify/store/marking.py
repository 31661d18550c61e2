"""What happened to a notice after it left: receipts, opened, acknowledged; each counted once and never backwards."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from services.notify import cards
from services.notify.domain.states import DispatchState, Happening, NoticeState, dispatch_states_before, notice_states_before
from services.notify.store.records import Row, as_json, ids, words
from shared.database import Transaction as Tx

_BY_KEY = text("""
    SELECT d.id, d.notice_id, d.person_id, d.channel AS on_channel, d.attempt, d.state, d.provider,
           d.started_at
      FROM notify.dispatches d WHERE d.id = ANY(:ids) ORDER BY d.id FOR UPDATE""").bindparams(ids())
_BY_PROVIDER = text("""
    SELECT id, provider_id FROM notify.dispatches WHERE provider = :provider AND provider_id = ANY(:numbers)
    """).bindparams(words("numbers"))
_RECEIPTS = text("""
    INSERT INTO notify.receipts AS t SELECT * FROM json_populate_recordset(NULL::notify.receipts, CAST(:rows AS json))
    ON CONFLICT ON CONSTRAINT one_receipt DO UPDATE SET times = t.times + 1 RETURNING dispatch_id, reached, times""")
_MOVE = text("""
    UPDATE notify.dispatches d
       SET state = :state, holder = NULL, lease_until = NULL, ask_at = NULL, ended_at = coalesce(d.ended_at, :now),
           delivered_at = CASE WHEN :state IN ('delivered', 'read') THEN coalesce(d.delivered_at, r.at) ELSE d.delivered_at END,
           read_at = CASE WHEN :state = 'read' THEN coalesce(d.read_at, r.at) ELSE d.read_at END,
           reason = coalesce(r.reason, d.reason), parts = coalesce(r.parts, d.parts)
      FROM json_to_recordset(CAST(:rows AS json)) AS r(id uuid, at timestamptz, reason text, parts smallint)
     WHERE d.id = r.id AND d.state = ANY(:before) RETURNING d.id""").bindparams(words("before"))
_MARK = text(f"""
    UPDATE notify.notices n
       SET state = :state, version = n.version + 1,
           delivered_at = CASE WHEN :state IN ('delivered', 'read') THEN coalesce(n.delivered_at, r.at) ELSE n.delivered_at END,
           read_at = CASE WHEN :state IN ('read', 'acknowledged') THEN coalesce(n.read_at, r.at) ELSE n.read_at END,
           acknowledged_at = CASE WHEN :state = 'acknowledged' THEN r.at ELSE n.acknowledged_at END,
           acknowledged_by = CASE WHEN :state = 'acknowledged' THEN r.by ELSE n.acknowledged_by END,
           next_at = CASE WHEN :state = 'acknowledged' THEN NULL ELSE n.next_at END
      FROM json_to_recordset(CAST(:rows AS json)) AS r(id uuid, at timestamptz, by text)
     WHERE n.id = r.id AND n.state = ANY(:before)
    RETURNING {cards.OF_N}, n.thing_id, n.delivered_at, n.read_at""").bindparams(words("before"))  # noqa: S608 - our own columns
_DROP = text(f"""
    UPDATE notify.dispatches SET state = '{DispatchState.DROPPED}', reason = 'acknowledged', ended_at = :now
     WHERE notice_id = ANY(:ids) AND state = ANY(:waiting)""").bindparams(ids(), words("waiting"))  # noqa: S608
_TOLD_TO = text("SELECT id, cause_id FROM notify.notices WHERE thing_id = :thing AND party_id = :party AND ladder IS NOT NULL")
_TOLD_OF = text("""
    SELECT id, thing_id, party_id FROM notify.notices
     WHERE thing_id = ANY(:ids) AND cause_id = ANY(:causes) AND ladder IS NOT NULL""").bindparams(ids(), ids("causes"))
_BY_TOKEN = text("SELECT id FROM notify.notices WHERE token = :token")
_CLIMBS = text("SELECT ladder, thing_id, facts FROM notify.climbs WHERE next_at IS NOT NULL AND thing_id = ANY(:ids)").bindparams(
    ids()
)


async def dispatches_by_key(tx: Tx, keys: Collection[UUID]) -> dict[UUID, RowMapping]:
    return {row["id"]: row for row in await tx.rows(_BY_KEY, {"ids": sorted(keys)})}


async def keys_of(tx: Tx, provider: str, numbers: Collection[str]) -> dict[str, UUID]:
    """Our keys behind the provider's numbers."""
    rows = await tx.rows(_BY_PROVIDER, {"provider": provider, "numbers": sorted(numbers)})
    return {row["provider_id"]: row["id"] for row in rows}


async def add_receipts(tx: Tx, rows: Sequence[Row]) -> set[tuple[UUID, str]]:
    """Keep receipts; which of them say something new. A repeated one is counted and changes nothing."""
    found = await tx.rows(_RECEIPTS, {"rows": as_json(rows)})
    return {(row["dispatch_id"], row["reached"]) for row in found if row["times"] == 1}


async def move_dispatches(tx: Tx, rows: Sequence[Row], state: DispatchState, happening: Happening) -> set[UUID]:
    given = {"rows": as_json(rows), "state": state, "now": tx.now, "before": dispatch_states_before(happening)}
    return {row["id"] for row in await tx.rows(_MOVE, given)}


async def mark(tx: Tx, rows: Sequence[Row], state: NoticeState, happening: Happening) -> Sequence[RowMapping]:
    """The cards of the notices that moved."""
    return await tx.rows(_MARK, {"rows": as_json(rows), "state": state, "before": notice_states_before(happening)})


async def drop_waiting(tx: Tx, notices: Sequence[UUID]) -> None:
    waiting = [DispatchState.HELD, DispatchState.DUE]
    await tx.execute(_DROP, {"ids": list(notices), "now": tx.now, "waiting": waiting})


async def notice_of_token(tx: Tx, token: str) -> UUID | None:
    found: UUID | None = await tx.value(_BY_TOKEN, {"token": token})
    return found


async def told_to(tx: Tx, thing: UUID, party: UUID) -> Sequence[RowMapping]:
    """What a party was told of a matter, because of which events, and is to acknowledge."""
    return await tx.rows(_TOLD_TO, {"thing": thing, "party": party})


async def told_of(tx: Tx, things: Collection[UUID], causes: Collection[UUID]) -> Sequence[RowMapping]:
    """What anybody was told of matters because of these events, and is to acknowledge."""
    return await tx.rows(_TOLD_OF, {"ids": sorted(things), "causes": sorted(causes)})


async def open_climbs(tx: Tx, things: Collection[UUID]) -> Sequence[RowMapping]:
    return await tx.rows(_CLIMBS, {"ids": sorted(things)})


def mark_row(notice: UUID, at: datetime, by: str | None = None) -> dict[str, Any]:
    return {"id": notice, "at": at, "by": by}
