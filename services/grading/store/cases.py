"""Where sites stand: locked in order of their ids, written back as a batch."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.grading.store.arrays import (
    DATES,
    INTEGERS,
    SMALL,
    TEXTS,
    TRUTHS,
    UUIDS,
    NewRow,
    Row,
    by_ids,
    in_columns,
    insert,
    update,
)
from shared.database import Transaction

Rows = Sequence[Row]

_STATE: Final = (
    "site_id, facts, heard, revision, day, standing, anchor, override, level, substance, valid_until, landlord_site_id,"
    " party_id, kind, grid_id, is_followed, band, overdue, check_days, check_months, policy, points, score, level_since"
)
_LOCK = by_ids(f"SELECT {_STATE} FROM grading.sites WHERE site_id = ANY(:ids) ORDER BY site_id FOR UPDATE")  # noqa: S608
_STATES = by_ids(f"SELECT {_STATE} FROM grading.sites WHERE site_id = ANY(:ids)")  # noqa: S608
_CREATE = by_ids(
    "INSERT INTO grading.sites (site_id, facts, changed_at)"
    " SELECT id, '', :now FROM unnest(:ids) AS u(id) ORDER BY id ON CONFLICT DO NOTHING"
)
_LOCK_DUE = text(
    f"SELECT {_STATE} FROM grading.sites WHERE valid_until <= :today"  # noqa: S608
    " ORDER BY valid_until, site_id LIMIT :limit FOR UPDATE SKIP LOCKED"
)
_LOCK_SLICE = text(
    f"SELECT {_STATE} FROM grading.sites WHERE is_followed AND site_id BETWEEN :first AND :last"  # noqa: S608
    " ORDER BY site_id FOR UPDATE"
)
_AFTER = text(
    f"SELECT {_STATE}, name FROM grading.sites WHERE is_followed AND site_id > :after ORDER BY site_id LIMIT :limit"  # noqa: S608
)

_STATE_COLUMNS: Final = {
    "site_id": UUIDS,
    "facts": TEXTS,
    "heard": INTEGERS,
    "revision": INTEGERS,
    "policy": TEXTS,
    "day": DATES,
    "standing": TEXTS,
    "anchor": TEXTS,
    "override": TEXTS,
    "level": TEXTS,
    "level_since": DATES,
    "band": TEXTS,
    "points": INTEGERS,
    "score": INTEGERS,
    "overdue": INTEGERS,
    "check_days": SMALL,
    "check_months": SMALL,
    "substance": TEXTS,
    "valid_until": DATES,
}
_CARD_COLUMNS: Final = {
    "site_id": UUIDS,
    "kind": TEXTS,
    "party_id": UUIDS,
    "landlord_site_id": UUIDS,
    "building_id": UUIDS,
    "compound_id": UUIDS,
    "grid_id": UUIDS,
    "name": TEXTS,
    "is_followed": TRUTHS,
}
_JOURNAL_COLUMNS: Final = {"site_id": UUIDS, "number": INTEGERS, "event_id": UUIDS, "writes": TEXTS}
_DECISION_COLUMNS: Final = {
    "site_id": UUIDS,
    "revision": INTEGERS,
    "day": DATES,
    "policy": TEXTS,
    "heard": INTEGERS,
    "anchor": TEXTS,
    "before": TEXTS,
    "level": TEXTS,
    "cause": TEXTS,
    "substance": TEXTS,
}
_STANDING_COLUMNS: Final = {name: kind for name, kind in _STATE_COLUMNS.items() if name not in {"facts", "heard"}}
_SAVE, _SAVE_CARDS = update("sites", "site_id", _STATE_COLUMNS), update("sites", "site_id", _CARD_COLUMNS)
_SAVE_STANDINGS = update("sites", "site_id", _STANDING_COLUMNS)
_NOTE = insert("journal", _JOURNAL_COLUMNS, {"day": "CAST(:today AS date)", "heard_at": "CAST(:now AS timestamptz)"})
_DECIDE = insert("decisions", _DECISION_COLUMNS, {"decided_at": "CAST(:now AS timestamptz)"})


async def lock_sites(tx: Transaction, ids: Sequence[UUID]) -> Sequence[Row]:
    """The state of these sites, locked in order of their ids; one that nobody has heard of gets a row in which facts wait."""
    found = await tx.rows(_LOCK, {"ids": list(ids)})
    if len(found) == len(ids):
        return found
    await tx.execute(_CREATE, {"ids": list(ids), "now": tx.now})
    return await tx.rows(_LOCK, {"ids": list(ids)})


async def lock_due_sites(tx: Transaction, today: date, limit: int) -> Sequence[Row]:
    """Sites whose answer time may have changed by today, leaving out those that somebody else is grading."""
    return await tx.rows(_LOCK_DUE, {"today": today, "limit": limit})


async def lock_slice(tx: Transaction, first: UUID, last: UUID) -> Rows:
    """The followed sites from one to another, in order of their ids."""
    return await tx.rows(_LOCK_SLICE, {"first": first, "last": last})


async def sites_after(tx: Transaction, after: UUID, limit: int) -> Rows:
    """The next sites in order of their ids, only to be looked at."""
    return await tx.rows(_AFTER, {"after": after, "limit": limit})


async def states(tx: Transaction, ids: Sequence[UUID]) -> Sequence[Row]:
    """The state of these sites as far as there are rows, unlocked."""
    return await tx.rows(_STATES, {"ids": list(ids)})


async def save_sites(tx: Transaction, rows: Sequence[NewRow]) -> None:
    if rows:
        await tx.put_off(_SAVE, in_columns(rows, _STATE_COLUMNS) | {"now": tx.now})


async def save_standings(tx: Transaction, rows: Sequence[NewRow]) -> None:
    """What was decided of sites of which nothing new was heard; their facts, by far the greatest part, stay where they are."""
    if rows:
        await tx.put_off(_SAVE_STANDINGS, in_columns(rows, _STANDING_COLUMNS) | {"now": tx.now})


async def save_cards(tx: Transaction, rows: Sequence[NewRow]) -> None:
    """Who and where the sites are, for the questions of lists; what grades is in their facts."""
    if rows:
        await tx.execute(_SAVE_CARDS, in_columns(rows, _CARD_COLUMNS) | {"now": tx.now})


async def note_heard(tx: Transaction, rows: Sequence[NewRow], today: date) -> None:
    if rows:
        await tx.put_off(_NOTE, in_columns(rows, _JOURNAL_COLUMNS) | {"now": tx.now, "today": today})


async def keep_decisions(tx: Transaction, rows: Sequence[NewRow]) -> None:
    if rows:
        await tx.put_off(_DECIDE, in_columns(rows, _DECISION_COLUMNS) | {"now": tx.now})
