"""Contacts whom nothing reaches: when a phone was tried in vain, once a day, since something last reached them."""

from collections.abc import Collection, Sequence
from datetime import datetime, time
from uuid import UUID

from sqlalchemy import RowMapping, text

from services.notify.domain.book import MOST_DAYS
from services.notify.domain.states import DispatchState
from services.notify.store.records import Row, as_json, ids, words
from shared.clock import SHANGHAI
from shared.database import Transaction as Tx

_PHONES = ["sms", "voice"]
_FAILED = [DispatchState.FAILED, DispatchState.IMPOSSIBLE]
_LATEST_RECEIPTS = 1_000
_DAY = "(t AT TIME ZONE 'Asia/Shanghai')::date"
_TRIES = text(f"""
    WITH working AS MATERIALIZED (
        SELECT DISTINCT provider
          FROM (SELECT provider, reached, received_at FROM notify.receipts ORDER BY id DESC LIMIT {_LATEST_RECEIPTS}) AS latest
         WHERE reached IN ('delivered', 'read') AND received_at > :since)
    SELECT d.notice_id, c.contact_id, c.party_id, c.role, d.state, d.reason, d.concerns, d.provider, tried.at,
           EXISTS (SELECT FROM working AS w WHERE w.provider = d.provider) AS is_working
      FROM notify.notices AS n JOIN notify.contacts AS c ON c.contact_id = n.person_id AND c.active
      JOIN notify.dispatches AS d ON d.notice_id = n.id AND d.person_id = n.person_id
       AND d.channel = ANY(:phones) AND d.state = ANY(:failed)
      LEFT JOIN notify.receipts AS r ON r.dispatch_id = d.id AND r.reached = 'failed'
     CROSS JOIN LATERAL (SELECT CASE d.channel WHEN 'voice' THEN coalesce(r.at, d.started_at) ELSE d.started_at END) AS tried(at)
     WHERE n.id = ANY(:ids) AND n.key_kind <> 'trial'
       AND d.started_at >= coalesce(c.changed_at, '-infinity') AND tried.at > coalesce(c.verified_at, '-infinity')
    """).bindparams(ids(), words("phones"), words("failed"))  # noqa: S608 - our own words
_NOTE = text(f"""
    INSERT INTO notify.unreached AS u
    SELECT r.contact_id, r.party_id, r.role, 0, r.tries, false, :now
      FROM json_to_recordset(CAST(:rows AS json)) AS r(contact_id uuid, party_id uuid, role text, tries timestamptz[])
     ORDER BY r.contact_id
    ON CONFLICT (contact_id) DO UPDATE
       SET tries = ARRAY(SELECT max(t) FROM unnest(u.tries || excluded.tries) AS t GROUP BY {_DAY}
                          ORDER BY 1 DESC LIMIT {MOST_DAYS}),
           party_id = CASE WHEN u.said THEN u.party_id ELSE excluded.party_id END,
           role = CASE WHEN u.said THEN u.role ELSE excluded.role END""")  # noqa: S608 - our own words
_LOST = text("""
    UPDATE notify.unreached SET said = true, version = version + 1
     WHERE contact_id = ANY(:ids) AND NOT said AND cardinality(tries) >= :days
    RETURNING contact_id, party_id, role, version, tries""").bindparams(ids())
_PRUNE = """
    WITH still AS (
        SELECT contact_id, tries, said FROM notify.unreached WHERE tries <> '{{}}' {which}
    ), seen AS (
        SELECT s.*, r.at, ARRAY(SELECT t FROM unnest(s.tries) AS t WHERE t > coalesce(r.at, '-infinity')) AS rest
          FROM still AS s CROSS JOIN LATERAL (
               SELECT greatest(max(greatest(n.delivered_at, n.read_at, n.acknowledged_at)),
                               (SELECT c.verified_at FROM notify.contacts AS c WHERE c.contact_id = s.contact_id)) AS at
                 FROM notify.notices AS n WHERE n.person_id = s.contact_id AND n.key_kind <> 'trial') AS r
    ), judged AS (
        SELECT contact_id, at, rest, said AND rest <> tries AND cardinality(rest) < :days AS is_over FROM seen
    ), pruned AS (
        UPDATE notify.unreached AS u
           SET tries = j.rest, said = u.said AND NOT j.is_over, version = u.version + CAST(j.is_over AS int), looked_at = :now
          FROM judged AS j WHERE u.contact_id = j.contact_id
        RETURNING u.contact_id, u.party_id, u.role, u.version, j.at, j.is_over)
    SELECT contact_id, party_id, role, version, at FROM pruned WHERE is_over ORDER BY contact_id"""
_REACHED = text(_PRUNE.format(which="AND contact_id = ANY(:ids) ORDER BY contact_id FOR UPDATE")).bindparams(ids())
_LOOK = text(_PRUNE.format(which="ORDER BY looked_at LIMIT :most FOR UPDATE SKIP LOCKED"))
_CHANGED = text("""
    WITH still AS (
        SELECT contact_id, said FROM notify.unreached
         WHERE tries <> '{}' AND contact_id = ANY(:ids) ORDER BY contact_id FOR UPDATE
    ), changed AS (
        UPDATE notify.unreached AS u SET tries = '{}', said = false, version = u.version + CAST(s.said AS int)
          FROM still AS s WHERE u.contact_id = s.contact_id
        RETURNING u.contact_id, u.party_id, u.role, u.version, s.said AS is_over)
    SELECT contact_id, party_id, role, version, CAST(:now AS timestamptz) AS at FROM changed WHERE is_over ORDER BY contact_id
    """).bindparams(ids())
_VERIFIED = text("""
    WITH verified AS (
        UPDATE notify.contacts SET verified_at = :now WHERE contact_id = :contact AND version <= :version RETURNING contact_id)
    DELETE FROM notify.reach AS r USING verified AS v WHERE r.person_id = v.contact_id AND r.channel = 'sms'""")
_TRY_AGAIN = text("""
    DELETE FROM notify.reach AS r USING notify.unreached AS u
     WHERE r.person_id = u.contact_id AND u.tries <> '{}' AND NOT u.said AND r.found_at < :midnight
       AND NOT EXISTS (SELECT FROM unnest(u.tries) AS t WHERE t >= :midnight)""")


async def tries(tx: Tx, notices: Collection[UUID], since: datetime) -> Sequence[RowMapping]:
    """What became of every phone that these notices tried, and whether its provider has reached anybody ``since``.

    Only contacts that are still what they were when it was tried, whose mobile nobody has verified since, and nobody who had
    the notice before them. ``at`` is when it left, and of a call when it was made.
    """
    asked = {"ids": sorted(notices), "phones": _PHONES, "failed": _FAILED, "since": since}
    return await tx.rows(_TRIES, asked)


async def note(tx: Tx, rows: Sequence[Row]) -> None:
    """Remember ``tries`` of contacts, the latest of each Shanghai day, in whatever order and number they are told."""
    await tx.execute(_NOTE, {"rows": as_json(rows), "now": tx.now})


async def lost(tx: Tx, people: Collection[UUID], days: int) -> Sequence[RowMapping]:
    """Those of them whom nothing has reached on so many days, each once."""
    return await tx.rows(_LOST, {"ids": sorted(people), "days": days})


async def reached(tx: Tx, people: Collection[UUID], days: int) -> Sequence[RowMapping]:
    """Forget the tries after which something reached them; those who were said to be lost, and are so no longer."""
    return await tx.rows(_REACHED, {"ids": sorted(people), "days": days, "now": tx.now})


async def look(tx: Tx, most: int, days: int) -> Sequence[RowMapping]:
    """The same of those who were looked at longest ago."""
    return await tx.rows(_LOOK, {"most": most, "days": days, "now": tx.now})


async def changed(tx: Tx, people: Collection[UUID]) -> Sequence[RowMapping]:
    """Forget every try of contacts that are others now; those who were said to be lost."""
    return await tx.rows(_CHANGED, {"ids": sorted(people), "now": tx.now})


async def verified(tx: Tx, contact: UUID, version: int) -> None:
    """An SMS has reached a contact just now, unless it is another one since the ``version`` to which it went."""
    await tx.execute(_VERIFIED, {"contact": contact, "version": version, "now": tx.now})


async def try_again(tx: Tx) -> None:
    """Forget which channels failed before today: they are believed dead only when they have failed on other days too."""
    await tx.execute(_TRY_AGAIN, {"midnight": datetime.combine(tx.today, time(), SHANGHAI)})
