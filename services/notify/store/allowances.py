"""Counts that must survive a restart: SMS of a person and day, agreed messages of a person and template."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from services.notify.store.records import as_json, ids
from shared.database import Transaction as Tx

_ADD = text("""
    INSERT INTO notify.sms_days AS t SELECT * FROM json_populate_recordset(NULL::notify.sms_days, CAST(:rows AS json))
    ON CONFLICT (person_id, day) DO UPDATE SET sent = t.sent + excluded.sent""")
_COUNT = text(f"{_ADD.text} RETURNING person_id, day, sent")
_PUT_OFF = text("UPDATE notify.dispatches SET due_at = :until, reason = 'capped' WHERE id = ANY(:ids)").bindparams(ids())
_SPENT = text('SELECT person_id, template FROM notify.quotas WHERE person_id = ANY(:ids) AND "left" <= 0').bindparams(ids())
_TAKE = text("""
    UPDATE notify.quotas q SET "left" = greatest(q."left" - r.count, 0), changed_at = :now
      FROM json_to_recordset(CAST(:rows AS json)) AS r(person_id uuid, template text, count int)
     WHERE q.person_id = r.person_id AND q.template = r.template""")
_GIVE = text("""
    INSERT INTO notify.quotas AS q SELECT * FROM json_populate_recordset(NULL::notify.quotas, CAST(:rows AS json))
    ON CONFLICT (person_id, template) DO UPDATE
       SET "left" = CASE WHEN :reset THEN excluded."left" ELSE q."left" + excluded."left" END,
           changed_at = excluded.changed_at""")
_FORGET = text("DELETE FROM notify.sms_days WHERE day < :before")


Day = tuple[UUID, str]
"""A person and a day."""


async def count_sms(tx: Tx, counts: Mapping[Day, int]) -> dict[Day, int]:
    """Add to the counts; what they are now. Rows are taken in one order, so that two workers never wait in a circle."""
    return {(row["person_id"], row["day"]): row["sent"] for row in await tx.rows(_COUNT, _counts(counts))}


async def add_sms(tx: Tx, counts: Mapping[Day, int]) -> None:
    """The same at the end of the transaction, where nobody asks what they are now."""
    await tx.put_off(_ADD, _counts(counts))


def _counts(counts: Mapping[Day, int]) -> dict[str, str]:
    rows = [{"person_id": person, "day": day, "sent": counts[person, day]} for person, day in sorted(counts)]
    return {"rows": as_json(rows)}


async def put_off(tx: Tx, dispatches: Sequence[UUID], until: datetime) -> None:
    await tx.execute(_PUT_OFF, {"ids": list(dispatches), "until": until})


async def spent_quotas(tx: Tx, people: Collection[UUID]) -> set[tuple[UUID, str]]:
    return {(row["person_id"], row["template"]) for row in await tx.rows(_SPENT, {"ids": sorted(people)})}


async def take_one(tx: Tx, counts: Mapping[tuple[UUID, str], int]) -> None:
    rows = [{"person_id": person, "template": template, "count": counts[person, template]} for person, template in sorted(counts)]
    await tx.execute(_TAKE, {"rows": as_json(rows), "now": tx.now})


async def take_all(tx: Tx, keys: Collection[tuple[UUID, str]]) -> None:
    await _give(tx, dict.fromkeys(keys, 0), reset=True)


async def give(tx: Tx, counts: Mapping[tuple[UUID, str], int]) -> None:
    """So many more messages that a person has agreed to."""
    await _give(tx, counts, reset=False)


async def _give(tx: Tx, counts: Mapping[tuple[UUID, str], int], *, reset: bool) -> None:
    rows = [{"person_id": p, "template": t, "left": counts[p, t], "changed_at": tx.now} for p, t in sorted(counts)]
    await tx.execute(_GIVE, {"rows": as_json(rows), "reset": reset})


async def forget_days(tx: Tx, before: str) -> None:
    await tx.execute(_FORGET, {"before": before})
