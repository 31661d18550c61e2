"""Builders of the events that notify hears: a test names only what matters to it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from shared.clock import utc_now
from shared.contracts.event import Envelope, decode, encode
from shared.contracts.grading import GradeChanged
from shared.contracts.inspection import HazardCard, HazardFound
from shared.contracts.registry import ContactChanged, LeaseActivated, OfficerAssigned, SiteRegistered
from shared.contracts.vocabulary import (
    AgreementState,
    ContactRole,
    Duty,
    HazardCategory,
    HazardLevel,
    HazardSource,
    HazardState,
    InherentRisk,
    LeaseState,
    LeaseUse,
    Level,
    ManagementScore,
    OfficerRole,
    Responsible,
    RiskBand,
    RuleRef,
    SiteKind,
)

_SPACE = UUID("0192f3a0-0000-7000-8000-000000000000")


def named(name: str) -> Any:
    """The same identity for the same name."""
    return uuid5(_SPACE, name)


MILL, LANDLORD_SITE = named("mill"), named("landlord's site")
TENANT, LANDLORD = named("tenant"), named("landlord")
BOSS, SAFETY, LANDLORD_BOSS = named("boss"), named("safety officer"), named("landlord's boss")
GRID, OFFICER, BUILDING = named("grid"), named("officer"), named("building")
RULE = RuleRef(rule="default_split", clause="7")


def site(site_id: Any = MILL, **more: Any) -> SiteRegistered:
    """The mill of the tenant, in the landlord's building."""
    plain = {
        "site_id": site_id,
        "code": "YX-0001",
        "kind": SiteKind.TENANT,
        "party_id": TENANT,
        "landlord_site_id": LANDLORD_SITE,
        "building_id": BUILDING,
        "grid_id": GRID,
        "name": "宜兴华强机械厂",
    }
    return SiteRegistered(**plain | more)


def landlord_site(**more: Any) -> SiteRegistered:
    """Where the landlord sits."""
    return site(
        LANDLORD_SITE,
        **{"kind": SiteKind.LANDLORD, "party_id": LANDLORD, "landlord_site_id": None, "name": "环科园2号厂房"} | more,
    )


def contact(contact_id: Any, party_id: Any, role: ContactRole = ContactRole.PRINCIPAL, **more: Any) -> ContactChanged:
    """A way to reach a party."""
    return ContactChanged(contact_id=contact_id, party_id=party_id, role=role, **more)


def officer(
    officer_id: Any = OFFICER, grid_id: Any = GRID, role: OfficerRole = OfficerRole.OFFICER, **more: Any
) -> OfficerAssigned:
    """Who answers for the grid."""
    return OfficerAssigned(**{"grid_id": grid_id, "officer_id": officer_id, "role": role, "from": date(2026, 1, 1)} | more)


def lease(**more: Any) -> LeaseActivated:
    """The tenant rents from the landlord."""
    plain = {
        "lease_id": named("lease"),
        "site_id": MILL,
        "landlord_party_id": LANDLORD,
        "tenant_party_id": TENANT,
        "building_id": BUILDING,
        "rooms": ("101",),
        "area": 300.0,
        "start": date(2026, 1, 1),
        "end": date(2027, 1, 1),
        "use": LeaseUse.PRODUCTION,
        "state": LeaseState.ACTIVE,
        "agreement": AgreementState.SIGNED,
    }
    return LeaseActivated(**plain | more)


def people() -> list[Any]:
    """Everybody around the mill."""
    return [
        landlord_site(),
        site(),
        contact(BOSS, TENANT),
        contact(SAFETY, TENANT, ContactRole.SAFETY_OFFICER),
        contact(LANDLORD_BOSS, LANDLORD),
        officer(),
    ]


def hazard(event: type[HazardCard] = HazardFound, **more: Any) -> Any:
    """A hazard at the mill, for which the tenant answers and which the landlord is to urge."""
    plain = {
        "hazard_id": named("hazard"),
        "number": "0142",
        "site_id": MILL,
        "landlord_site_id": LANDLORD_SITE,
        "grid_id": GRID,
        "item": "LF-21",
        "category": HazardCategory.ELECTRICAL,
        "level": HazardLevel.MEDIUM,
        "source": HazardSource.PATROL,
        "state": HazardState.CONFIRMED,
        "responsible": (
            Responsible(party_id=TENANT, role=Duty.RESPONSIBLE, rule=RULE),
            Responsible(party_id=LANDLORD, role=Duty.URGING, rule=RULE),
        ),
        "found_at": datetime.now(UTC),
        "due": (datetime.now(UTC) + timedelta(days=7)).date(),
    }
    return event(**plain | more)


def grade_changed(**more: Any) -> GradeChanged:
    """The mill turns orange."""
    plain = {
        "site_id": MILL,
        "from": Level.YELLOW,
        "to": Level.ORANGE,
        "inherent": InherentRisk(points=30, band=RiskBand.R3),
        "management": ManagementScore(score=70),
        "policy": "DEFAULT-2026.1",
        "revision": 2,
        "effective_from": date(2026, 11, 23),
    }
    return GradeChanged(**plain | more)


def heard(event: Any, sequence: int = 1) -> Any:
    """The event as a handler gets it."""
    identity = uuid4()
    envelope = Envelope(
        identity, f"/{event.event_name.partition('.')[0]}", event.wire_type(), MILL, utc_now(), identity, None, sequence
    )
    return decode(encode(event, envelope))
