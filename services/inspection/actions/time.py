"""What time alone does: hazards become overdue and climb the ladder, claimed row by row, however many workers look."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import structlog

from services.inspection.actions.parties import hazard_today
from services.inspection.domain.hazard import Hazard
from services.inspection.domain.lifecycle import HazardStep
from services.inspection.rulebook import rulebook
from services.inspection.store import hazards
from services.inspection.store.hazards import Entry, Written
from shared.contracts.event import Event
from shared.contracts.inspection import HazardOverdue
from shared.database import Transaction as Tx
from shared.messaging.delivery import reason_of

log = structlog.get_logger()

_LATER = timedelta(hours=1)
"""When a row that cannot be moved is looked at again; meanwhile its neighbours go on."""


async def pass_time(limit: int, tx: Tx) -> int:
    """Do what is due to at most ``limit`` hazards; how many there were. One that nobody can move holds up no other."""
    due = await hazards.claim_due(tx, limit)
    moved, stuck = [], []
    for row in due:
        try:
            moved.append(_moved(hazard_today(row), tx))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one row is its own affair
            log.warning("hazard_not_moved", hazard_id=str(row["id"]), reason=reason_of(error))
            stuck.append(row["id"])
    if moved:
        await hazards.update(tx, moved)
    if stuck:
        await hazards.postpone(tx, stuck, tx.now + _LATER)
    return len(due)


def _moved(hazard: Hazard, tx: Tx) -> Written:
    ladder = rulebook().escalation
    outcome = ladder.pass_time(hazard, tx.now)
    after = replace(outcome.hazard, version=hazard.version + max(1, len(outcome.events)))
    written = Written(after, ladder.next_at(after), Entry(_step(outcome.events), tx.now, details={"rung": after.progress.rung}))
    for number, event in enumerate(outcome.events, start=hazard.version + 1):
        tx.say(event, sequence=number)
    return written


def _step(events: Iterable[Event]) -> HazardStep:
    return HazardStep.PASS_DUE if any(isinstance(event, HazardOverdue) for event in events) else HazardStep.ESCALATE
