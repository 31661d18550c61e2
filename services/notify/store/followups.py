"""What comes after a dispatch that did not arrive: another attempt, the next channel, or the end."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text

from services.notify.cards import OF_N
from services.notify.domain.states import DispatchState
from services.notify.store.records import Row, as_json, ids, words
from shared.database import Transaction as Tx

ALIVE = (
    DispatchState.HELD,
    DispatchState.DUE,
    DispatchState.SENDING,
    DispatchState.UNKNOWN,
    DispatchState.ACCEPTED,
    DispatchState.DELIVERED,
    DispatchState.READ,
)

_QUEUE = text("""
    INSERT INTO notify.dispatches SELECT * FROM json_populate_recordset(NULL::notify.dispatches, CAST(:rows AS json))
    ON CONFLICT ON CONSTRAINT one_attempt DO NOTHING""")
_LOCK = text("SELECT id FROM notify.notices WHERE id = ANY(:ids) ORDER BY id FOR UPDATE").bindparams(ids())
_ROUTES = text(f"""
    SELECT {OF_N}, n.person_id, n.lane, n.later, n.quiet_from, n.quiet_to, n.in_app, n.expires_at,
           EXISTS (SELECT 1 FROM notify.dispatches d WHERE d.notice_id = n.id AND d.state = ANY(:alive)) AS alive
      FROM notify.notices n WHERE n.id = ANY(:ids)""").bindparams(ids(), words("alive"))  # noqa: S608 - our own words
_ADVANCE = text("""
    UPDATE notify.notices n SET later = r.later, next_at = r.next_at
      FROM json_to_recordset(CAST(:rows AS json)) AS r(id uuid, later jsonb, next_at timestamptz) WHERE n.id = r.id""")
_UNREACHABLE = text("""
    INSERT INTO notify.reach (person_id, channel, found_at)
    SELECT r.person_id, r.channel, r.found_at
      FROM json_to_recordset(CAST(:rows AS json)) AS r(dispatch_id uuid, person_id uuid, channel text, found_at timestamptz)
      JOIN notify.dispatches d ON d.id = r.dispatch_id
      LEFT JOIN notify.contacts c ON c.contact_id = r.person_id
     WHERE d.started_at >= coalesce(c.changed_at, '-infinity')
       AND (r.channel <> 'sms' OR d.started_at > coalesce(c.verified_at, '-infinity'))
    ON CONFLICT (person_id, channel) DO UPDATE SET found_at = excluded.found_at""")


async def queue_dispatches(tx: Tx, rows: Sequence[Row]) -> None:
    """Add dispatches; an attempt that is there already is not added twice."""
    if rows:
        await tx.execute(_QUEUE, {"rows": as_json(rows)})


async def lock(tx: Tx, notices: Collection[UUID]) -> None:
    """Let nobody else decide about these: of two channels that fail at once each would believe that the other is still alive."""
    await tx.rows(_LOCK, {"ids": sorted(notices)})


async def routes(tx: Tx, notices: Collection[UUID]) -> Sequence[RowMapping]:
    """What is left of the routes of these notices, and whether anything of them is still under way or has arrived."""
    return await tx.rows(_ROUTES, {"ids": sorted(notices), "alive": list(ALIVE)})


async def advance(tx: Tx, rows: Sequence[Row]) -> None:
    if rows:
        await tx.execute(_ADVANCE, {"rows": as_json(rows)})


async def learn_unreachable(tx: Tx, rows: Sequence[Row]) -> None:
    """A channel reaches him no more; what was tried before he changed, or his mobile was verified, says nothing of him now."""
    found = {(row["person_id"], row["channel"]): row for row in rows}
    if found:
        await tx.execute(_UNREACHABLE, {"rows": as_json([found[key] for key in sorted(found, key=str)])})
