"""A hazard as it stands: the card that every event carries, and what only this service needs to know to go on."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.inspection.domain.deadline import Due, Worked
from services.inspection.domain.lifecycle import TO_DO, HazardStep, Standing, after
from shared.clock import shanghai_date
from shared.contracts.event import Event
from shared.contracts.inspection import HazardCard
from shared.contracts.vocabulary import (
    Approval,
    Department,
    DeterminationBasis,
    HazardLevel,
    ListingLevel,
    PartyId,
    Sha256,
    TransferState,
)


class Progress(BaseModel):
    """How far a hazard has come; every field has a value from the start, and an older row may lack the newest."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    confirmed_at: datetime | None = None
    acknowledged: tuple[PartyId, ...] = ()
    rounds: int = 0
    submitted_at: datetime | None = None
    paused_at: datetime | None = None
    photos: tuple[Sha256, ...] = ()
    workers: frozenset[str] = frozenset()
    working_parties: frozenset[UUID] = frozenset()
    basis: DeterminationBasis | None = None
    determinations: tuple[Approval, ...] = ()
    verifications: tuple[Approval, ...] = ()
    certified: frozenset[str] = frozenset()
    rung: int = 0
    waited_days: int = 0
    running_since: datetime | None = None
    extensions: int = 0
    asked_until: date | None = None
    department: Department | None = None
    transfer: TransferState | None = None
    listing_level: ListingLevel | None = None
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class Hazard:
    """One hazard at one version. ``told_at`` is when the system learnt of it, from which acknowledgement is counted."""

    card: HazardCard
    due_at: datetime
    told_at: datetime
    deadline_class: str
    version: int = 1
    due_certain: bool = True
    ordered: bool = False
    overdue_at: datetime | None = None
    closed_at: datetime | None = None
    progress: Progress = field(default_factory=Progress)

    @property
    def due(self) -> Due:
        """Day and moment until which it is to be put right."""
        return Due(self.card.due, self.due_at, self.due_certain)

    @property
    def late_from(self) -> date:
        """The day from which the ladder counts: the last day, moved by what others took after it was over."""
        return self.card.due + timedelta(days=self.progress.waited_days)

    @property
    def is_major(self) -> bool:
        """Whether people have determined it as major; a candidate is not."""
        return self.card.level is HazardLevel.MAJOR

    @property
    def is_ticking(self) -> bool:
        """Whether the clock of the responsible party runs."""
        return self.card.state in TO_DO

    def after(self, step: HazardStep, standing: Standing) -> "Hazard":
        """The same hazard in the state to which the step leads; raises StepNotPossible."""
        return self.with_card(state=after(self.card.state, step, standing, major=self.is_major))

    def with_card(self, **changes: Any) -> "Hazard":
        """With other facts on the card."""
        return replace(self, card=self.card.model_copy(update=changes))

    def with_due(self, due: Due) -> "Hazard":
        """With another deadline."""
        return replace(self.with_card(due=due.on), due_at=due.at, due_certain=due.certain)

    def with_progress(self, **changes: Any) -> "Hazard":
        """Having come further."""
        return replace(self, progress=self.progress.model_copy(update=changes))

    def paused(self, now: datetime) -> "Hazard":
        """The clock stands still from now on, or from when it already did."""
        return self.with_progress(paused_at=self.progress.paused_at or now)

    def resumed(self, now: datetime, worked: Worked) -> "Hazard":
        """The clock runs again; the time that others took is given back: to the last day, or to the ladder once that is over."""
        paused_at = self.progress.paused_at
        if paused_at is None:
            return self
        took = (shanghai_date(now) - shanghai_date(paused_at)).days if paused_at >= self.due_at else 0
        waited = self.progress.waited_days + took
        given = self.due.resumed(paused_at, now)
        due = given if given == self.due else worked(given, self.deadline_class)
        return self.with_due(due).with_progress(paused_at=None, waited_days=waited, running_since=now)

    def anew(self, due: Due, now: datetime, rung: int = 0) -> "Hazard":
        """With a deadline that people set now: nothing is overdue, and the ladder begins again.

        A clock that stands still has stood still until now, because the new day knows of the time before.
        """
        paused_at = None if self.progress.paused_at is None else now
        return replace(self.with_due(due), overdue_at=None).with_progress(
            paused_at=paused_at, rung=rung, waited_days=0, running_since=now
        )

    def seen_by(self, party: PartyId | None) -> "Hazard":
        """A party that acts has seen it, which nobody needs to ask of it any more."""
        known = self.progress.acknowledged
        return self if party is None or party in known else self.with_progress(acknowledged=(*known, party))

    def tell(self, event: type[Event], **facts: Any) -> Event:
        """The event about this hazard as it stands now: its whole card, and the facts of the moment."""
        return event.model_validate({**dict(self.card), **facts})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step leads to: the hazard as it is now, and what is to be said of it."""

    hazard: Hazard
    events: tuple[Event, ...] = ()
