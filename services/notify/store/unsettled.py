"""Dispatches of which nobody knows the end: those that a worker left behind, and those that wait to be asked for."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import RowMapping, text

from services.notify.domain.states import DispatchState
from services.notify.store.queue import OF_NOTICE
from services.notify.store.records import ids
from shared.database import Transaction as Tx

_LEFT = text(f"""
    UPDATE notify.dispatches
       SET state = '{DispatchState.UNKNOWN}', ask_at = :now, holder = NULL, lease_until = NULL, reason = 'left'
     WHERE id IN (SELECT id FROM notify.dispatches WHERE state = '{DispatchState.SENDING}' AND lease_until < :now
                  ORDER BY lease_until LIMIT :most FOR UPDATE SKIP LOCKED)
    RETURNING notice_id""")  # noqa: S608
_TO_ASK = text(f"""
    SELECT d.id, d.channel AS on_channel, d.attempt, d.person_id, d.lane, d.due_at, d.provider AS by_provider, d.text,
           d.started_at, d.asked, d.call, d.key_kind AS under_key, {OF_NOTICE}
      FROM notify.dispatches d JOIN notify.notices n ON n.id = d.notice_id
     WHERE d.state = '{DispatchState.UNKNOWN}' AND d.ask_at <= :now ORDER BY d.ask_at LIMIT :most FOR UPDATE OF d SKIP LOCKED""")  # noqa: S608
_HOLD = text("UPDATE notify.dispatches SET holder = :holder, ask_at = :until WHERE id = ANY(:ids)").bindparams(ids())


async def take_left_behind(tx: Tx, most: int) -> Sequence[UUID]:
    """Attempts whose worker has not come back in time: whether they were sent is to be asked, not guessed."""
    return [row["notice_id"] for row in await tx.rows(_LEFT, {"now": tx.now, "most": most})]


async def lock_unknown(tx: Tx, most: int) -> Sequence[RowMapping]:
    return await tx.rows(_TO_ASK, {"now": tx.now, "most": most})


async def hold(tx: Tx, dispatches: Sequence[UUID], holder: UUID, lease: timedelta) -> None:
    """Nobody else asks meanwhile; whoever does not come back is followed by the next one."""
    await tx.execute(_HOLD, {"ids": list(dispatches), "holder": holder, "until": tx.now + lease})
