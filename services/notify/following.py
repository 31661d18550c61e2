"""Those outside who follow events: each hears every event that fits, once, in a lane of its own."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from services.notify import library
from services.notify.domain.audience import Addressee
from services.notify.domain.following import Filter, Followable
from services.notify.domain.planning import Library, Planner
from services.notify.domain.surroundings import Occurrence, Surroundings
from services.notify.intentions import store_intentions
from services.notify.occurrences import occurrence_of
from services.notify.store import subscriptions as store
from services.notify.store import surroundings as known
from services.notify.store.records import Row
from shared.contracts.event import Event, encode
from shared.contracts.vocabulary import Recipient
from shared.database import Transaction as Tx
from shared.identifiers import new_id

log = structlog.get_logger()

FOLLOWED, TESTED, PAUSED = "notify.followed", "notify.subscription_test", "notify.subscription_paused"
_FAILURES, _FAILING = 10, timedelta(hours=1)


async def tell(tx: Tx, events: Sequence[Event], in_force: Library) -> None:
    """Plan a notice for every subscriber and event that fit, and keep the events that webhooks will post."""
    followed = [event for event in events if event.event_name in in_force.followed]
    if not followed:
        return
    subscribers = await store.followers(tx, {event.event_name for event in followed})
    places = await store.places_of(tx, {event.site for event in followed if event.site})
    pairs = [(event, s) for event in followed for s in subscribers if _fits(event, s, places)]
    if not pairs:
        return
    letters = {event.envelope.id: event for event, subscriber in pairs if subscriber["channel"] == "webhook"}
    await store.keep_letters(tx, [_letter(event, tx) for event in letters.values()])
    occurrences = [_occurrence(event, subscriber) for event, subscriber in pairs]
    around = await known.around(tx, known.Wanted.of(occurrences))
    plans = Planner(in_force, around, tx.now)
    await store_intentions(tx, [i for occurrence in occurrences for i in plans.plan(occurrence)], in_force.book)


def _fits(event: Event, subscriber: Row, places: dict[UUID, Any]) -> bool:
    occurrence = occurrence_of(event)
    place = places.get(event.site) if event.site else None
    return Filter.of(subscriber).lets_pass(Followable.of(event.event_name, occurrence.facts, place))


def _letter(event: Event, tx: Tx) -> dict[str, Any]:
    body = encode(event, event.envelope).decode()
    return {"event_id": event.envelope.id, "name": event.event_name, "body": body, "heard_at": tx.now}


def _occurrence(event: Event, subscriber: Row) -> Occurrence:
    heard = occurrence_of(event)
    facts = {**heard.facts, "cause_id": heard.id, "cause_name": heard.name, **addressed_to(subscriber)}
    return Occurrence(heard.id, FOLLOWED, heard.at, facts)


def addressed_to(subscriber: Row) -> dict[str, Any]:
    """The facts that lead a notice to a subscriber, on the channel that he gave."""
    return {
        "addressee": Addressee(subscriber["id"], Recipient.SUBSCRIBER),
        "subscription_id": subscriber["id"],
        "only_on": subscriber["channel"],
        "language": subscriber["language"],
    }


async def test(tx: Tx, subscriber: Row) -> UUID:
    """Send a subscriber a test; the occasion under which its notice is found."""
    in_force = await library.in_force(tx)
    occasion = new_id()
    moment = tx.now.isoformat(timespec="minutes")[:16].replace("T", " ")
    facts = {**addressed_to(subscriber), "variables": {"date": moment}, "cause_name": TESTED}
    plans = Planner(in_force, Surroundings(), tx.now)
    await store_intentions(tx, plans.plan(Occurrence(occasion, TESTED, tx.now, facts)), in_force.book)
    return occasion


async def pause_dead(tx: Tx) -> None:
    """Who has failed ten times in a row for an hour, or says that he is gone, is paused; his owner and the bureau are told."""
    for subscriber in await store.pause_dead(tx, _FAILURES, tx.now - _FAILING):
        log.warning("subscription_paused", subscription=str(subscriber["id"]), failures=subscriber["failures"])
        in_force = await library.in_force(tx)
        variables = {"n": str(subscriber["failures"]), "date": f"{subscriber['failing_since']:%Y-%m-%d}"}
        facts = {**addressed_to(subscriber), "variables": variables, "cause_name": PAUSED, "only_on": "in_app"}
        occurrence = Occurrence(new_id(), PAUSED, tx.now, facts)
        around = await known.around(tx, known.Wanted.of([occurrence]))
        await store_intentions(tx, Planner(in_force, around, tx.now).plan(occurrence), in_force.book)
