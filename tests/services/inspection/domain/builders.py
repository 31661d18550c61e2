"""Builders of the domain's values: a test names only what matters to it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.inspection.domain.conduct import Capacity
from services.inspection.domain.finding import Finding, Occasion, Scene, find
from services.inspection.domain.hazard import Hazard
from services.inspection.domain.lifecycle import Standing
from services.inspection.domain.responsibility import Tenancy
from services.inspection.domain.visit import Sight
from services.inspection.rulebook import rulebook
from shared.contracts.vocabulary import HazardId, HazardLevel, HazardSource, PartyId, Role, SiteId, SiteKind
from shared.identifiers import new_id

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Ten in the morning in Asia/Shanghai, on a working Monday."""
WORKED = rulebook().worked
TENANT, LANDLORD, MANAGER = PartyId(new_id()), PartyId(new_id()), PartyId(new_id())


@dataclass(frozen=True)
class Person:
    """An actor."""

    subject: str = "somebody"
    roles: frozenset[str] = frozenset({"bureau"})
    parties: frozenset[UUID] = frozenset()
    certificate_no: str | None = None


@dataclass(frozen=True)
class Case:
    """Where a hazard is found, and how."""

    item: str = "LF-21"
    kind: SiteKind = SiteKind.TENANT
    landlord: PartyId | None = LANDLORD
    manager: PartyId | None = None
    confirms: HazardLevel | None = HazardLevel.MEDIUM
    orders: bool = False
    finding: dict[str, Any] = field(default_factory=dict)


def tenancy(kind: SiteKind = SiteKind.TENANT, landlord: PartyId | None = LANDLORD, manager: PartyId | None = None) -> Tenancy:
    return Tenancy(kind, TENANT, landlord, manager)


def found(case: Case | None = None, at: datetime = MONDAY, **finding: Any) -> Hazard:
    """A hazard as it is when it was just found; medium, confirmed, the tenant's, unless said otherwise."""
    case = case or Case()
    rules = rulebook()
    item = rules.checklist.by_code[finding.pop("item", case.item)]
    scene = Scene(SiteId(new_id()), tenancy(case.kind, case.landlord, case.manager))
    sight = Sight(source=HazardSource.PATROL, confirms=case.confirms, orders=case.orders)
    occasion = Occasion(sight, at, at, rules.checklist.version)
    category = rules.checklist.categories[item.category]
    thing = Finding(HazardId(new_id()), "2026-0001", item, category, **{**case.finding, **finding})
    return find(thing, scene, occasion, rules.finding).hazard


def tenant(at: datetime = MONDAY, subject: str = "tenant") -> Capacity:
    return Capacity(subject, at, Standing.RESPONSIBLE, Role.TENANT, TENANT)


def landlord(at: datetime = MONDAY, subject: str = "landlord") -> Capacity:
    return Capacity(subject, at, Standing.URGING, Role.LANDLORD, LANDLORD)


def officer(subject: str = "officer", at: datetime = MONDAY, role: Role = Role.BUREAU, *, certified: bool = False) -> Capacity:
    return Capacity(subject, at, Standing.OFFICER, role, None, certified)


def department(at: datetime = MONDAY, subject: str = "department") -> Capacity:
    return Capacity(subject, at, Standing.DEPARTMENT, Role.DEPARTMENT)


def later(**duration: float) -> datetime:
    return MONDAY + timedelta(**duration)
