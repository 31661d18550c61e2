"""What services may say of one site, for Hypothesis: any story, in any order that the wire may make of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from services.grading.domain.registers import Write
from services.grading.domain.translation import writes_of
from shared.contracts.event import Envelope, Event
from shared.contracts.guidance import CertificateChanged
from shared.contracts.inspection import (
    ComplaintDecided,
    HazardAcknowledged,
    HazardClosed,
    HazardFound,
    HazardReopened,
    RectificationSubmitted,
    SelfCheckSubmitted,
    VisitRecorded,
)
from shared.contracts.registry import LeaseChanged, SiteFactsChanged
from shared.contracts.vocabulary import SiteId
from tests.services.grading import builders as usual
from tests.services.grading.builders import MILL, MILLER
from tests.services.grading.domain.days import MONDAY

HAZARDS = [UUID(int=0x0192F300_0000_7000_8000_000000000100 + number) for number in range(3)]
_NOON = datetime.fromordinal(MONDAY).replace(hour=4, tzinfo=UTC)


@dataclass(frozen=True)
class Saying:
    """One event with its envelope, so that saying it again is a repetition."""

    event: Event
    envelope: Envelope

    def writes(self) -> list[Write]:
        return writes_of(self.event, self.envelope)


def said(event: Event, number: int, sequence: int, day: int = MONDAY) -> Saying:
    """An event as heard: ``number`` makes its id, ``sequence`` is its aggregate's version."""
    identity = UUID(int=0x0192F300_0000_7000_9000_000000000000 + number)
    time = datetime.fromordinal(day).replace(hour=4, tzinfo=UTC)
    return Saying(event, Envelope(identity, "/test", event.wire_type(), event.site, time, identity, None, sequence))


def day_near(draw: Any, before: int = 120, after: int = 40) -> Any:
    return (_NOON + timedelta(days=draw(st.integers(-before, after)))).date()


@st.composite
def about_a_hazard(draw: Any) -> Event:
    level = draw(st.sampled_from(["minor", "medium", "serious", "major_candidate", "major"]))
    card = usual.card(
        draw(st.sampled_from(HAZARDS)),
        level=level,
        item=draw(st.sampled_from(["LF-12", "LF-21"])),
        source=draw(st.sampled_from(["patrol", "self_check", "worker", "public"])),
        found_at=_NOON - timedelta(days=draw(st.integers(0, 60))),
        due=day_near(draw, 40, 10),
        repeat_of=draw(st.sampled_from([None, HAZARDS[0]])),
    )
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return HazardFound.model_validate(card | {"state": draw(st.sampled_from(["reported", "confirmed"]))})
    if kind == 1:
        more = {"state": "rectifying", "by_party_id": MILLER, "acknowledged_at": _NOON}
        return HazardAcknowledged.model_validate(card | more)
    if kind == 2:
        more = {"state": "submitted", "photos": (), "submitted_at": _NOON}
        return RectificationSubmitted.model_validate(card | more)
    if kind == 3:
        more = {"state": "closed", "closed_at": _NOON, "overdue_days": draw(st.integers(0, 30))}
        return HazardClosed.model_validate(card | more)
    if kind == 4:
        return HazardReopened.model_validate(card | {"state": "rectifying", "reopened_at": _NOON})
    event: Event = usual.major_hazard_confirmed(
        card["hazard_id"], **{key: card[key] for key in ("item", "source", "found_at", "due")}
    )
    return event


_ANSWERS: dict[str, list[Any]] = {
    "spray": ["none", "solvent", "unknown"],
    "dust": ["none", "wood", "metal"],
    "dust_collector": ["none", "wet"],
    "dust_cleaned_each_shift": [True, False],
    "fire_class_actual": ["a", "c", "d"],
    "building_fire_class_design": ["c", "d"],
    "occupancy_sleeping": [True, False, "unknown"],
    "people_on_site": [12, 45, 130],
    "unlicensed": [True, False],
    "refused_order": [True, False],
    "penalty_on": ["2026-01-05", "2025-03-10"],
    "fatal_accident_on": ["2025-03-20", "2025-11-01"],
    "safety_agreement": ["signed", "unsigned"],
}


@st.composite
def about_facts(draw: Any) -> Event:
    keys = draw(st.lists(st.sampled_from(sorted(_ANSWERS)), min_size=1, max_size=3, unique=True))
    verified = {"verified_by": "officer-1"} if draw(st.booleans()) else {}
    facts = {
        key: usual.answer(draw(st.sampled_from(_ANSWERS[key])), valid_from=day_near(draw, 100, 0), **verified) for key in keys
    }
    removed = (draw(st.sampled_from(sorted(set(_ANSWERS) - set(keys)))),) if draw(st.integers(0, 9)) == 0 else ()
    return SiteFactsChanged(site_id=SiteId(MILL), facts=facts, removed=removed)


@st.composite
def about_visits(draw: Any) -> Event:
    day = day_near(draw, 400, 0)
    visit = dict(usual.visit_recorded(on=datetime(day.year, day.month, day.day, 4, tzinfo=UTC)))
    return VisitRecorded.model_validate(visit | {"result": draw(st.sampled_from(["ok", "hazards", "no_one", "refused"]))})


@st.composite
def about_self_checks(draw: Any) -> Event:
    day = day_near(draw, 400, 0)
    if draw(st.booleans()):
        return usual.self_check_missed(last=day)
    return SelfCheckSubmitted.model_validate(dict(usual.self_check(last=day)) | {"on_time": draw(st.booleans())})


@st.composite
def about_people(draw: Any) -> Event:
    day = day_near(draw)
    if draw(st.booleans()):
        return usual.person_trained(draw(st.sampled_from(["principal", "safety_officer"])), until=day)
    held = {"certificate_id": draw(st.sampled_from(HAZARDS)), "person_id": HAZARDS[0], "site_id": MILL, "party_id": MILLER}
    state = {"state": draw(st.sampled_from(["valid", "expired", "missing"])), "valid_to": draw(st.sampled_from([None, day]))}
    return CertificateChanged.model_validate(held | state | {"certificate_type": "welder", "role": "special_operator"})


@st.composite
def about_other_conduct(draw: Any) -> Event:
    day = day_near(draw, 400, 0)
    if draw(st.booleans()):
        return usual.drill_held(day)
    founded = {"founded": draw(st.booleans()), "decided_on": day}
    return ComplaintDecided.model_validate({"complaint_id": HAZARDS[0], "site_id": MILL, "channel": "code"} | founded)


@st.composite
def about_a_lease(draw: Any) -> Event:
    usual_lease = usual.lease_activated(
        lease_id=HAZARDS[0],
        state=draw(st.sampled_from(["active", "expiring", "expired"])),
        agreement=draw(st.sampled_from(["signed", "missing"])),
        end=day_near(draw, 60, 60),
    )
    return LeaseChanged.model_validate(dict(usual_lease) | {"changed": ("agreement",)})


anything = st.one_of(
    about_a_hazard(),
    about_a_hazard(),
    about_facts(),
    about_visits(),
    about_self_checks(),
    about_people(),
    about_other_conduct(),
    about_a_lease(),
)


@st.composite
def stories(draw: Any, longest: int = 8) -> list[Saying]:
    """A registration and what was said after it, each thing with versions that never fall, in the order in which it was said."""
    events: list[Event] = [usual.site_registered(known=draw(st.sampled_from([usual.HARMLESS, usual.RISKY, {}])))]
    events += draw(st.lists(anything, max_size=longest))
    versions: dict[tuple[str, Any], int] = {}
    sayings = []
    for number, event in enumerate(events):
        aggregate = (event.aggregate, getattr(event, event.aggregate))
        versions[aggregate] = versions.get(aggregate, 0) + draw(st.sampled_from([0, 1, 1, 2]))
        sayings.append(said(event, number, versions[aggregate]))
    return sayings


@st.composite
def rearranged(draw: Any, sayings: list[Saying]) -> list[list[Saying]]:
    """The same sayings in any order, some of them again, in batches of any size."""
    again = draw(st.lists(st.sampled_from(sayings), max_size=4))
    shuffled = draw(st.permutations(sayings + again))
    cuts = sorted(draw(st.lists(st.integers(0, len(shuffled)), max_size=5)))
    edges = [0, *cuts, len(shuffled)]
    return [shuffled[start:end] for start, end in pairwise(edges) if start < end]
