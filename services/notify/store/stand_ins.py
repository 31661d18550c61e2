"""Who is told is decided when it is sent: what still waits for somebody who is gone goes to whoever has his place now."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text

from services.notify.domain.states import DispatchState, NoticeState
from services.notify.store.records import ids
from shared.database import Transaction as Tx

_WAITING = f"'{NoticeState.PLANNED}', '{NoticeState.SENDING}'"
_MOVE = f"""
    , moved AS (
        UPDATE notify.notices n
           SET person_id = t.fresh, officer_id = CASE WHEN n.officer_id IS NULL THEN NULL ELSE t.fresh END
          FROM taken t WHERE n.id = t.id
           AND NOT EXISTS (SELECT 1 FROM notify.notices o
                            WHERE o.occasion = n.occasion AND o.kind = n.kind AND o.person_id = t.fresh)
        RETURNING n.id, n.person_id)
    UPDATE notify.dispatches d SET person_id = m.person_id FROM moved m
     WHERE d.notice_id = m.id AND d.state IN ('{DispatchState.HELD}', '{DispatchState.DUE}')"""  # noqa: S608 - our own words

_CONTACTS = text(f"""
    WITH gone AS (
        SELECT n.id, n.party_id, coalesce(c.role, 'principal') AS role, n.occasion, n.kind
          FROM notify.notices n LEFT JOIN notify.contacts c ON c.contact_id = n.person_id
         WHERE n.party_id = ANY(:ids) AND n.state IN ({_WAITING})
           AND (n.person_id = n.party_id OR c.active IS FALSE)
    ), taken AS (
        SELECT DISTINCT ON (f.contact_id, g.occasion, g.kind) g.id, f.contact_id AS fresh
          FROM gone g JOIN LATERAL (
              SELECT contact_id FROM notify.contacts c WHERE c.party_id = g.party_id AND c.active AND c.role = g.role
               ORDER BY contact_id LIMIT 1) f ON true
    ){_MOVE}""").bindparams(ids())  # noqa: S608 - our own words

_OFFICERS = text(f"""
    WITH gone AS (
        SELECT n.id, o.grid_id, o.role, n.occasion, n.kind
          FROM notify.notices n JOIN notify.officers o ON o.officer_id = n.officer_id
         WHERE o.grid_id = ANY(:ids) AND n.state IN ({_WAITING}) AND o.until <= :today
           AND NOT EXISTS (SELECT 1 FROM notify.officers s WHERE s.officer_id = o.officer_id AND s.grid_id = o.grid_id
                              AND s.role = o.role AND (s.until IS NULL OR s.until > :today))
    ), taken AS (
        SELECT DISTINCT ON (f.officer_id, g.occasion, g.kind) g.id, f.officer_id AS fresh
          FROM gone g JOIN LATERAL (
              SELECT officer_id FROM notify.officers s
               WHERE s.grid_id = g.grid_id AND s.role = g.role AND s.since <= :today AND (s.until IS NULL OR s.until > :today)
               ORDER BY since DESC LIMIT 1) f ON true
    ){_MOVE}""").bindparams(ids())  # noqa: S608


_FOUND = text(f"""
    UPDATE notify.dispatches d SET person_id = n.person_id, due_at = :now
      FROM notify.notices n
     WHERE d.id = ANY(:ids) AND d.state = '{DispatchState.DUE}' AND n.id = d.notice_id AND n.person_id <> n.party_id
    RETURNING d.lane, d.state""").bindparams(ids())  # noqa: S608


async def replace_contacts(tx: Tx, parties: Collection[UUID]) -> None:
    """What waits for a contact that is gone, or for a party of which nobody was known, goes to the contact it has now."""
    await tx.execute(_CONTACTS, {"ids": sorted(parties)})


async def replace_officers(tx: Tx, grids: Collection[UUID]) -> None:
    """What waits for an officer who has handed over goes to his successor."""
    await tx.execute(_OFFICERS, {"ids": sorted(grids), "today": tx.today})


async def find_contacts(tx: Tx, parties: Collection[UUID], dispatches: Collection[UUID]) -> Sequence[RowMapping]:
    """Those of these dispatches, each for a party of which nobody was known, that can go to its contact now: at once.

    A contact may become known while such a notice is planned or in somebody's hands, and then nobody has moved it.
    """
    await replace_contacts(tx, parties)
    return await tx.rows(_FOUND, {"ids": list(dispatches), "now": tx.now})
