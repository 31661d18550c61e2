"""The log of what went to a subscriber, and sending one entry of it again."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text

from services.notify.domain.states import DispatchState, NoticeState
from shared.database import Transaction as Tx

_NOTICE = text("SELECT id FROM notify.notices WHERE occasion = :occasion")
_LOG = text("""
    SELECT n.id AS notice_id, n.cause_id AS event_id, n.cause AS event, n.state, n.reason, n.planned_at, n.accepted_at,
           (SELECT count(*) FROM notify.dispatches d WHERE d.notice_id = n.id AND d.started_at IS NOT NULL) AS attempts
      FROM notify.notices n
     WHERE n.person_id = :subscription AND (CAST(:after AS uuid) IS NULL OR n.id < :after) ORDER BY n.id DESC LIMIT :most""")
_REPLAY = text(f"""
    WITH again AS (
        UPDATE notify.notices n
           SET state = '{NoticeState.SENDING}', version = version + 1, expires_at = CAST(:now AS timestamptz) + interval '3 days'
         WHERE id = :notice AND person_id = :subscription AND state NOT IN ('planned', 'sending')
           AND (kind <> 'subscription' OR EXISTS (SELECT 1 FROM notify.letters l WHERE l.event_id = n.cause_id)
                OR EXISTS (SELECT 1 FROM notify.subscriptions s WHERE s.id = n.person_id AND s.channel <> 'webhook'))
        RETURNING id, person_id, lane),
    last AS (SELECT DISTINCT ON (notice_id) * FROM notify.dispatches WHERE notice_id = :notice ORDER BY notice_id, attempt DESC)
    INSERT INTO notify.dispatches (id, notice_id, person_id, channel, attempt, lane, state, postponed, asked, due_at)
    SELECT :fresh, a.id, a.person_id, l.channel, l.attempt + 1, a.lane, '{DispatchState.DUE}', 0, 0, :now
      FROM again a JOIN last l ON l.notice_id = a.id RETURNING lane""")  # noqa: S608


async def notice_of(tx: Tx, occasion: UUID) -> UUID:
    found: UUID = await tx.value(_NOTICE, {"occasion": occasion})
    return found


async def page_of_deliveries(tx: Tx, subscription: UUID, after: UUID | None, most: int) -> Sequence[RowMapping]:
    return await tx.rows(_LOG, {"subscription": subscription, "after": after, "most": most})


async def replay(tx: Tx, subscription: UUID, notice: UUID, fresh: UUID) -> str | None:
    """Queue it once more; the lane in which it waits, None where there is nothing to send again."""
    given = {"subscription": subscription, "notice": notice, "fresh": fresh, "now": tx.now}
    lane: str | None = await tx.value(_REPLAY, given)
    return lane
