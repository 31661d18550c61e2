"""The queue of dispatches: claimed in one short transaction, settled in another, guarded by who holds them."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from services.notify import cards
from services.notify.domain.states import DispatchState, Happening, NoticeState, notice_states_before
from services.notify.store.records import Row, as_json, ids, rows_of, unique, words
from shared.clock import SHANGHAI
from shared.database import Transaction as Tx

_BESIDES = "template, template_version, language, variables, key_kind, token, urgency, clause, expires_at, subscription_id, cause"
NOTICE_COLUMNS = tuple(name.strip() for name in f"{cards.COLUMNS}, {_BESIDES}".split(",") if name.strip() != "id")
"""What an errand needs of its notice, besides its id."""

OF_NOTICE = f"n.id AS notice_id, {', '.join(f'n.{name}' for name in NOTICE_COLUMNS)}, jsonb_array_length(n.later) AS steps_left"
"""The same as a row of its own, with the steps that are left to it."""

_DUE = text(f"""
    SELECT d.id, d.channel AS on_channel, d.attempt, d.person_id, d.postponed, d.lane, d.due_at, d.reason AS held_back,
           d.provider AS not_by, {OF_NOTICE}
      FROM notify.dispatches d JOIN notify.notices n ON n.id = d.notice_id
     WHERE d.state = '{DispatchState.DUE}' AND d.lane = :lane AND d.due_at <= :now
       AND (d.channel <> ALL(:barred) OR (d.channel = ANY(:away) AND jsonb_array_length(n.later) > 0))
       AND (d.quiet_from IS NULL OR NOT CASE WHEN d.quiet_from <= d.quiet_to
              THEN :minute >= d.quiet_from AND :minute < d.quiet_to
              ELSE :minute >= d.quiet_from OR :minute < d.quiet_to END)
     ORDER BY d.due_at LIMIT :most
       FOR UPDATE OF d SKIP LOCKED""").bindparams(words("barred"), words("away"))  # noqa: S608 - our own words

_CLAIM = text(f"""
    UPDATE notify.dispatches d
       SET state = r.state, provider = r.provider, key_kind = r.key_kind, text = r.text, reason = r.reason, call = r.call,
           holder = :holder, started_at = :now,
           lease_until = CASE WHEN r.state = '{DispatchState.SENDING}' THEN CAST(:lease AS timestamptz) END,
           ended_at = CASE WHEN r.state <> '{DispatchState.SENDING}' THEN CAST(:now AS timestamptz) END
      FROM json_to_recordset(CAST(:rows AS json))
           AS r(id uuid, state text, provider text, key_kind text, text text, reason text, call text)
     WHERE d.id = r.id AND d.id = ANY(:ids)""").bindparams(ids())  # noqa: S608 - ANY keeps PostgreSQL on the index, see records

_OUTCOMES = """
    UPDATE notify.dispatches d
       SET state = r.state, provider_id = r.provider_id, parts = r.parts, reason = r.reason, concerns = r.concerns, text = r.text,
           address = r.address, due_at = coalesce(r.due_at, d.due_at), ask_at = r.ask_at, asked = d.asked + r.asked,
           postponed = d.postponed + r.postponed, lease_until = NULL, holder = NULL, ended_at = r.ended_at
      FROM json_to_recordset(CAST(:rows AS json)) AS r(id uuid, state text, provider_id text, parts smallint, reason text,
           concerns text, text text, address text, due_at timestamptz, ask_at timestamptz, asked int, postponed int,
           ended_at timestamptz)
     WHERE d.id = r.id AND d.id = ANY(:ids) AND d.holder = :holder AND d.state = ANY(:from)
    RETURNING d.id"""
_SETTLE = text(_OUTCOMES).bindparams(ids(), words("from"))
_SETTLE_AND_ACCEPT = text(f"""
    WITH held AS ({_OUTCOMES}), accepted AS (
        SELECT DISTINCT ON (a.notice_id) a.* FROM json_to_recordset(CAST(:accepted AS json))
               AS a(place int, id uuid, notice_id uuid, channel text, provider text) JOIN held ON held.id = a.id
         ORDER BY a.notice_id, a.place
    ), moved AS (
        UPDATE notify.notices n SET state = '{NoticeState.ACCEPTED}', version = n.version + 1, reason = NULL,
               channel = a.channel, provider = a.provider, accepted_at = coalesce(n.accepted_at, :now)
          FROM accepted a
         WHERE n.id = a.notice_id AND n.id = ANY(:notices) AND n.state = ANY(:before)
        RETURNING {cards.OF_N}
    )
    SELECT h.held, m.* FROM (SELECT array_agg(id) AS held FROM held) h LEFT JOIN moved m ON true""").bindparams(  # noqa: S608
    ids(), ids("notices"), words("from"), words("before")
)

_RAISE = text(f"""
    UPDATE notify.notices n
       SET state = r.state, version = n.version + 1, reason = r.reason,
           channel = coalesce(r.channel, n.channel), provider = coalesce(r.provider, n.provider),
           accepted_at = CASE WHEN r.state = '{NoticeState.ACCEPTED}' THEN coalesce(n.accepted_at, :now) ELSE n.accepted_at END,
           failed_at = CASE WHEN r.state IN ('{NoticeState.FAILED}', '{NoticeState.EXPIRED}') THEN :now ELSE n.failed_at END
      FROM json_to_recordset(CAST(:rows AS json)) AS r(id uuid, state text, reason text, channel text, provider text)
     WHERE n.id = r.id AND n.id = ANY(:ids) AND n.state = ANY(:before)
    RETURNING {cards.OF_N}""").bindparams(ids(), words("before"))  # noqa: S608


async def lock_due(tx: Tx, lane: str, barred: Collection[str], most: int, away: Collection[str] = ()) -> Sequence[RowMapping]:
    """Dispatches that may leave now, locked; rows that another worker holds are passed over.

    Those on ``barred`` channels wait; on ``away`` ones only those that have no other channel left.
    """
    local = tx.now.astimezone(SHANGHAI)
    given = {
        "lane": lane,
        "now": tx.now,
        "barred": sorted(barred),
        "away": sorted(away),
        "most": most,
        "minute": local.hour * 60 + local.minute,
    }
    return await tx.rows(_DUE, given)


async def store_attempts(tx: Tx, rows: Sequence[Row], holder: UUID, lease: timedelta) -> None:
    """What is about to be done, before it is done; a row that is dropped ends here."""
    await tx.execute(_CLAIM, {**rows_of(rows), "holder": holder, "now": tx.now, "lease": tx.now + lease})


async def settle(
    tx: Tx, rows: Sequence[Row], accepted: Sequence[Row], holder: UUID, states: Collection[str]
) -> tuple[set[UUID], Sequence[Row]]:
    """Record what came of dispatches that this holder still holds; a stale holder changes nothing.

    Returns the dispatches that it held, and the cards of the notices that moved because a dispatch of ``accepted`` was among
    them: rows with its ``id``, ``notice_id``, ``channel`` and ``provider``, of which the first of each notice counts.
    """
    given = {**rows_of(rows), "holder": holder, "from": sorted(states)}
    if not accepted:
        return {row["id"] for row in await tx.rows(_SETTLE, given)}, []
    of_notices = {
        "accepted": as_json([{**row, "place": place} for place, row in enumerate(accepted)]),
        "notices": unique(row["notice_id"] for row in accepted),
        "before": notice_states_before(Happening.ACCEPTED),
        "now": tx.now,
    }
    found = await tx.rows(_SETTLE_AND_ACCEPT, given | of_notices)
    return set(found[0]["held"] or ()), [row for row in found if row["id"]]


async def raise_notices(tx: Tx, rows: Sequence[Row], happening: Happening) -> Sequence[RowMapping]:
    """Move notices on that the happening moves; the cards of those that moved."""
    if not rows:
        return []
    given = {**rows_of(rows), "now": tx.now, "before": notice_states_before(happening)}
    return await tx.rows(_RAISE, given)


def settlement(dispatch: UUID, state: DispatchState, *, ended: datetime | None = None, **more: Any) -> Row:
    """One row for ``settle``."""
    return {"id": dispatch, "state": state, "ended_at": ended, "asked": 0, "postponed": 0, **more}
