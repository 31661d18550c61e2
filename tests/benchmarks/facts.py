"""What the graders of a benchmark hear: registered sites, then visits, hazards and self-checks as a working day brings them."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from uuid import UUID

from shared.clock import utc_now
from shared.contracts.event import Envelope, Event, encode, subject_of
from shared.contracts.inspection import HazardClosed, HazardFound, RectificationSubmitted
from shared.identifiers import new_id
from tests.benchmarks.wire import Letter
from tests.services.grading.builders import (
    HARMLESS,
    RISKY,
    card,
    landlord_registered,
    self_check,
    site_registered,
    today,
    visit_recorded,
)

_SEED = 20260302
_TENANTS_OF_A_LANDLORD = 8
_PROFILES = (HARMLESS, RISKY, HARMLESS | {"dust": "wood", "hot_work": True}, RISKY | {"hazchem": True, "mixed_use": True})
_ITEMS = (("LF-21", "electrical", "medium"), ("LF-13", "evacuation", "serious"), ("LF-05", "management", "minor"))
_FAILED = 0.45
"""The share of visits that find something; about one hazard in two of those is put right within the same stretch."""


def letter(event: Event, sequence: int) -> Letter:
    """An event as its speaker's relay would publish it."""
    identity = new_id()
    source = f"/{event.event_name.partition('.')[0]}"
    envelope = Envelope(identity, source, event.wire_type(), event.site, utc_now(), identity, None, sequence)
    return Letter(identity, subject_of(event), encode(event, envelope))


def registrations(tenants: int) -> Iterator[Letter]:
    """Every site with its facts; each eighth is a landlord's."""
    landlord, party = new_id(), new_id()
    for number in range(tenants):
        if number % _TENANTS_OF_A_LANDLORD == 0:
            landlord, party = new_id(), new_id()
            yield letter(landlord_registered(landlord, party), 1)
        yield letter(site_registered(new_id(), new_id(), known=_PROFILES[number % 4], landlord_site_id=landlord), 1)


def working_day(sites: list[UUID], count: int) -> Iterator[Letter]:
    """``count`` facts: visits with their hazards, some put right, and self-checks, over all sites in turn."""
    random, said = Random(_SEED), 0
    while True:
        site = random.choice(sites)
        for event, sequence in (*_visit(site, random), *_self_check(site, random)):
            if said == count:
                return
            said += 1
            yield letter(event, sequence)


def _visit(site: UUID, random: Random) -> Iterator[tuple[Event, int]]:
    if random.random() > _FAILED:
        yield visit_recorded(site), 1
        return
    yield visit_recorded(site, result="hazards"), 1
    for item, category, level in random.sample(_ITEMS, random.choice((1, 1, 2))):
        hazard = new_id()
        known = card(hazard, site_id=site, item=item, category=category, level=level)
        yield HazardFound.model_validate(known), 1
        if random.random() < 0.5:
            now = utc_now()
            yield RectificationSubmitted.model_validate(known | {"state": "submitted", "photos": (), "submitted_at": now}), 2
            yield HazardClosed.model_validate(known | {"state": "closed", "closed_at": now}), 3


def _self_check(site: UUID, random: Random) -> Iterator[tuple[Event, int]]:
    if random.random() < 0.3:
        yield self_check(site, last=today() - timedelta(days=random.randrange(30))), 1
