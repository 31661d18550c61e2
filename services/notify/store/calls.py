"""The list of people to be phoned."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, select, text

from services.notify.tables import notices
from services.notify.tables_publishing import calls
from shared.database import Transaction as Tx

_ADD = text("""
    INSERT INTO notify.calls (id, notice_id, state, opened_at) VALUES (:id, :notice, 'open', :now) ON CONFLICT (id) DO NOTHING""")


async def add_call(tx: Tx, identity: UUID, notice: UUID) -> None:
    await tx.execute(_ADD, {"id": identity, "notice": notice, "now": tx.now})


async def open_calls(tx: Tx, after: UUID | None, most: int) -> Sequence[RowMapping]:
    of_notice = [notices.c[name] for name in ("site_id", "party_id", "template", "template_version", "language", "variables")]
    query = select(calls, *of_notice).join(notices, notices.c.id == calls.c.notice_id)
    waiting = query.where(calls.c.state == "open").order_by(calls.c.id).limit(most)
    return await tx.rows(waiting if after is None else waiting.where(calls.c.id > after))


async def call(tx: Tx, identity: UUID) -> RowMapping | None:
    return await tx.row(select(calls).where(calls.c.id == identity).with_for_update())


async def end_call(tx: Tx, identity: UUID, by: str, note: str | None) -> None:
    values = {"state": "done", "done_by": by, "note": note, "done_at": tx.now}
    await tx.execute(calls.update().where(calls.c.id == identity).values(values))
