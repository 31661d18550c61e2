"""How every step of a hazard is taken: seen by the caller, allowed to him, noted in the history, said with its version."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from services.inspection.actions.finding import photos_of
from services.inspection.actions.parties import with_parties_of_today
from services.inspection.actions.reading import HazardUnknown, detail
from services.inspection.actions.scopes import scope_of
from services.inspection.domain.conduct import Capacity, capacity
from services.inspection.domain.hazard import Hazard, Outcome
from services.inspection.domain.lifecycle import HazardStep
from services.inspection.rulebook import rulebook
from services.inspection.store import hazards
from services.inspection.store.hazards import Entry, Stored, Written
from services.inspection.views.hazards import HazardDetail
from services.inspection.views.steps import StepCommand
from shared.contracts.vocabulary import HazardId
from shared.database import Transaction as Tx
from shared.errors import Stale
from shared.web import Caller

Act = Callable[[Hazard, Capacity], Outcome]


@dataclass(frozen=True, slots=True)
class Target:
    """Which hazard is meant, and the version at which the caller read it."""

    hazard_id: HazardId
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A step on its way into the books."""

    step: HazardStep
    by: Capacity
    command: StepCommand
    photos: tuple[str, ...] = ()

    @property
    def entry(self) -> Entry:
        """The line of the history."""
        told = self.command.model_dump(mode="json", exclude={"note", "file_ids"}, exclude_none=True)
        details: dict[str, Any] = told | ({"photos": list(self.photos)} if self.photos else {})
        by = self.by
        return Entry(self.step, by.at, by.subject, by.role, by.party, self.command.note, details)


async def locked(tx: Tx, caller: Caller, target: Target) -> Stored:
    """The hazard, for this transaction alone; refuses what is not there for the caller and what he has not read."""
    stored = await hazards.lock(tx, scope_of(caller), target.hazard_id)
    if stored is None:
        raise HazardUnknown
    if target.version not in {None, stored.hazard.version}:
        raise Stale
    return with_parties_of_today(stored)


async def take(tx: Tx, caller: Caller, target: Target, taken: tuple[HazardStep, StepCommand], act: Act) -> HazardDetail:
    """Take one step with one hazard."""
    stored = await locked(tx, caller, target)
    step, command = taken
    by = capacity(caller, step, stored.hazard.card.responsible, tx.now)
    return await settle(tx, caller, stored, Taken(step, by, command, await hashes(tx, command)), act(stored.hazard, by))


async def hashes(tx: Tx, command: StepCommand) -> tuple[str, ...]:
    """The hashes of the files that come with the step, in their order."""
    known = await photos_of(tx, command.file_ids)
    return tuple(known[file_id] for file_id in command.file_ids)


async def settle(tx: Tx, caller: Caller, stored: Stored, taken: Taken, outcome: Outcome) -> HazardDetail:
    """Write what the step led to and say it: each event with a version of its own."""
    before = stored.hazard.version
    after = replace(outcome.hazard, version=before + max(1, len(outcome.events)))
    next_step_at = None if stored.row["site_closed_on"] else rulebook().escalation.next_at(after)
    await hazards.update(tx, [Written(after, next_step_at, taken.entry)])
    for number, event in enumerate(outcome.events, start=before + 1):
        tx.say(event, sequence=number)
    return await detail(Stored(after, stored.row), caller, tx)
