"""A broadcast becomes notices a thousand sites at a time, in a lane that never stands before an alarm."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from services.notify import library
from services.notify.domain.audience import addressees
from services.notify.domain.planning import Intention, Occasion, Planner
from services.notify.domain.surroundings import Occurrence, Surroundings
from services.notify.intentions import store_intentions
from services.notify.store import broadcasts as store
from services.notify.store import surroundings as known
from services.notify.store.records import Row
from shared.database import Transaction as Tx

BELL = "broadcasts"
_NAME = "notify.broadcast"
_AT_ONCE = 1000


async def expand(tx: Tx) -> bool:
    """Plan the next sites of the oldest broadcast; True while there is one."""
    order = await store.claim(tx)
    if order is None:
        return False
    sites = await store.sites(tx, order["audience"], order["upto"], _AT_ONCE)
    planned = await _plan(tx, order, sites) if sites else 0
    ended = tx.now if len(sites) < _AT_ONCE else None
    await store.moved_on(tx, order["id"], sites[-1]["site_id"] if sites else None, planned, ended)
    return True


async def _plan(tx: Tx, order: Row, sites: Sequence[Row]) -> int:
    in_force = await library.in_force(tx)
    occurrences = [_occurrence(order, site) for site in sites]
    around = await known.around(tx, known.Wanted.of(occurrences))
    plans = Planner(in_force, around, tx.now)
    rule = in_force.book.by_event[_NAME][0]
    intentions = [i for o in occurrences for occasion in _people(order, o, around, tx) for i in plans.tell(rule, occasion)]
    return await store_intentions(tx, _once(intentions), in_force.book)


def _occurrence(order: Row, site: Row) -> Occurrence:
    facts: dict[str, Any] = {
        "site_id": site["site_id"],
        "party_id": site["party_id"],
        "template": order["template"],
        "variables": order["variables"],
        "key_kind": order["key_kind"],
        "broadcast_id": order["id"],
    }
    return Occurrence(uuid5(order["id"], "broadcast"), _NAME, order["ordered_at"], facts)


def _people(order: Row, occurrence: Occurrence, around: Surroundings, tx: Tx) -> Iterator[Occasion]:
    """One occasion for each person: whoever has several sites hears once."""
    for role in order["audience"]["to"]:
        for person in addressees(f"party.{role}", occurrence, around):
            facts: Mapping[str, Any] = {**occurrence.facts, "addressee": person}
            told = Occurrence(occurrence.id, occurrence.name, occurrence.at, facts)
            yield Occasion(occurrence.id, told, max(tx.now, order["send_after"]))


def _once(intentions: Sequence[Intention]) -> list[Intention]:
    found: dict[tuple[UUID, UUID, str], Intention] = {intention.key: intention for intention in intentions}
    return list(found.values())
