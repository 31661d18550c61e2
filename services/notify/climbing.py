"""Up the ladder: whoever is next hears that nobody below has acknowledged, until somebody does or the matter ends."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid5

from services.notify import library, planner
from services.notify.domain.book import Book
from services.notify.domain.planning import Planner
from services.notify.domain.surroundings import Occurrence
from services.notify.domain.telling import Rung
from services.notify.intentions import store_intentions
from services.notify.occurrences import revived
from services.notify.store import matters, waiting
from services.notify.store.records import Row
from shared.database import Transaction as Tx


async def climb(tx: Tx, most: int) -> int:
    """Climb every ladder whose time has come by one rung; how many there were."""
    things = await waiting.things_to_climb(tx, most)
    ended = await matters.hold(tx, things)
    rows = await waiting.lock_climbs(tx, things - ended, most) if things - ended else []
    if not rows:
        return 0
    in_force = await library.in_force(tx)
    reached = [(row, rung) for row in rows if (rung := _rung(row, in_force.book))]
    occurrences = [_occurrence(row, rung, in_force.book, tx) for row, rung in reached]
    around = await planner.surroundings_of(tx, occurrences)
    plans = Planner(in_force, around, tx.now)
    intentions = [intention for occurrence in occurrences for intention in plans.plan(occurrence)]
    await store_intentions(tx, intentions, in_force.book)
    await waiting.climbed(tx, [_moved(row, in_force.book, tx) for row in rows])
    return len(rows)


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
