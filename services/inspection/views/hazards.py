"""A hazard as it is reported, as it is found, and as it is read."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.inspection.domain.checklist import Place
from services.inspection.views.shape import FileIds, Note, Request, Warned
from shared.contracts.vocabulary import (
    Code,
    HazardCategory,
    HazardId,
    HazardLevel,
    HazardSource,
    HazardState,
    Responsible,
    SiteId,
)


class NewHazard(Request):
    """A hazard without a visit: of a checklist item, or of a category where no item fits."""

    id: HazardId | None = None
    site_id: SiteId
    item: Code | None = None
    category: HazardCategory | None = None
    level: HazardLevel | None = None
    place: Place | None = None
    source: HazardSource | None = None
    note: Note | None = None
    description: Note | None = None
    file_ids: FileIds = ()


class RuleView(BaseModel):
    """The rule that chose who is responsible, with its text."""

    rule: str
    clause: str | None = None
    zh: str
    en: str


class FoundView(BaseModel):
    id: UUID
    number: str
    item: str
    level: HazardLevel
    state: HazardState
    due: date
    responsible: list[Responsible]
    rule: RuleView
    repeat_of: UUID | None = None


class ReportedView(FoundView):
    warnings: list[Warned]


class HazardView(FoundView):
    site_id: UUID
    site_name: str
    site_code: str
    landlord_site_id: UUID | None
    building_id: UUID | None
    grid_id: UUID | None
    visit_id: UUID | None
    title: str
    category: HazardCategory
    source: HazardSource
    shared_part: bool
    immediate: bool
    found_at: datetime
    overdue: bool
    days_late: Annotated[int, Field(ge=0)]
    closed_at: datetime | None
    version: int


class HistoryView(BaseModel):
    version: int
    step: str
    step_zh: str
    state: str
    at: datetime
    actor: str | None
    role: str | None
    party_id: UUID | None
    note: str | None
    details: dict[str, Any]


class HazardDetail(HazardView):
    """One hazard with everything that happened to it."""

    checklist_version: str
    clause: str | None
    note: str | None
    photos: list[str]
    due_certain: bool
    recheck: str
    progress: dict[str, Any]
    possible: list[str]
    history: list[HistoryView]
