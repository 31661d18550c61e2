"""Up the ladder: whoever is next hears that nobody below has acknowledged, until somebody does or the matter ends."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from services.notify import library
from services.notify.domain.book import Book
from services.notify.domain.surroundings import Occurrence
from services.notify.domain.telling import Rung
from services.notify.intentions import store_intentions
from services.notify.kept import LATER, plan_each
from services.notify.occurrences import revived
from services.notify.store import matters, waiting
from services.notify.store.records import Row
from shared.database import Transaction as Tx


async def climb(tx: Tx, most: int) -> int:
    """Climb every ladder whose time has come by one rung; how many there were. One that cannot be climbed waits."""
    things = await waiting.things_to_climb(tx, most)
    ended = await matters.hold(tx, things)
    rows = await waiting.lock_climbs(tx, things - ended, most) if things - ended else []
    if not rows:
        return 0
    in_force = await library.in_force(tx)
    rungs = {_key(row): rung for row in rows if (rung := _rung(row, in_force.book))}

    def revive(row: Row) -> Occurrence:
        return _occurrence(row, rungs[_key(row)], in_force.book, tx)

    reached = [row for row in rows if _key(row) in rungs]
    intentions, broken = await plan_each(tx, in_force, reached, revive, lambda plans, _, occurrence: plans.plan(occurrence))
    await store_intentions(tx, intentions, in_force.book)
    moved = [_moved(row, in_force.book, tx) for row in rows if row not in broken]
    await waiting.climbed(tx, [*moved, *(_stayed(row, tx) for row in broken)])
    return len(rows)


def _key(row: Row) -> tuple[str, UUID]:
    return row["ladder"], row["thing_id"]


def _rung(row: Row, book: Book) -> Rung | None:
    ladder = book.ladders.get(row["ladder"])
    return ladder.above(row["rung"]) if ladder else None


def _occurrence(row: Row, rung: Rung, book: Book, tx: Tx) -> Occurrence:
    number = row["rung"] + 1
    facts = revived(row["facts"]["cause_name"], row["facts"]) | {
        "cause_id": row["cause_id"],
        "rung": number,
        "recipients": rung.recipients,
        "expects": rung.expects,
    }
    identity = uuid5(row["thing_id"], f"{row['ladder']}:{number}")
    return Occurrence(identity, book.ladders[row["ladder"]].occasion, tx.now, facts)


def _stayed(row: Row, tx: Tx) -> dict[str, Any]:
    return {"ladder": row["ladder"], "thing_id": row["thing_id"], "rung": row["rung"], "next_at": tx.now + LATER}


def _moved(row: Row, book: Book, tx: Tx) -> dict[str, Any]:
    """One rung higher, and when the one above is due; at the top the climb is over."""
    number = row["rung"] + 1
    rungs: Sequence[Rung] = book.ladders[row["ladder"]].rungs if row["ladder"] in book.ladders else ()
    above = rungs[number] if number < len(rungs) else None
    return {
        "ladder": row["ladder"],
        "thing_id": row["thing_id"],
        "rung": min(number, len(rungs)),
        "next_at": tx.now + above.after if above else None,
    }
