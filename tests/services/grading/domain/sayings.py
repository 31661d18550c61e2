"""What services may say of one site, for Hypothesis: any story, in any order that the wire may make of it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
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
    HazardRejected,
    HazardReopened,
    LandlordCheckMissed,
    MajorHazardDelisted,
    RectificationSubmitted,
    SelfCheckContradicted,
    SelfCheckSubmitted,
    VisitRecorded,
)
from shared.contracts.registry import LeaseChanged, SiteFactsChanged
from shared.contracts.vocabulary import SiteId
from tests.services.grading import builders as usual
from tests.services.grading.builders import MILL, MILLER
from tests.services.grading.domain.days import MONDAY, POLICY

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
    identity = event_id(number)
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
        item=draw(st.sampled_from(["LF-12", "LF-08", "LF-07", "LF-28", "LF-21"])),
        source=draw(st.sampled_from(["patrol", "self_check", "worker", "public", "landlord"])),
        found_at=_NOON - timedelta(days=draw(st.integers(0, 60))),
        due=day_near(draw, 40, 10),
        repeat_of=draw(st.sampled_from([None, HAZARDS[0]])),
    )
    event: Event = draw(st.sampled_from(_OF_A_HAZARD))(draw, card)
    return event


def found(draw: Any, card: dict[str, Any]) -> Event:
    return HazardFound.model_validate(card | {"state": draw(st.sampled_from(["reported", "confirmed"]))})


def acknowledged(_draw: Any, card: dict[str, Any]) -> Event:
    return HazardAcknowledged.model_validate(card | {"state": "rectifying", "by_party_id": MILLER, "acknowledged_at": _NOON})


def submitted(_draw: Any, card: dict[str, Any]) -> Event:
    return RectificationSubmitted.model_validate(card | {"state": "submitted", "photos": (), "submitted_at": _NOON})


def closed(draw: Any, card: dict[str, Any]) -> Event:
    late = draw(st.integers(0, 30))
    return HazardClosed.model_validate(card | {"state": "closed", "closed_at": _NOON, "overdue_days": late})


def reopened(_draw: Any, card: dict[str, Any]) -> Event:
    return HazardReopened.model_validate(card | {"state": "rectifying", "reopened_at": _NOON})


def rejected(_draw: Any, card: dict[str, Any]) -> Event:
    return HazardRejected.model_validate(card | {"state": "rejected", "reason": "not_a_hazard"})


def delisted(_draw: Any, card: dict[str, Any]) -> Event:
    approvals = [{"by": f"officer-{name}", "role": "enforcer", "at": _NOON} for name in ("one", "two")]
    more = {"level": "major", "state": "closed", "approvals": approvals, "delisted_on": _NOON.date()}
    return MajorHazardDelisted.model_validate(card | more)


def major(_draw: Any, card: dict[str, Any]) -> Event:
    kept = {key: card[key] for key in ("item", "source", "found_at", "due")}
    event: Event = usual.major_hazard_confirmed(card["hazard_id"], **kept)
    return event


_OF_A_HAZARD = (found, acknowledged, submitted, closed, reopened, rejected, delisted, major)


_ANSWERS: dict[str, list[Any]] = {
    "spray": ["none", "solvent", "unknown"],
    "dust": ["none", "wood", "metal"],
    "dust_collector": ["none", "wet"],
    "dust_cleaned_each_shift": [True, False],
    "fire_class_actual": ["a", "c", "d"],
    "building_fire_class_design": ["a", "c", "d"],
    "occupancy_sleeping": [True, False, "unknown"],
    "people_on_site": [12, 45, 130],
    "unlicensed": [True, False],
    "refused_order": [True, False],
    "penalty_on": ["2026-01-05", "2025-03-10"],
    "fatal_accident_on": ["2025-03-20", "2025-11-01"],
    "exit_locked": [True, False],
    "resumed_after_stop": [True, False],
    "forged_evidence": [True, False],
    "agreement_warned_on": ["2026-01-05", "2026-03-01"],
    "accident_on": ["2026-01-20", "2025-03-01"],
    "standardisation": ["none", "level_3", "level_2"],
    "landlord_monitoring": [True, False],
    "principal_unreachable": [True, False],
    "fire_system_tested_on": ["2025-01-10", "2026-02-01"],
    "ledger_confirmed_on": ["2025-10-01", "2026-03-01"],
    "safety_agreement": ["signed", "in_contract", "missing", "expired"],
}


_DECLARED: dict[str, list[Any]] = _ANSWERS | {
    "printing": ["solvent"],
    "combustible_stock_area": [400],
    "hazchem_above_store_limit": [True],
    "hazchem": [True],
    "hazwaste": [True],
    "confined_space": [True],
    "confined_space_toxic": [True],
    "molten_metal": [True],
    "ammonia": ["refrigeration"],
    "lithium": [("packs",)],
    "boiler_pressure_crane_forklift": [True],
    "pp_foam_sponge_textile_paper": ["foam"],
    "building_tenants": [5],
    "building_shared_escape": [True],
    "sublet_depth": [2],
    "floor": [3],
    "building_fire_resistance": ["3", "4"],
    "building_sandwich_panel": ["b2_b3"],
    "building_fire_system_absent": [True],
    "hot_work": [True],
    "occupancy_night_production": [True],
}
_QUANTITIES = [None, 0.5, 5, 12]
_TOGETHER = [
    ["floor", "people_on_site"],
    ["dust", "dust_collector", "dust_cleaned_each_shift"],
    ["fire_class_actual", "building_fire_class_design"],
    ["confined_space", "confined_space_toxic"],
    ["fire_class_actual", "combustible_stock_area"],
    ["molten_metal", "boiler_pressure_crane_forklift", "hot_work"],
    ["agreement_warned_on"],
]
"""Answers that only together, or only with enough of it, make a finding."""


def some_keys(answers: dict[str, list[Any]], most: int) -> st.SearchStrategy[list[str]]:
    together = [keys for keys in _TOGETHER if set(keys) <= set(answers)]
    return st.one_of(
        st.sampled_from(together), st.lists(st.sampled_from(sorted(answers)), min_size=1, max_size=most, unique=True)
    )


@st.composite
def about_what_it_is(draw: Any) -> Event:
    """Anything that the policy declares, with a quantity."""
    keys = draw(some_keys(_DECLARED, 4))
    facts = {
        key: usual.answer(
            draw(st.sampled_from(_DECLARED[key])), qty=draw(st.sampled_from(_QUANTITIES)), valid_from=day_near(draw)
        )
        for key in keys
    }
    return SiteFactsChanged(site_id=SiteId(MILL), facts=facts)


@st.composite
def about_facts(draw: Any) -> Event:
    keys = draw(some_keys(_ANSWERS, 3))
    verified = {"verified_by": "officer-1"} if draw(st.booleans()) else {}
    facts = {
        key: usual.answer(
            draw(st.sampled_from(_ANSWERS[key])),
            qty=draw(st.sampled_from(_QUANTITIES)),
            valid_from=day_near(draw, 100, 0),
            **verified,
        )
        for key in keys
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
def about_a_belied_self_check(draw: Any) -> Event:
    day = day_near(draw, 200, 0)
    check = {
        name: value for name, value in dict(usual.self_check(last=day)).items() if name in SelfCheckContradicted.model_fields
    }
    return SelfCheckContradicted.model_validate(check | {"visit_id": HAZARDS[0], "items": ("LF-21",), "contradicted_on": day})


@st.composite
def about_a_landlords_duties(draw: Any) -> Event:
    """What counts only where the site is a landlord's."""
    day = day_near(draw, 200, 0)
    at = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    kind = draw(st.integers(0, 2))
    if kind == 0:
        return usual.alarm_tested(MILL, at=at, result=draw(st.sampled_from(["working", "not_working", "no_power"])))
    check = usual.landlord_check(draw(st.sampled_from(HAZARDS)), at=at, landlord=MILL, due=day)
    if kind == 1:
        return check
    card = {name: value for name, value in dict(check).items() if name in LandlordCheckMissed.model_fields}
    return LandlordCheckMissed.model_validate(card)


@dataclass(frozen=True)
class Written:
    """What grading writes itself, as if an event had said so: a tenant that was rolled up, a lifted veto."""

    family: str
    name: str
    number: int
    sequence: int
    value: dict[str, Any] | None

    def writes(self) -> list[Write]:
        return [Write(MILL, self.family, self.name, self.sequence, str(event_id(self.number)), self.value)]


def event_id(number: int) -> UUID:
    return UUID(int=0x0192F300_0000_7000_9000_000000000000 + number)


@st.composite
def about_a_tenant(draw: Any) -> Any:
    """A tenant below the site: its level and band, or that it has left."""
    if draw(st.integers(0, 5)) == 0:
        return None
    return {
        "level": draw(st.sampled_from(["blue", "yellow", "orange", "red"])),
        "band": draw(st.sampled_from(["r1", "r2", "r3", "r4"])),
        "overdue": draw(st.sampled_from([0, 0, 150, 900])),
        "since": draw(st.sampled_from(["2025-11-30", "2026-02-20", "2026-03-09"])),
        "check_within": draw(st.sampled_from([[7, 0], [0, 1]])),
    }


@st.composite
def about_a_lease(draw: Any) -> Event:
    usual_lease = usual.lease_activated(
        lease_id=HAZARDS[0],
        state=draw(st.sampled_from(["active", "expiring", "expired"])),
        agreement=draw(st.sampled_from(["signed", "missing", "missing"])),
        end=day_near(draw, 60, 60),
    )
    return LeaseChanged.model_validate(dict(usual_lease) | {"changed": ("agreement",)})


def everything_is_taken_back() -> Event:
    """Nothing is known any more of what was declared."""
    return SiteFactsChanged(site_id=SiteId(MILL), facts={}, removed=tuple(sorted(_DECLARED)))


anything = st.one_of(
    st.builds(everything_is_taken_back),
    about_what_it_is(),
    about_a_belied_self_check(),
    about_a_landlords_duties(),
    about_a_hazard(),
    about_a_hazard(),
    about_facts(),
    about_visits(),
    about_self_checks(),
    about_people(),
    about_other_conduct(),
    about_a_lease(),
)


def what_puts_right() -> list[Event]:
    """Everything is taken back, made good, tested and certified."""
    tested = usual.answer("2026-03-05", valid_from=date(2026, 3, 5))
    held = {"person_id": HAZARDS[0], "site_id": MILL, "party_id": MILLER, "certificate_type": "welder", "state": "valid"}
    return [
        everything_is_taken_back(),
        usual.facts_changed(fire_system_tested_on=tested, ledger_confirmed_on=tested),
        *(usual.self_check(last=date(2026, 3, day)) for day in (1, 8)),
        *(
            CertificateChanged.model_validate(held | {"certificate_id": held_by, "role": "special_operator"})
            for held_by in HAZARDS
        ),
        usual.alarm_tested(MILL, at=_NOON),
    ]


def a_warning() -> Event:
    """The landlord was warned in January about agreements that are not signed."""
    warned = usual.answer("2026-01-05", valid_from=date(2026, 1, 5))
    return SiteFactsChanged(site_id=SiteId(MILL), facts={"agreement_warned_on": warned})


anything_of_a_landlord = st.one_of(anything, about_a_tenant(), about_a_lease(), st.builds(a_warning))


@st.composite
def stories(draw: Any, longest: int = 8) -> list[Any]:
    """A registration and what was said after it, each thing with versions that never fall, in the order in which it was said."""
    kind = draw(st.sampled_from(["tenant", "tenant", "landlord"]))
    known = draw(st.sampled_from([usual.HARMLESS, usual.RISKY, {}]))
    told: list[Any] = [usual.site_registered(known=known, kind=kind)]
    told += draw(st.lists(anything_of_a_landlord if kind == "landlord" else anything, max_size=longest))
    opened = MONDAY - draw(st.sampled_from([0, 0, 100, 400]))
    versions: dict[Any, int] = {}
    sayings: list[Any] = []
    if put_right := draw(st.booleans()):
        told += what_puts_right()
    for number, news in enumerate(told):
        subject = getattr(news, news.aggregate) if isinstance(news, Event) else draw(st.sampled_from(HAZARDS))
        aggregate = (news.aggregate if isinstance(news, Event) else "tenant", subject)
        versions[aggregate] = versions.get(aggregate, 0) + draw(st.sampled_from([0, 1, 1, 2]))
        if isinstance(news, Event):
            sayings.append(said(news, number, versions[aggregate], opened if number == 0 else MONDAY))
        else:
            sayings.append(Written("tenant", str(subject), number, versions[aggregate], news))
    if put_right:
        events = [str(event_id(number)) for number in range(len(told))]
        lifted = [veto.id for veto in POLICY.document.vetoes]
        sayings += [Written("lift", rule, len(told), 1, {"rule": rule, "events": events}) for rule in lifted]
        left = [("tenant", tenant) for tenant in HAZARDS]
        sayings += [Written("tenant", str(key[1]), len(told) + 1, versions.get(key, 0) + 1, None) for key in left]
    return sayings


@st.composite
def rearranged(draw: Any, sayings: list[Any]) -> list[list[Any]]:
    """The same sayings in any order, some of them again, in batches of any size."""
    again = draw(st.lists(st.sampled_from(sayings), max_size=4))
    shuffled = draw(st.permutations(sayings + again))
    cuts = sorted(draw(st.lists(st.integers(0, len(shuffled)), max_size=5)))
    edges = [0, *cuts, len(shuffled)]
    return [shuffled[start:end] for start, end in pairwise(edges) if start < end]
