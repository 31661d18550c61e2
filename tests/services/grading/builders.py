"""Events as other services would say them; a test names only what matters to it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.clock import shanghai_date, utc_now
from shared.contracts.guidance import DrillHeld, PersonTrained
from shared.contracts.inspection import (
    AlarmTested,
    HazardClosed,
    HazardFound,
    LandlordCheckRecorded,
    MajorHazardConfirmed,
    SelfCheckMissed,
    SelfCheckSubmitted,
    VisitRecorded,
)
from shared.contracts.notify import ContactUnreachable
from shared.contracts.registry import LeaseActivated, SiteClosed, SiteFactsChanged, SiteRegistered
from shared.contracts.vocabulary import FactValue, SiteId
from shared.identifiers import new_id

MILL = UUID("0192f300-0000-7000-8000-000000000001")
"""A tenant's site."""
MILLER = UUID("0192f300-0000-7000-8000-0000000000a1")
"""The party that operates it."""
OWNER_SITE = UUID("0192f300-0000-7000-8000-000000000002")
OWNER = UUID("0192f300-0000-7000-8000-0000000000a2")
BUILDING = UUID("0192f300-0000-7000-8000-0000000000b1")
GRID = UUID("0192f300-0000-7000-8000-0000000000c1")

HARMLESS = {
    "fire_class_actual": "d",
    "hazchem": False,
    "dust": "none",
    "confined_space": False,
    "spray": "none",
    "molten_metal": False,
    "ammonia": "none",
    "lithium": ("none",),
    "hot_work": False,
    "occupancy_sleeping": False,
    "mixed_use": False,
    "people_on_site": 12,
    "building_fire_resistance": "2",
    "building_fire_class_design": "a",
}
"""Everything that must be known is known, and none of it is a risk: 0 points, r4."""

RISKY = HARMLESS | {"spray": "solvent", "building_shared_escape": True}
"""15 + 6 = 21 points, r3: blue at a score of 90, yellow below."""


def today() -> date:
    return shanghai_date(utc_now())


def answer(value: Any, **more: Any) -> FactValue:
    """One answer about a site."""
    return FactValue.model_validate({"value": value, "source": "visit", "valid_from": today(), **more})


def facts(**values: Any) -> dict[str, FactValue]:
    return {key: value if isinstance(value, FactValue) else answer(value) for key, value in values.items()}


def site_registered(
    site: UUID = MILL, party: UUID = MILLER, *, known: dict[str, Any] | None = None, **more: Any
) -> SiteRegistered:
    """A tenant's site about which everything harmless is known."""
    card = {"code": "S-0001", "kind": "tenant", "building_id": BUILDING, "grid_id": GRID, "name": "宜兴市第一磨坊"} | more
    return SiteRegistered.model_validate(
        {"site_id": site, "party_id": party, **card, "facts": facts(**(HARMLESS if known is None else known))}
    )


def landlord_registered(site: UUID = OWNER_SITE, party: UUID = OWNER, **more: Any) -> SiteRegistered:
    return site_registered(site, party, **({"kind": "landlord", "code": "S-0002", "name": "宜兴市第一厂区"} | more))


def facts_changed(site: UUID = MILL, *, removed: tuple[str, ...] = (), **values: Any) -> SiteFactsChanged:
    return SiteFactsChanged(site_id=SiteId(site), facts=facts(**values), removed=removed)


def site_closed(site: UUID = MILL, party: UUID = MILLER) -> SiteClosed:
    return SiteClosed.model_validate(
        {"site_id": site, "kind": "tenant", "party_id": party, "reason": "moved_out", "closed_on": today()}
    )


def card(hazard: UUID, **more: Any) -> dict[str, Any]:
    """A medium hazard that a patrol found today at the mill, due in a week."""
    usual = {
        "hazard_id": hazard,
        "number": "0142",
        "site_id": MILL,
        "item": "LF-21",
        "category": "electrical",
        "level": "medium",
        "source": "patrol",
        "state": "confirmed",
        "responsible": [
            {"party_id": more.pop("by", MILLER), "role": "responsible", "rule": {"rule": "responsibility.leased_space"}}
        ],
        "found_at": utc_now(),
        "due": today() + timedelta(days=7),
    }
    return usual | more


def hazard_found(hazard: UUID | None = None, **more: Any) -> HazardFound:
    return HazardFound.model_validate(card(hazard or new_id(), **more))


def hazard_closed(hazard: UUID, **more: Any) -> HazardClosed:
    late = more.pop("overdue_days", 0)
    return HazardClosed.model_validate(
        card(hazard, **({"state": "closed"} | more)) | {"closed_at": utc_now(), "overdue_days": late}
    )


def major_hazard_confirmed(hazard: UUID | None = None, **more: Any) -> MajorHazardConfirmed:
    """Determined by two certified people; a locked exit unless another item is given."""
    major = {"level": "major", "state": "major_confirmed", "item": "LF-12", "category": "evacuation"}
    approvals = [{"by": f"officer-{name}", "role": "enforcer", "at": utc_now()} for name in ("one", "two")]
    basis = {"standard": "GB 35181-2025", "article": "5", "version": "2025"}
    more_said = {"basis": basis, "determined_by": "certified_person", "approvals": approvals, "confirmed_at": utc_now()}
    return MajorHazardConfirmed.model_validate(card(hazard or new_id(), **(major | more)) | more_said)


def visit_recorded(site: UUID = MILL, *, on: datetime | None = None, **more: Any) -> VisitRecorded:
    """A patrol that saw the site and found nothing."""
    at = on or utc_now()
    usual = {
        "visit_id": new_id(),
        "site_id": site,
        "visit_type": "patrol",
        "result": "ok",
        "checklist_version": "LF-2026.1",
        "asked": (),
        "failed": (),
        "place_check": {"verdict": "within", "metres": 12},
        "started_at": at,
        "finished_at": at,
    }
    return VisitRecorded.model_validate(usual | more)


def self_check(site: UUID = MILL, *, last: date, **more: Any) -> SelfCheckSubmitted:
    usual = {
        "self_check_id": new_id(),
        "site_id": site,
        "party_id": MILLER,
        "period": {"first": last - timedelta(days=29), "last": last},
        "due": last,
        "asked": 20,
        "failed": 0,
        "on_time": True,
        "submitted_at": datetime.combine(last, datetime.min.time(), UTC),
    }
    return SelfCheckSubmitted.model_validate(usual | more)


def self_check_missed(site: UUID = MILL, *, last: date) -> SelfCheckMissed:
    period = {"first": last - timedelta(days=29), "last": last}
    return SelfCheckMissed.model_validate(
        {"self_check_id": new_id(), "site_id": site, "party_id": MILLER, "period": period, "due": last}
    )


def alarm_tested(site: UUID = OWNER_SITE, *, at: datetime | None = None, result: str = "working") -> AlarmTested:
    """The alarm of the building rings, or does not; the site is the landlord's."""
    test = {"alarm_test_id": new_id(), "site_id": site, "building_id": BUILDING, "result": result}
    return AlarmTested.model_validate(test | {"tested_at": at or utc_now()})


def landlord_check(
    tenant: UUID = MILL, *, at: datetime | None = None, landlord: UUID = OWNER_SITE, due: date | None = None
) -> LandlordCheckRecorded:
    day = due or today()
    return LandlordCheckRecorded.model_validate(
        {
            "landlord_check_id": new_id(),
            "site_id": tenant,
            "landlord_site_id": landlord,
            "landlord_party_id": OWNER,
            "tenant_party_id": MILLER,
            "period": {"first": day, "last": day},
            "due": day,
            "asked": 10,
            "failed": 0,
            "on_time": True,
            "signed_by_both": True,
            "checked_at": at or utc_now(),
        }
    )


def lease_activated(**more: Any) -> LeaseActivated:
    usual = {
        "lease_id": new_id(),
        "site_id": MILL,
        "landlord_site_id": OWNER_SITE,
        "landlord_party_id": OWNER,
        "tenant_party_id": MILLER,
        "building_id": BUILDING,
        "rooms": ("101",),
        "area": 800,
        "start": today() - timedelta(days=30),
        "end": today() + timedelta(days=700),
        "use": "production",
        "state": "active",
        "agreement": "signed",
    }
    return LeaseActivated.model_validate(usual | more)


def person_trained(role: str = "principal", *, until: date, **more: Any) -> PersonTrained:
    usual = {
        "person_id": new_id(),
        "site_id": MILL,
        "party_id": MILLER,
        "course": "yearly",
        "role": role,
        "passed": True,
        "hours": 12,
        "trained_on": until - timedelta(days=365),
        "valid_to": until,
    }
    return PersonTrained.model_validate(usual | more)


def contact_unreachable(party: UUID = MILLER, **more: Any) -> ContactUnreachable:
    """The principal of a party could be reached on two days by nothing."""
    days = (today() - timedelta(days=1), today())
    usual: dict[str, Any] = {"contact_id": new_id(), "party_id": party, "role": "principal", "tried_on": days}
    return ContactUnreachable.model_validate(usual | more)


def drill_held(on: date, site: UUID = MILL) -> DrillHeld:
    return DrillHeld.model_validate(
        {
            "drill_id": new_id(),
            "site_id": site,
            "drill_type": "evacuation",
            "principal_present": True,
            "people": 30,
            "passed": True,
            "held_on": on,
        }
    )
