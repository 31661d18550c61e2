"""What inspection does when others speak: it keeps its own copy of who is where, and who lets to whom."""

from collections.abc import Sequence
from typing import Any

from services.inspection.store import hazards, sites
from shared.contracts.registry import (
    LeaseActivated,
    LeaseChanged,
    LeaseEnded,
    SiteChanged,
    SiteClosed,
    SiteFactsChanged,
    SiteRegistered,
)
from shared.contracts.vocabulary import LeaseState
from shared.database import Transaction as Tx
from shared.errors import Missing
from shared.messaging import Subscriptions

on = Subscriptions("inspection")

_RUNNING = {LeaseState.ACTIVE, LeaseState.EXPIRING, LeaseState.EXPIRED}

SiteCardEvent = SiteRegistered | SiteChanged
FactEvent = SiteRegistered | SiteFactsChanged
LeaseEvent = LeaseActivated | LeaseChanged | LeaseEnded


@on(SiteRegistered, SiteChanged)
async def follow_sites(events: Sequence[SiteCardEvent], tx: Tx) -> None:
    """Keep the card of every site, and what was known of it from the start."""
    ordered = _in_order(events)
    await sites.follow_sites(tx, {event.site_id: _card(event) for event in ordered}.values())
    await _learn(tx, [event for event in ordered if isinstance(event, SiteRegistered)])
    await hazards.follow_grids(tx, {event.site_id for event in ordered if isinstance(event, SiteChanged)})


@on(SiteFactsChanged)
async def learn_facts(events: Sequence[SiteFactsChanged], tx: Tx) -> None:
    """Keep what is known of a site, so that a checklist asks only what it can have."""
    await _learn(tx, _in_order(events))


@on(SiteClosed)
async def close_site(event: SiteClosed, tx: Tx) -> None:
    """Nobody is asked to put anything right where nobody is any more."""
    if not await sites.close_site(tx, event.site_id, event.closed_on):
        raise Missing
    await hazards.stop_clock(tx, event.site_id)


@on(LeaseActivated, LeaseChanged, LeaseEnded)
async def follow_leases(events: Sequence[LeaseEvent], tx: Tx) -> None:
    """Know the landlord of a tenant whose site names none."""
    await sites.follow_leases(tx, {event.lease_id: _lease(event) for event in _in_order(events)}.values())


def _in_order(events: Sequence[Any]) -> list[Any]:
    return sorted(events, key=lambda event: event.envelope.sequence)


async def _learn(tx: Tx, events: Sequence[FactEvent]) -> None:
    facts = {(event.site_id, key): _fact(event, key) for event in events for key in _keys(event)}
    if facts:
        await sites.learn_facts(tx, facts.values())


def _card(event: SiteCardEvent) -> dict[str, Any]:
    point = {"lon": event.point.lon, "lat": event.point.lat} if event.point else {}
    card = event.model_dump(include={"site_id", "code", "name", "kind", "party_id", "landlord_site_id", "building_id", "grid_id"})
    return card | point | {"sequence": event.envelope.sequence}


def _keys(event: FactEvent) -> tuple[str, ...]:
    return (*event.facts, *(event.removed if isinstance(event, SiteFactsChanged) else ()))


def _fact(event: FactEvent, key: str) -> dict[str, Any]:
    known = event.facts.get(key)
    return {"site_id": event.site_id, "key": key, "sequence": event.envelope.sequence, "value": known.value if known else None}


def _lease(event: LeaseEvent) -> dict[str, Any]:
    lease = event.model_dump(include={"lease_id", "site_id", "landlord_party_id", "tenant_party_id", "building_id"})
    return lease | {"sequence": event.envelope.sequence, "is_active": _is_running(event)}


def _is_running(event: LeaseEvent) -> bool:
    return event.state in _RUNNING and not isinstance(event, LeaseEnded)
