"""What a replay reads of the grading that stands, and how it keeps that beside the one that it builds."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, text

from services.grading.store.arrays import DATES, INTEGERS, TEXTS, UUIDS, NewRow, Row, by_ids, in_columns
from shared.database import Transaction

_BATCH: Final = 2_000
_NOBODY: Final = UUID(int=0)
_COLUMNS: Final = {
    "site_id": UUIDS,
    "name": TEXTS,
    "landlord_site_id": UUIDS,
    "level": TEXTS,
    "level_since": DATES,
    "band": TEXTS,
    "points": INTEGERS,
    "score": INTEGERS,
    "policy": TEXTS,
    "valid_until": DATES,
    "substance": TEXTS,
}
COMPARED: Final = ("level", "level_since", "band", "points", "score", "policy", "valid_until", "substance")
_STANDING = text(
    f"SELECT {', '.join(_COLUMNS)} FROM grading.sites"  # noqa: S608 - our own names
    " WHERE is_followed AND site_id > :after ORDER BY site_id LIMIT :limit"
)
_OWN = text(
    "SELECT site_id, event_id, day, writes FROM grading.journal"
    """ WHERE writes LIKE '[["override"%' OR writes LIKE '[["lift"%' ORDER BY day, site_id, number"""
)
_HEARD_DAYS = by_ids(
    "SELECT event_id, min(day) AS day FROM grading.journal"
    " WHERE site_id = ANY(:ids) AND event_id = ANY(:events) GROUP BY event_id"
).bindparams(bindparam("events", type_=UUIDS))
_STANDS = text(
    "CREATE TABLE stands (site_id uuid PRIMARY KEY, name text, landlord_site_id uuid, level text, level_since date, band text,"
    " points integer, score integer, policy text, valid_until date, substance text)"
)
_LEFT_OUT = text("CREATE TABLE left_out (site_id uuid PRIMARY KEY, reason text NOT NULL)")
_KEEP = text(
    f"INSERT INTO stands ({', '.join(_COLUMNS)}) SELECT * FROM unnest({', '.join(f':{name}' for name in _COLUMNS)})"  # noqa: S608
).bindparams(*(bindparam(name, type_=kind) for name, kind in _COLUMNS.items()))
_LEAVE_OUT = text("INSERT INTO left_out SELECT id, :reason FROM unnest(:ids) AS u(id) ON CONFLICT DO NOTHING").bindparams(
    bindparam("ids", type_=UUIDS)
)
_LEAVE_OUT_ABOVE = text(
    "INSERT INTO left_out WITH RECURSIVE above AS ("
    " SELECT s.landlord_site_id AS site_id FROM stands AS s JOIN left_out AS o USING (site_id)"
    " UNION SELECT s.landlord_site_id FROM stands AS s JOIN above AS a USING (site_id))"
    " SELECT site_id, 'tenant' FROM above WHERE site_id IS NOT NULL ON CONFLICT DO NOTHING"
)
_BOTH: Final = (
    " FROM stands AS s FULL JOIN (SELECT * FROM grading.sites WHERE is_followed) AS r USING (site_id)"
    " WHERE NOT EXISTS (SELECT 1 FROM left_out AS o WHERE o.site_id = coalesce(s.site_id, r.site_id))"
)
_DIFFERING = text(
    "SELECT coalesce(s.site_id, r.site_id) AS site_id, coalesce(s.name, r.name) AS name, s.site_id IS NULL AS only_rebuilt,"  # noqa: S608
    f" r.site_id IS NULL AS only_stands, {', '.join(f's.{name} AS s_{name}, r.{name} AS r_{name}' for name in COMPARED)}"
    f"{_BOTH} AND ({', '.join(f's.{name}' for name in COMPARED)}) IS DISTINCT FROM"
    f" ({', '.join(f'r.{name}' for name in COMPARED)}) AND coalesce(s.site_id, r.site_id) > :after ORDER BY 1 LIMIT :limit"
)


async def standing_sites(tx: Transaction) -> AsyncIterator[Sequence[Row]]:
    """Every followed site as it stands, in portions."""
    after = _NOBODY
    while rows := await tx.rows(_STANDING, {"after": after, "limit": _BATCH}):
        yield rows
        after = rows[-1]["site_id"]


async def own_decisions(tx: Transaction) -> Sequence[Row]:
    """Overrides and lifted vetoes: what people decided here is in no stream that grading hears."""
    return await tx.rows(_OWN)


async def heard_days(tx: Transaction, sites: Sequence[UUID], events: Sequence[UUID]) -> dict[UUID, date]:
    """On which day grading heard these events, as far as they told it anything."""
    rows = await tx.rows(_HEARD_DAYS, {"ids": list(sites), "events": list(events)})
    return {row["event_id"]: row["day"] for row in rows}


async def heard_since(tx: Transaction, moment: datetime) -> set[UUID]:
    rows = await tx.rows(text("SELECT DISTINCT event_id FROM grading.journal WHERE heard_at >= :moment"), {"moment": moment})
    return {row["event_id"] for row in rows}


async def quarantined(tx: Transaction) -> set[UUID]:
    """Events that wait for a person, and so are in no level."""
    rows = await tx.rows(text("SELECT event_id FROM grading.quarantine WHERE state <> 'replayed' AND event_id IS NOT NULL"))
    return {row["event_id"] for row in rows}


async def sites_heard_before(tx: Transaction, moment: datetime) -> list[UUID]:
    rows = await tx.rows(text("SELECT DISTINCT site_id FROM grading.journal WHERE heard_at < :moment"), {"moment": moment})
    return [row["site_id"] for row in rows]


async def sites_on_their_way(tx: Transaction, today: date) -> list[UUID]:
    """Sites whose next decision is due now: a level on its way is not a wrong level."""
    rows = await tx.rows(
        text(
            "SELECT site_id FROM grading.sites WHERE valid_until <= :today"
            " UNION SELECT subject_id FROM grading.rollups WHERE kind = 'landlord'"
            " UNION SELECT s.site_id FROM grading.rollups AS p JOIN grading.sites AS s ON s.party_id = p.subject_id"
            " WHERE p.kind = 'party'"
        ),
        {"today": today},
    )
    return [row["site_id"] for row in rows]


async def policies(tx: Transaction) -> tuple[Sequence[Row], Sequence[Row]]:
    """The policies and their activations, which are grading's own."""
    known = await tx.rows(text("SELECT * FROM grading.policies WHERE state <> 'draft'"))
    return known, await tx.rows(text("SELECT * FROM grading.activations ORDER BY id"))


async def take_policies(tx: Transaction, known: Sequence[Row], activations: Sequence[Row]) -> None:
    """The same in the schema that is built; every later activation is still to be graded by."""
    for row in known:
        await tx.execute(
            text(
                "INSERT INTO grading.policies (id, name, document, digest, state, created_by, created_at)"
                " VALUES (:id, :name, :document, :digest, :state, :created_by, :created_at)"
            ),
            dict(row),
        )
    for number, row in enumerate(activations):
        await tx.execute(
            text(
                "INSERT INTO grading.activations (policy, effective_from, activated_at, activated_by, finished_at)"
                " VALUES (:policy, :effective_from, :activated_at, :activated_by, :finished_at)"
            ),
            {**row, "finished_at": row["finished_at"] if number == 0 else None},
        )


async def set_aside(tx: Transaction) -> None:
    """Tables for what stands, beside the schema that is built."""
    await tx.execute(_STANDS)
    await tx.execute(_LEFT_OUT)


async def keep_standing(tx: Transaction, rows: Sequence[Row]) -> None:
    await tx.execute(_KEEP, in_columns([dict(row) for row in rows], _COLUMNS))


async def leave_out(tx: Transaction, sites: Sequence[UUID], reason: str) -> None:
    if sites:
        await tx.execute(_LEAVE_OUT, {"ids": list(sites), "reason": reason})


async def leave_out_above(tx: Transaction) -> None:
    """A landlord takes part of his level from tenants that are left out."""
    await tx.execute(_LEAVE_OUT_ABOVE)


async def counts(tx: Transaction) -> NewRow:
    """How many sites were compared, and how many were left out for which reason."""
    compared = int(await tx.value(text(f"SELECT count(*){_BOTH}")))
    rows = await tx.rows(text("SELECT reason, count(*) AS sites FROM left_out JOIN stands USING (site_id) GROUP BY reason"))
    return {"compared": compared, "left_out": {row["reason"]: row["sites"] for row in rows}}


async def differing(tx: Transaction) -> AsyncIterator[Sequence[Row]]:
    """Sites of which the two gradings say something else, in portions."""
    after = _NOBODY
    while rows := await tx.rows(_DIFFERING, {"after": after, "limit": _BATCH}):
        yield rows
        after = rows[-1]["site_id"]
