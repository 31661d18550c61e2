"""Every query of grading. The hot ones take arrays, so that a batch costs the same few statements however many sites it touches."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Date, Integer, RowMapping, SmallInteger, Text, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from shared.database import Transaction

Row = dict[str, Any]

_UUIDS, _TEXTS, _INTEGERS, _DATES, _SMALL = ARRAY(PG_UUID), ARRAY(Text), ARRAY(Integer), ARRAY(Date), ARRAY(SmallInteger)

_STATE = "site_id, facts, heard, revision, day, standing, anchor, override, level, substance, valid_until, landlord_site_id, party_id, kind, grid_id, is_followed, band, overdue, check_days, check_months, policy, points, score, level_since"

_LOCK = text(f"SELECT {_STATE} FROM grading.sites WHERE site_id = ANY(:ids) ORDER BY site_id FOR UPDATE").bindparams(  # noqa: S608 - our own columns
    bindparam("ids", type_=_UUIDS)
)
_CREATE = text(
    "INSERT INTO grading.sites (site_id, facts, changed_at)"
    " SELECT id, '', :now FROM unnest(:ids) AS u(id) ORDER BY id ON CONFLICT DO NOTHING"
).bindparams(bindparam("ids", type_=_UUIDS))
_LOCK_DUE = text(
    f"SELECT {_STATE} FROM grading.sites WHERE valid_until <= :today"  # noqa: S608
    " ORDER BY valid_until, site_id LIMIT :limit FOR UPDATE SKIP LOCKED"
)
_LOCK_AFTER = text(
    f"SELECT {_STATE} FROM grading.sites WHERE is_followed AND site_id > :after"  # noqa: S608
    " ORDER BY site_id LIMIT :limit FOR UPDATE"
)

_SAVED = {
    "site_id": _UUIDS,
    "facts": _TEXTS,
    "heard": _INTEGERS,
    "revision": _INTEGERS,
    "policy": _TEXTS,
    "day": _DATES,
    "standing": _TEXTS,
    "anchor": _TEXTS,
    "override": _TEXTS,
    "level": _TEXTS,
    "level_since": _DATES,
    "band": _TEXTS,
    "points": _INTEGERS,
    "score": _INTEGERS,
    "overdue": _INTEGERS,
    "check_days": _SMALL,
    "check_months": _SMALL,
    "substance": _TEXTS,
    "valid_until": _DATES,
}
_CARD = {
    "site_id": _UUIDS,
    "kind": _TEXTS,
    "party_id": _UUIDS,
    "landlord_site_id": _UUIDS,
    "building_id": _UUIDS,
    "compound_id": _UUIDS,
    "grid_id": _UUIDS,
    "name": _TEXTS,
    "is_followed": ARRAY(Boolean),
}


def _update(columns: dict[str, Any]) -> TextClause:
    """An UPDATE of many sites at once, one array for each column."""
    changes = ", ".join(f"{name} = u.{name}" for name in columns if name != "site_id")
    arrays = ", ".join(f":{name}" for name in columns)
    return text(
        f"UPDATE grading.sites AS s SET changed_at = :now, {changes}"  # noqa: S608 - our own columns
        f" FROM unnest({arrays}) AS u({', '.join(columns)}) WHERE s.site_id = u.site_id"
    ).bindparams(*(bindparam(name, type_=type_) for name, type_ in columns.items()))


_SAVE, _SAVE_CARDS = _update(_SAVED), _update(_CARD)

_HEARD = {"site_id": _UUIDS, "number": _INTEGERS, "event_id": _UUIDS, "writes": _TEXTS}
_NOTE = text(
    "INSERT INTO grading.journal (site_id, number, event_id, writes, day, heard_at)"
    " SELECT u.*, :today, :now FROM unnest(:site_id, :number, :event_id, :writes) AS u"
).bindparams(*(bindparam(name, type_=type_) for name, type_ in _HEARD.items()))

_DECIDED = {
    "site_id": _UUIDS,
    "revision": _INTEGERS,
    "day": _DATES,
    "policy": _TEXTS,
    "heard": _INTEGERS,
    "anchor": _TEXTS,
    "before": _TEXTS,
    "level": _TEXTS,
    "cause": _TEXTS,
    "substance": _TEXTS,
}
_DECIDE = text(
    f"INSERT INTO grading.decisions ({', '.join(_DECIDED)}, decided_at)"  # noqa: S608 - our own columns
    f" SELECT u.*, :now FROM unnest({', '.join(f':{name}' for name in _DECIDED)}) AS u"
).bindparams(*(bindparam(name, type_=type_) for name, type_ in _DECIDED.items()))

_ROLL_UP = text(
    "INSERT INTO grading.rollups (kind, subject_id, event_id) SELECT * FROM unnest(:kinds, :subjects, :events) AS u"
).bindparams(bindparam("kinds", type_=_TEXTS), bindparam("subjects", type_=_UUIDS), bindparam("events", type_=_UUIDS))


async def lock_sites(tx: Transaction, ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """The state of these sites, locked in order of their ids; a site nobody has heard of gets a row in which its facts wait."""
    found = await tx.rows(_LOCK, {"ids": ids})
    if len(found) == len(ids):
        return found
    await tx.execute(_CREATE, {"ids": ids, "now": tx.now})
    return await tx.rows(_LOCK, {"ids": ids})


async def lock_due_sites(tx: Transaction, today: date, limit: int) -> Sequence[RowMapping]:
    """Sites whose answer time may have changed by today, leaving out those that somebody else is grading."""
    return await tx.rows(_LOCK_DUE, {"today": today, "limit": limit})


async def lock_sites_after(tx: Transaction, after: UUID, limit: int) -> Sequence[RowMapping]:
    """The next sites in order of their ids."""
    return await tx.rows(_LOCK_AFTER, {"after": after, "limit": limit})


async def save_sites(tx: Transaction, rows: Sequence[Row]) -> None:
    if rows:
        await tx.execute(_SAVE, _columns(rows, _SAVED) | {"now": tx.now})


async def save_cards(tx: Transaction, rows: Sequence[Row]) -> None:
    """Who and where the sites are, for the questions of lists; what grades is in their facts."""
    if rows:
        await tx.execute(_SAVE_CARDS, _columns(rows, _CARD) | {"now": tx.now})


async def note_heard(tx: Transaction, rows: Sequence[Row]) -> None:
    if rows:
        await tx.execute(_NOTE, _columns(rows, _HEARD) | {"now": tx.now, "today": tx.today})


async def keep_decisions(tx: Transaction, rows: Sequence[Row]) -> None:
    if rows:
        await tx.execute(_DECIDE, _columns(rows, _DECIDED) | {"now": tx.now})


async def ask_for_rollup(tx: Transaction, asked: Sequence[tuple[str, UUID, UUID | None]]) -> None:
    """Landlords whose tenants have changed, and parties of which something was heard, are looked at soon."""
    if asked:
        kinds, subjects, events = zip(*asked, strict=True)
        await tx.execute(_ROLL_UP, {"kinds": list(kinds), "subjects": list(subjects), "events": list(events)})


def _columns(rows: Sequence[Row], columns: dict[str, Any]) -> Row:
    return {name: [row[name] for row in rows] for name in columns}


async def site(tx: Transaction, site_id: UUID) -> RowMapping | None:
    return await tx.row(text("SELECT * FROM grading.sites WHERE site_id = :id"), {"id": site_id})


async def decision(tx: Transaction, site_id: UUID, revision: int) -> RowMapping | None:
    return await tx.row(
        text("SELECT * FROM grading.decisions WHERE site_id = :id AND revision = :revision"),
        {"id": site_id, "revision": revision},
    )


async def decision_as_of(tx: Transaction, site_id: UUID, moment: Any) -> RowMapping | None:
    """The decision that stood at a moment, as it was known then."""
    return await tx.row(
        text("SELECT * FROM grading.decisions WHERE site_id = :id AND decided_at <= :moment ORDER BY revision DESC LIMIT 1"),
        {"id": site_id, "moment": moment},
    )


async def decisions_of(tx: Transaction, site_id: UUID, after: int, limit: int) -> Sequence[RowMapping]:
    """Newest first, from before revision ``after`` on."""
    return await tx.rows(
        text("SELECT * FROM grading.decisions WHERE site_id = :id AND revision < :after ORDER BY revision DESC LIMIT :limit"),
        {"id": site_id, "after": after, "limit": limit},
    )


async def journal_of(tx: Transaction, site_id: UUID, until: int) -> Sequence[RowMapping]:
    return await tx.rows(
        text(
            "SELECT number, event_id, day, writes FROM grading.journal WHERE site_id = :id AND number <= :until ORDER BY number"
        ),
        {"id": site_id, "until": until},
    )


async def parties_of(tx: Transaction, sites: Sequence[UUID]) -> dict[UUID, UUID]:
    """Which party operates each of these sites, where it is known."""
    found = await tx.rows(_PARTIES, {"ids": list(sites)})
    return {row["site_id"]: row["party_id"] for row in found}


_PARTIES = text("SELECT site_id, party_id FROM grading.sites WHERE site_id = ANY(:ids) AND party_id IS NOT NULL").bindparams(
    bindparam("ids", type_=_UUIDS)
)


async def activations(tx: Transaction) -> Sequence[RowMapping]:
    """Every activation in the order in which they take effect; the later one of a day wins."""
    return await tx.rows(_ACTIVATIONS)


_ACTIVATIONS = text("SELECT policy, effective_from FROM grading.activations ORDER BY effective_from, id")


async def install_policy(tx: Transaction, identity: str, name: str, document: str, effective_from: date) -> None:
    """The shipped policy, activated, unless somebody else has just done the same."""
    digest = hashlib.sha256(document.encode()).hexdigest()
    values = {"id": identity, "name": name, "document": document, "digest": digest, "from": effective_from, "now": tx.now}
    installed = await tx.value(
        text(
            "INSERT INTO grading.policies (id, name, document, digest, state, created_at)"
            " VALUES (:id, :name, :document, :digest, 'active', :now) ON CONFLICT DO NOTHING RETURNING id"
        ),
        values,
    )
    if installed:
        await tx.execute(
            text(
                "INSERT INTO grading.activations (policy, effective_from, activated_at, finished_at)"
                " VALUES (:id, :from, :now, :now)"
            ),
            values,
        )


async def policy_document(tx: Transaction, identity: str) -> str:
    found = await tx.value(text("SELECT document FROM grading.policies WHERE id = :id"), {"id": identity})
    return str(found)


async def take_rollups(tx: Transaction, limit: int) -> Sequence[RowMapping]:
    """Take the oldest wishes off the list; one taker at a time sees each."""
    return await tx.rows(_TAKE_ROLLUPS, {"limit": limit})


_TAKE_ROLLUPS = text(
    "DELETE FROM grading.rollups WHERE id IN"
    " (SELECT id FROM grading.rollups ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED) RETURNING kind, subject_id, event_id"
)


async def sites_of_parties(tx: Transaction, parties: Sequence[UUID]) -> Sequence[RowMapping]:
    return await tx.rows(_OF_PARTIES, {"ids": list(parties)})


_OF_PARTIES = text(
    "SELECT site_id, party_id FROM grading.sites WHERE party_id = ANY(:ids) AND is_followed ORDER BY site_id"
).bindparams(bindparam("ids", type_=_UUIDS))


async def tenants_below(tx: Transaction, landlords: Sequence[UUID]) -> Sequence[RowMapping]:
    """Every graded site below each landlord's, down the chain of second landlords."""
    return await tx.rows(_BELOW, {"ids": list(landlords)})


_BELOW = text(
    "WITH RECURSIVE chain AS ("
    " SELECT landlord_site_id AS landlord, site_id, CAST(NULL AS uuid) AS via, 1 AS depth FROM grading.sites"
    " WHERE landlord_site_id = ANY(:ids) AND site_id <> landlord_site_id AND is_followed"
    " UNION SELECT c.landlord, s.site_id, c.site_id, c.depth + 1 FROM chain AS c"
    " JOIN grading.sites AS s ON s.landlord_site_id = c.site_id AND s.is_followed"
    " WHERE c.depth < 8 AND s.site_id <> c.landlord AND s.site_id <> c.site_id)"
    " SELECT DISTINCT ON (c.landlord, c.site_id) c.landlord, c.site_id, c.via, s.level, s.level_since, s.band, s.overdue,"
    " s.check_days, s.check_months FROM chain AS c JOIN grading.sites AS s USING (site_id)"
    " WHERE s.level IS NOT NULL ORDER BY c.landlord, c.site_id, c.depth"
).bindparams(bindparam("ids", type_=_UUIDS))


async def states(tx: Transaction, ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """The state of these sites as far as there are rows, unlocked."""
    return await tx.rows(_STATES, {"ids": list(ids)})


_STATES = text(f"SELECT {_STATE} FROM grading.sites WHERE site_id = ANY(:ids)").bindparams(bindparam("ids", type_=_UUIDS))  # noqa: S608


async def parties_above(tx: Transaction, site_id: UUID) -> set[UUID]:
    """The parties of the landlords' sites above a site, up the lease chain."""
    return {row["party_id"] for row in await tx.rows(_ABOVE, {"id": site_id})}


_ABOVE = text(
    "WITH RECURSIVE chain AS ("
    " SELECT landlord_site_id AS above, 1 AS depth FROM grading.sites WHERE site_id = :id"
    " UNION SELECT s.landlord_site_id, c.depth + 1 FROM chain AS c JOIN grading.sites AS s ON s.site_id = c.above WHERE c.depth < 8)"
    " SELECT DISTINCT s.party_id FROM chain AS c JOIN grading.sites AS s ON s.site_id = c.above WHERE s.party_id IS NOT NULL"
)
