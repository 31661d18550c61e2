"""The weekly digest: on Monday morning each party hears in one notice what is due this week."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid5

from services.notify import library
from services.notify.domain.planning import Library, Planner
from services.notify.domain.surroundings import Occurrence
from services.notify.domain.values import day
from services.notify.intentions import store_intentions
from services.notify.store import surroundings as known
from services.notify.store import weekly as store
from services.notify.store.records import Row
from shared.clock import SHANGHAI
from shared.database import Transaction as Tx

_ROW = "party_dues"
_LATE = timedelta(hours=8)
_AT_ONCE = 500


async def write(tx: Tx) -> bool:
    """The next parties that owe something; True while there may be more."""
    in_force = await library.in_force(tx)
    brief = in_force.book.digest
    due = datetime.combine(tx.today, brief.clock, SHANGHAI)
    if tx.today.weekday() != brief.weekday or not due <= tx.now < due + _LATE:
        return False
    kinds = [rule.kind for rule in in_force.book.dates if rule.row == _ROW]
    rows = await store.owed_within_a_week(tx, kinds, due.replace(hour=0, minute=0), _AT_ONCE)
    if not rows:
        return False
    occurrences = [_occurrence(row, due, in_force) for row in rows]
    around = await known.around(tx, known.Wanted.of(occurrences))
    plans = Planner(in_force, around, tx.now)
    await store_intentions(tx, [i for occurrence in occurrences for i in plans.plan(occurrence)], in_force.book)
    return len(rows) == _AT_ONCE


def _occurrence(row: Row, due: datetime, in_force: Library) -> Occurrence:
    lines = [_line(kind, on, in_force) for kind, on in row["owed"]]
    variables: dict[str, Any] = {"n": str(len(lines)), "brief": lines[0].replace(" ", "")[:20], "list": "\n".join(lines)}
    identity = uuid5(row["party_id"], f"{in_force.book.digest.occasion}@{due:%Y-%m-%d}")
    return Occurrence(identity, in_force.book.digest.occasion, due, {"party_id": row["party_id"], "variables": variables})


def _line(kind: str, on: str, in_force: Library) -> str:
    """One thing that is due: its day, and the title of the text that would remind of it."""
    template = in_force.shelf.newest(in_force.book.dates_by_kind[kind].to[0].template)
    return f"{day(datetime.fromisoformat(on).astimezone(SHANGHAI).date(), 'zh-CN')} {template.title['zh-CN']}"
