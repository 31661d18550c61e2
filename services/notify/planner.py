"""What notify does with a batch of events: remember matters and dates, end what has ended, plan who is told."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.notify import acknowledgements, almanac, cards, following, library, merging
from services.notify.acknowledgements import Acknowledged
from services.notify.domain.audience import with_duty
from services.notify.domain.book import Book
from services.notify.domain.planning import Intention, Planner
from services.notify.domain.surroundings import Occurrence, Surroundings
from services.notify.domain.telling import Happens
from services.notify.intentions import store_intentions
from services.notify.occurrences import occurrence_of
from services.notify.store import matters
from services.notify.store import surroundings as known
from services.notify.store.records import Row
from shared.contracts.event import Event
from shared.contracts.inspection import ComplaintCard, HazardCard
from shared.contracts.vocabulary import Duty, HazardState, NoticeFailure
from shared.database import Transaction as Tx
from shared.errors import Missing

_OVER = {HazardState.CLOSED, HazardState.REJECTED}


class SiteUnknown(Missing):
    """A site of which nothing was heard yet; its registration may be on the way."""

    code = "site_unknown"
    zh = "场所尚未登记"
    en = "The site is not known yet"


async def plan_batch(tx: Tx, events: Sequence[Event]) -> int:
    """Plan for every event of a batch, in a number of statements that does not depend on its size."""
    in_force = await library.in_force(tx)
    occurrences = [occurrence_of(event) for event in events]
    standings = await _remember_matters(tx, events)
    ended = {row["thing_id"] for row in standings if row["ended"]}
    await _end(tx, occurrences, in_force.book, ended)
    acknowledged = await acknowledgements.take(tx, occurrences, in_force.book, standings)
    tellable = [occurrence for occurrence in occurrences if occurrence.name in in_force.book.by_event]
    around = await surroundings_of(tx, tellable)
    planner = Planner(in_force, around, tx.now)
    intentions = [intention for occurrence in tellable for intention in planner.plan(occurrence)]
    fresh = await store_intentions(tx, intentions, in_force.book, ended)
    await following.tell(tx, events, in_force)
    await _begin_climbs(tx, intentions, ended, acknowledged)
    await acknowledged.confirm(tx, intentions)
    await almanac.remember(tx, occurrences, in_force.book, ended)
    return fresh


async def surroundings_of(tx: Tx, occurrences: Sequence[Occurrence]) -> Surroundings:
    """Everything that these plans may look up. Raises SiteUnknown."""
    if not occurrences:
        return Surroundings()
    around = await known.around(tx, known.Wanted.of(occurrences))
    if any(occurrence.site_id and occurrence.site_id not in around.sites for occurrence in occurrences):
        raise SiteUnknown
    return around


async def _remember_matters(tx: Tx, events: Sequence[Event]) -> Sequence[Row]:
    """How the matters stand that the batch speaks of."""
    rows = [_matter(event) for event in events if issubclass(type(event), (HazardCard, ComplaintCard))]
    return await matters.save_matters(tx, rows) if rows else ()


def _matter(event: Any) -> dict[str, Any]:
    hazard = isinstance(event, HazardCard)
    over = event.state in _OVER if hazard else "complaint_decided" in event.event_name
    return {
        "thing_id": event.hazard_id if hazard else event.complaint_id,
        "version": event.envelope.sequence,
        "kind": "hazard" if hazard else "complaint",
        "site_id": event.site_id,
        "grid_id": event.grid_id,
        "number": getattr(event, "number", None),
        "level": getattr(event, "level", None),
        "due": event.due if hazard else None,
        "ended": over or _is_transferred(event),
        "began_at": event.found_at if hazard else event.envelope.time,
        "ended_at": event.envelope.time if over or _is_transferred(event) else None,
    }


def _is_transferred(event: Any) -> bool:
    return getattr(event, "state", None) is HazardState.TRANSFERRED


async def _end(tx: Tx, occurrences: Sequence[Occurrence], book: Book, ended: set[UUID]) -> None:
    """Stop everything about matters that end with this batch."""
    over = {thing for o in occurrences if (thing := _ending_of(o, book)) and (thing in ended or not _is_ranked(thing, o))}
    if not over:
        return
    for row in await matters.cancel_waiting(tx, over, "ended"):
        cards.failed(tx, row, NoticeFailure.OUTDATED, final=True)
    await merging.take_apart(tx, over)
    await matters.stop_climbs(tx, over, "ended")
    await matters.forget_reminders(tx, over, [rule.kind for rule in book.dates if rule.until])


def _ending_of(occurrence: Occurrence, book: Book) -> UUID | None:
    for ending in book.endings.values():
        if any(_happens(occurrence, happens) for happens in ending.ends):
            thing: UUID | None = occurrence.facts.get(ending.thing)
            return thing
    return None


def _is_ranked(thing: UUID, occurrence: Occurrence) -> bool:
    """Whether it is a matter whose events carry its state, so that the newest of them says whether it has ended."""
    return thing in {occurrence.facts.get("hazard_id"), occurrence.facts.get("complaint_id")}


def _happens(occurrence: Occurrence, happens: Happens) -> bool:
    return occurrence.name == happens.event and all(occurrence.facts.get(key) in values for key, values in happens.when.items())


async def _begin_climbs(tx: Tx, intentions: Sequence[Intention], ended: set[UUID], acknowledged: Acknowledged) -> None:
    """One ladder for each matter, begun by the first notice that asks to be acknowledged; one that was is never climbed."""
    rows: dict[tuple[str, UUID], dict[str, Any]] = {}
    for intention in intentions:
        facts, ladder = intention.occurrence.facts, intention.telling.ladder
        if ladder and intention.acknowledge_by and facts["hazard_id"] not in ended:
            over = acknowledged.covers(intention.occurrence, with_duty(intention.occurrence, Duty.RESPONSIBLE))
            begun = {
                "ladder": ladder,
                "thing_id": facts["hazard_id"],
                "rung": 0,
                "site_id": facts.get("site_id"),
                "cause_id": intention.occurrence.id,
                "facts": {**facts, "cause_name": intention.occurrence.name},
                "began_at": tx.now,
                "stopped": "acknowledged" if over else None,
                "next_at": None if over else intention.acknowledge_by,
            }
            rows.setdefault((ladder, facts["hazard_id"]), begun)
    if rows:
        await matters.begin_climbs(tx, list(rows.values()))
