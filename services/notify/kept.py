"""Plans for what was kept for its moment, ladders and reminders: one that cannot be planned waits alone, the others are told."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

import structlog

from services.notify.domain.planning import Intention, Library, Planner
from services.notify.domain.surroundings import Occurrence
from services.notify.planner import SiteUnknown
from services.notify.store import surroundings as known
from services.notify.store.records import Row
from shared.database import Transaction as Tx

log = structlog.get_logger()

LATER = timedelta(hours=1)
"""After which one that could not be planned is tried again: its site may be known by then, or its edition repaired."""


async def plan_each(
    tx: Tx,
    in_force: Library,
    rows: Sequence[Row],
    revive: Callable[[Row], Occurrence],
    tell: Callable[[Planner, Row, Occurrence], Iterable[Intention]],
) -> tuple[list[Intention], list[Row]]:
    """What is to be told because of these rows, and those of which nobody can say."""
    intentions, broken, revived = list[Intention](), list[Row](), list[tuple[Row, Occurrence]]()
    for row in rows:
        try:
            revived.append((row, revive(row)))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it
            broken.append(_noted(row, error))
    around = await known.around(tx, known.Wanted.of([occurrence for _, occurrence in revived]))
    plans = Planner(in_force, around, tx.now)
    for row, occurrence in revived:
        try:
            if occurrence.site_id and occurrence.site_id not in around.sites:
                raise SiteUnknown  # noqa: TRY301 - it is wrong like any other
            intentions += list(tell(plans, row, occurrence))
        except Exception as error:  # noqa: BLE001 - the same
            broken.append(_noted(row, error))
    return intentions, broken


def _noted(row: Row, error: Exception) -> Row:
    log.error("not_planned", thing=str(row["thing_id"]), error=type(error).__name__)
    return row
