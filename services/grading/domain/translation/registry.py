"""What the registry's events say: the site itself, the facts that it answers, the leases that tie it to a landlord."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.grading.domain.registers import FACT, LEASE, MERGED, Write, write
from shared.clock import shanghai_date
from shared.contracts.event import Envelope, Event
from shared.contracts.registry import (
    AdmissionDecided,
    LeaseActivated,
    LeaseCard,
    LeaseChanged,
    LeaseEnded,
    LeaseExpiring,
    LeaseSubmitted,
    PartyChanged,
    SiteCard,
    SiteChanged,
    SiteClosed,
    SiteFactsChanged,
    SiteRegistered,
)
from shared.contracts.vocabulary import UNKNOWN, FactValue

SITE: Final = "site"


def site_registered(event: SiteRegistered, heard: Envelope) -> list[Write]:
    """The card, the day since which the site is followed, and its first facts; a closed site is open again.

    Of several registrations the first tells since when, so that undoing a merger makes no new site: the least sequence wins.
    """
    opened = {"on": shanghai_date(heard.time).isoformat()}
    reopened = [write(event.site_id, SITE, "closed", heard, None)] if heard.sequence > 1 else []
    return [
        Write(event.site_id, SITE, "registered", -heard.sequence, str(heard.id), opened),
        *reopened,
        _card(event, heard),
        *_facts(event.site_id, heard, event.facts),
    ]


def site_changed(event: SiteChanged, heard: Envelope) -> list[Write]:
    """The card as it is now."""
    return [_card(event, heard)]


def site_closed(event: SiteClosed, heard: Envelope) -> list[Write]:
    """Nobody operates here any more, so nothing is graded."""
    closed = {"on": event.closed_on.isoformat(), "reason": event.reason.value}
    return [write(event.site_id, SITE, "closed", heard, closed)]


def site_facts_changed(event: SiteFactsChanged, heard: Envelope) -> list[Write]:
    """What is known now, and what is known no more."""
    removed = [write(event.site_id, FACT, key, heard, None) for key in event.removed]
    return _facts(event.site_id, heard, event.facts) + removed


def lease_said(card: LeaseCard, heard: Envelope) -> list[Write]:
    """The lease as it is now, for the tenant's site and for the landlord's."""
    value = {
        "tenant_site": _text(card.site_id),
        "landlord_site": _text(card.landlord_site_id),
        "state": card.state.value,
        "agreement": card.agreement.value,
        "agreement_until": _iso(card.agreement_until),
        "start": card.start.isoformat(),
        "end": card.end.isoformat(),
        "depth": card.depth,
    }
    sites = dict.fromkeys(site for site in (card.site_id, card.landlord_site_id) if site is not None)
    return [write(site, LEASE, card.lease_id, heard, value) for site in sites]


def party_changed(event: PartyChanged, heard: Envelope) -> list[Write]:
    """Whoever goes on for a merged party answers for what that one had to put right, at each of its sites."""
    return [] if event.merged_into is None else [write(event.merged_into, MERGED, event.party_id, heard, {})]


def _card(card: SiteCard, heard: Envelope) -> Write:
    value = {
        "kind": card.kind.value,
        "party": str(card.party_id),
        "landlord_site": _text(card.landlord_site_id),
        "building": str(card.building_id),
        "compound": _text(card.compound_id),
        "grid": _text(card.grid_id),
        "name": card.name,
        "code": card.code,
    }
    return write(card.site_id, SITE, "card", heard, value)


def _text(identity: UUID | None) -> str | None:
    return None if identity is None else str(identity)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _facts(site: UUID, heard: Envelope, facts: Mapping[str, FactValue]) -> list[Write]:
    return [write(site, FACT, key, heard, _answer(fact)) for key, fact in facts.items()]


def _answer(fact: FactValue) -> dict[str, Any]:
    return {
        "value": None if fact.value == UNKNOWN else list(fact.value) if isinstance(fact.value, tuple) else fact.value,
        "qty": fact.qty,
        "since": fact.valid_from.isoformat(),
        "until": _iso(fact.valid_to),
        "verified": True if fact.verified_by else None,
    }


TRANSLATORS: Final[dict[type[Event], Callable[[Any, Envelope], list[Write]]]] = {
    SiteRegistered: site_registered,
    SiteChanged: site_changed,
    SiteClosed: site_closed,
    SiteFactsChanged: site_facts_changed,
    LeaseSubmitted: lease_said,
    AdmissionDecided: lease_said,
    LeaseActivated: lease_said,
    LeaseChanged: lease_said,
    LeaseExpiring: lease_said,
    LeaseEnded: lease_said,
    PartyChanged: party_changed,
}
