"""What inspection says of visits and of the campaigns that send people out."""

from datetime import date

from pydantic import AwareDatetime, Field

from shared.contracts.event import Event
from shared.contracts.vocabulary import (
    BuildingId,
    CampaignId,
    Code,
    GridCount,
    GridId,
    HazardId,
    PartyId,
    PlaceCheck,
    SiteId,
    TargetState,
    Title,
    VisitId,
    VisitResult,
    VisitType,
)


class CampaignOpened(Event, name="inspection.campaign_opened", aggregate="campaign_id"):
    """专项行动启动: everything in scope is to be visited; the counts are frozen at the start."""

    campaign_id: CampaignId
    name: Title
    basis: Title | None = Field(default=None, description="the document that orders it")
    checklist_version: Code
    starts: date
    ends: date
    targets: int = Field(ge=0)
    targets_by_grid: tuple[GridCount, ...]


class CampaignTargetVisited(Event, name="inspection.campaign_target_visited", aggregate="campaign_id"):
    """排查到位: one target was visited, or found that was not in the ledger."""

    campaign_id: CampaignId
    site_id: SiteId | None = Field(default=None, description="none where the place is not in the ledger yet")
    grid_id: GridId | None = None
    visit_id: VisitId
    state: TargetState
    visited: int = Field(ge=0, description="targets visited so far")
    targets: int = Field(ge=0, description="targets, additions included")


class CampaignClosed(Event, name="inspection.campaign_closed", aggregate="campaign_id"):
    """专项行动结束: what was reached of what was in scope."""

    campaign_id: CampaignId
    name: Title
    targets: int = Field(ge=0)
    visited: int = Field(ge=0)
    visited_by_grid: tuple[GridCount, ...]
    hazards_found: int = Field(ge=0)
    hazards_open: int = Field(ge=0)
    closed_on: date


class VisitRecorded(Event, name="inspection.visit_recorded", aggregate="visit_id"):
    """到场记录: somebody was there, in which capacity, what was looked at and what failed."""

    visit_id: VisitId
    site_id: SiteId
    landlord_site_id: SiteId | None = None
    building_id: BuildingId | None = None
    grid_id: GridId | None = None
    party_id: PartyId | None = None
    visit_type: VisitType
    result: VisitResult
    campaign_id: CampaignId | None = None
    checklist_version: Code
    asked: tuple[Code, ...] = Field(description="the items that were answered with yes or no")
    failed: tuple[Code, ...]
    hazards: tuple[HazardId, ...] = ()
    place_check: PlaceCheck
    counts_to_cap: bool = Field(default=False, description="计入年度检查上限: only an administrative inspection may")
    offline: bool = False
    started_at: AwareDatetime
    finished_at: AwareDatetime
