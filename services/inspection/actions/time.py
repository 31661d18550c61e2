"""What time alone does: hazards become overdue and climb the ladder, claimed row by row, however many workers look."""

from dataclasses import replace

from services.inspection.domain.hazard import Hazard
from services.inspection.domain.lifecycle import HazardStep
from services.inspection.rulebook import rulebook
from services.inspection.store import hazards
from services.inspection.store.hazards import Entry, Written
from shared.contracts.event import Event
from shared.contracts.inspection import HazardOverdue
from shared.database import Transaction as Tx


async def pass_time(limit: int, tx: Tx) -> int:
    """Do what is due to at most ``limit`` hazards; how many there were."""
    due = await hazards.claim_due(tx, limit)
    if due:
        await hazards.update(tx, [_moved(hazard, tx) for hazard in due])
    return len(due)


def _moved(hazard: Hazard, tx: Tx) -> Written:
    ladder = rulebook().escalation
    outcome = ladder.pass_time(hazard, tx.now)
    for number, event in enumerate(outcome.events, start=hazard.version + 1):
        tx.say(event, sequence=number)
    after = replace(outcome.hazard, version=hazard.version + max(1, len(outcome.events)))
    return Written(after, ladder.next_at(after), Entry(_step(outcome.events), tx.now, details={"rung": after.progress.rung}))


def _step(events: tuple[Event, ...]) -> HazardStep:
    return HazardStep.PASS_DUE if any(isinstance(event, HazardOverdue) for event in events) else HazardStep.ESCALATE
