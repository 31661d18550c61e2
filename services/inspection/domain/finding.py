"""From a failed item to a hazard: its level, who answers for it, until when, and whether it is there again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from services.inspection.domain.checklist import Item, Place
from services.inspection.domain.deadline import Deadlines, Due, MoveDays
from services.inspection.domain.hazard import Hazard, Outcome, Progress
from services.inspection.domain.responsibility import Responsibilities, Tenancy
from services.inspection.domain.visit import Sight
from shared.contracts.inspection import HazardCard, HazardFound
from shared.contracts.vocabulary import (
    BuildingId,
    CampaignId,
    GridId,
    HazardCategory,
    HazardId,
    HazardLevel,
    HazardState,
    RuleRef,
    Sha256,
    SiteId,
    VisitId,
)
from shared.geo import Point


@dataclass(frozen=True, slots=True)
class Scene:
    """A site as it is known here: where it is, who stands where about it, and what is known of it."""

    site_id: SiteId
    tenancy: Tenancy
    landlord_site_id: SiteId | None = None
    building_id: BuildingId | None = None
    grid_id: GridId | None = None
    point: Point | None = None
    closed_on: date | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Occasion:
    """How and when it was seen, and what that is worth."""

    sight: Sight
    found_at: datetime
    now: datetime
    checklist_version: str
    visit_id: VisitId | None = None
    campaign_id: CampaignId | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be; ``level`` where somebody says another than the item's own."""

    hazard_id: HazardId
    number: str
    item: Item
    category: HazardCategory
    place: Place | None = None
    level: HazardLevel | None = None
    photos: tuple[Sha256, ...] = ()
    repeat_of: HazardId | None = None


@dataclass(frozen=True, slots=True)
class FindingRules:
    """The data that decide about a finding."""

    responsibilities: Responsibilities
    deadlines: Deadlines
    move: MoveDays


def find(finding: Finding, scene: Scene, occasion: Occasion, rules: FindingRules) -> Outcome:
    """The hazard at its first version, and that it was found."""
    level = finding.level or finding.item.level
    name = rules.deadlines.class_of(level, finding.item.days)
    confirmed = occasion.sight.is_confirmed(level)
    hazard = Hazard(
        card=_card(finding, scene, occasion, rules, level),
        due_at=occasion.now,
        told_at=occasion.now,
        deadline_class=name,
        ordered=occasion.sight.orders,
        progress=Progress(confirmed_at=occasion.now if confirmed else None),
    ).with_due(_due(finding.item, name, occasion, rules))
    return Outcome(hazard, (_found(hazard, finding, occasion),))


def _due(item: Item, name: str, occasion: Occasion, rules: FindingRules) -> Due:
    orders = occasion.sight.orders
    return rules.deadlines.due(occasion.now, name, rules.move, days=item.days, in_working_days=orders)


def _card(finding: Finding, scene: Scene, occasion: Occasion, rules: FindingRules, level: HazardLevel) -> HazardCard:
    place = finding.item.place_of(finding.place)
    return HazardCard(
        hazard_id=finding.hazard_id,
        number=finding.number,
        site_id=scene.site_id,
        landlord_site_id=scene.landlord_site_id,
        building_id=scene.building_id,
        grid_id=scene.grid_id,
        item=finding.item.code,
        category=finding.category,
        level=level,
        source=occasion.sight.source,
        state=_first_state(level, occasion.sight),
        shared_part=place is Place.SHARED,
        immediate=finding.item.immediate,
        responsible=rules.responsibilities.parties(finding.item, place, scene.tenancy),
        found_at=occasion.found_at,
        due=occasion.now.date(),
        repeat_of=finding.repeat_of,
    )


def _first_state(level: HazardLevel, sight: Sight) -> HazardState:
    if level is HazardLevel.MAJOR_CANDIDATE:
        return HazardState.MAJOR_CANDIDATE
    return HazardState.CONFIRMED if sight.is_confirmed(level) else HazardState.REPORTED


def _found(hazard: Hazard, finding: Finding, occasion: Occasion) -> HazardFound:
    clause = finding.item.clause
    return HazardFound(
        **dict(hazard.card),
        clause=RuleRef(rule=f"handbook.{clause}", clause=clause) if clause else None,
        clause_version=occasion.checklist_version,
        visit_id=occasion.visit_id,
        campaign_id=occasion.campaign_id,
        photos=finding.photos,
    )
