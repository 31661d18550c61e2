"""Notify's copy of who relates to which place: from events to rows, ids only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.notify import unreached
from services.notify.store import places, stand_ins
from shared.contracts.grading import GradeChanged
from shared.contracts.guidance import HandbookPublished
from shared.contracts.registry import (
    ContactChanged,
    LeaseCard,
    LeaseEnded,
    OfficerAssigned,
    PartyCard,
    SiteCard,
    SiteClosed,
    SiteFactsChanged,
    SiteRegistered,
)
from shared.contracts.vocabulary import LeaseState
from shared.database import Transaction as Tx

_LET = {LeaseState.ACTIVE, LeaseState.EXPIRING}

CONTACTS_BELL = "contacts"
"""Rings where a contact has changed: what is remembered of addresses is forgotten."""


async def follow_sites(tx: Tx, events: Sequence[Any]) -> None:
    """Cards replace what was known; a closing keeps the card that it does not carry."""
    if cards := [_site(event) for event in events if isinstance(event, SiteCard)]:
        await places.save_sites(tx, cards)
    if closings := [_closing(event) for event in events if isinstance(event, SiteClosed)]:
        await places.close_sites(tx, closings)
    if facts := [row for event in events if isinstance(event, (SiteFactsChanged, SiteRegistered)) for row in _facts(event)]:
        await places.save_facts(tx, facts)


def _site(event: Any) -> dict[str, Any]:
    names = ("site_id", "kind", "party_id", "landlord_site_id", "building_id", "grid_id", "code", "name")
    return {name: getattr(event, name) for name in names} | {"version": event.envelope.sequence, "closed": False}


def _closing(event: SiteClosed) -> dict[str, Any]:
    names = ("site_id", "kind", "party_id", "landlord_site_id", "building_id", "grid_id")
    return {name: getattr(event, name) for name in names} | {"version": event.envelope.sequence, "closed": True}


def _facts(event: SiteRegistered | SiteFactsChanged) -> list[dict[str, Any]]:
    version = event.envelope.sequence
    removed = event.removed if isinstance(event, SiteFactsChanged) else ()
    known = [{"site_id": event.site_id, "key": key, "version": version, "value": fact.value} for key, fact in event.facts.items()]
    return known + [{"site_id": event.site_id, "key": key, "version": version, "value": None} for key in removed]


async def follow_parties(tx: Tx, events: Sequence[Any]) -> None:
    """Parties and their contacts; what was learned about reaching a contact is forgotten when it changes, not by old news."""
    if parties := [_party(event) for event in events if isinstance(event, PartyCard)]:
        await places.save_parties(tx, parties)
    contacts = [event for event in events if isinstance(event, ContactChanged)]
    if contacts:
        changed = await places.save_contacts(tx, [_contact(event, tx.now) for event in contacts])
        await places.forget_unreachable(tx, changed)
        await stand_ins.replace_contacts(tx, {event.party_id for event in contacts})
        await unreached.forget(tx, changed)
        tx.ring(CONTACTS_BELL)


def _party(event: Any) -> dict[str, Any]:
    return {
        "party_id": event.party_id,
        "version": event.envelope.sequence,
        "name": event.name,
        "kinds": list(event.kinds),
        "merged_into": getattr(event, "merged_into", None),
    }


def _contact(event: ContactChanged, heard_at: datetime) -> dict[str, Any]:
    return {
        "contact_id": event.contact_id,
        "version": event.envelope.sequence,
        "party_id": event.party_id,
        "role": event.role,
        "active": event.active,
        "changed_at": heard_at,
    }


async def follow_leases(tx: Tx, events: Sequence[Any]) -> None:
    """The chain as it is now."""
    await places.save_leases(tx, [_lease(event) for event in events if isinstance(event, LeaseCard)])


def _lease(event: Any) -> dict[str, Any]:
    names = ("lease_id", "site_id", "landlord_party_id", "tenant_party_id", "parent_lease_id")
    active = event.state in _LET and not isinstance(event, LeaseEnded)
    return {name: getattr(event, name) for name in names} | {"version": event.envelope.sequence, "active": active}


async def follow_officers(tx: Tx, events: Sequence[OfficerAssigned]) -> None:
    """Assignments with their days; one that has ended keeps its row and its last day."""
    await places.save_officers(tx, [_officer(event) for event in events])
    await stand_ins.replace_officers(tx, {event.grid_id for event in events})


def _officer(event: OfficerAssigned) -> dict[str, Any]:
    return {
        "grid_id": event.grid_id,
        "officer_id": event.officer_id,
        "role": event.role,
        "version": event.envelope.sequence,
        "account_id": event.account_id,
        "since": event.from_,
        "until": event.to,
    }


async def follow_handbook(tx: Tx, events: Sequence[HandbookPublished]) -> None:
    """What the newest handbook calls each checklist item."""
    rows = [
        {
            "item": item,
            "version": event.envelope.sequence,
            "handbook": event.version,
            "clause": clause.clause,
            "clause_version": clause.version,
            "title": clause.title,
        }
        for event in events
        for clause in event.changed
        for item in clause.items
    ]
    if rows:
        await places.save_clauses(tx, rows)


async def follow_levels(tx: Tx, events: Sequence[GradeChanged]) -> None:
    """The colour of each site as its newest revision says."""
    await places.save_levels(tx, [{"site_id": e.site_id, "version": e.revision, "level": e.to} for e in events])
