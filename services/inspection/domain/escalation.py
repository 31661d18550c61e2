"""What time alone does to a hazard: it becomes overdue, and climbs the ladder of those who are told."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated

from pydantic import Field

from services.inspection.domain.hazard import Hazard, Outcome
from services.inspection.domain.lifecycle import NEW
from services.inspection.domain.rule import Mark, RuleData, Wording
from shared.clock import SHANGHAI, shanghai_date
from shared.contracts.event import Event
from shared.contracts.inspection import HazardEscalated, HazardOverdue
from shared.contracts.vocabulary import Duty, Recipient, RuleRef

_UNACKNOWLEDGED = "escalation.unacknowledged"
_OVERDUE = "escalation.overdue"


class Rung(Wording):
    """One rung: so many days after the due day these are told."""

    level: Annotated[int, Field(ge=1)]
    after_days: Annotated[int, Field(ge=1)]
    tells: tuple[Recipient, ...]

    def reached_at(self, late_from: date) -> datetime:
        """The start of the day on which the rung is reached."""
        return datetime.combine(late_from + timedelta(days=self.after_days), time(), SHANGHAI)


class Silence(RuleData):
    """Which rung is reached when nobody acknowledges for so many hours."""

    hours: Annotated[int, Field(ge=1)]
    level: Annotated[int, Field(ge=1)]


class Escalation(RuleData):
    """The ladder, as data."""

    version: str
    effective_from: date
    mark: Mark
    rungs: tuple[Rung, ...]
    unacknowledged: Silence
    major_from: int

    def next_at(self, hazard: Hazard) -> datetime | None:
        """The moment at which time will next do something to the hazard; None while its clock stands still."""
        if not hazard.is_ticking:
            return None
        moments = [rung.reached_at(hazard.late_from) for rung in self.rungs if rung.level > hazard.progress.rung]
        if hazard.overdue_at is None:
            moments.append(hazard.due_at)
        if self._is_silence_open(hazard):
            moments.append(self._silence_ends(hazard))
        return min(moments, default=None)

    def pass_time(self, hazard: Hazard, now: datetime) -> Outcome:
        """Everything that has become due by ``now``, in order, each as its own event."""
        events: list[Event] = []
        if hazard.is_ticking:
            hazard = self._silence(hazard, now, events)
            hazard = _overdue(hazard, now, events)
            for rung in self.rungs:
                hazard = _climb(hazard, rung, now, events)
        return Outcome(hazard, tuple(events))

    def at_confirmation(self, hazard: Hazard) -> Outcome:
        """A major hazard begins high on the ladder."""
        rung = next(rung for rung in self.rungs if rung.level == self.major_from)
        if hazard.progress.rung >= rung.level:
            return Outcome(hazard)
        return _escalated(hazard, rung.level, 0, rung, "escalation.major")

    def _silence(self, hazard: Hazard, now: datetime, events: list[Event]) -> Hazard:
        if not self._is_silence_open(hazard) or now < self._silence_ends(hazard):
            return hazard
        rung = next(rung for rung in self.rungs if rung.level == self.unacknowledged.level)
        outcome = _escalated(hazard, rung.level, 0, rung, _UNACKNOWLEDGED)
        events.extend(outcome.events)
        return outcome.hazard

    def _is_silence_open(self, hazard: Hazard) -> bool:
        if hazard.card.state not in NEW:
            return False
        owed = {side.party_id for side in hazard.card.responsible if side.role is Duty.RESPONSIBLE}
        return hazard.progress.rung < self.unacknowledged.level and not owed & set(hazard.progress.acknowledged)

    def _silence_ends(self, hazard: Hazard) -> datetime:
        return (hazard.progress.running_since or hazard.told_at) + timedelta(hours=self.unacknowledged.hours)


def _overdue(hazard: Hazard, now: datetime, events: list[Event]) -> Hazard:
    if hazard.overdue_at is not None or now < hazard.due_at:
        return hazard
    late = replace(hazard, overdue_at=now)
    events.append(late.tell(HazardOverdue, days=max(1, days_late(hazard.card.due, now))))
    return late


def _climb(hazard: Hazard, rung: Rung, now: datetime, events: list[Event]) -> Hazard:
    if rung.level <= hazard.progress.rung or now < rung.reached_at(hazard.late_from):
        return hazard
    outcome = _escalated(hazard, rung.level, days_late(hazard.card.due, now), rung, _OVERDUE)
    events.extend(outcome.events)
    return outcome.hazard


def _escalated(hazard: Hazard, level: int, days: int, rung: Rung, rule: str) -> Outcome:
    higher = hazard.with_progress(rung=level)
    event = higher.tell(HazardEscalated, rung=level, days=days, rule=RuleRef(rule=rule), recipients=rung.tells)
    return Outcome(higher, (event,))


def days_late(due: date, now: datetime) -> int:
    """Whole calendar days since the due day, at least 0."""
    return max(0, (shanghai_date(now) - due).days)
