"""Sites, what is known of them, and how lists and maps show them."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, RootModel, StringConstraints

from services.registry.views.shape import Answer, Area, Filter, GivenPoint, Line, LongLine, Note, Question, ShownPoint
from shared.contracts.vocabulary import Code, ScopeFlag, SiteClosingReason, SiteKind

FactKeyName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,60}$")]


class GivenFact(Question):
    """One answer. ``valid_from`` is today unless said; ``source`` says who found out."""

    value: Any
    qty: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    unit: Line | None = None
    source: Code = "registry"
    verified_by: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None = None
    valid_from: date | None = None
    valid_to: date | None = None


GivenFacts = Annotated[dict[FactKeyName, GivenFact], Field(max_length=200)]


class FactAnswers(RootModel[GivenFacts]):
    """Answers by key."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class NewSite(Question):
    id: UUID | None = None
    kind: SiteKind
    party_id: UUID
    building_id: UUID
    floor: Line | None = None
    room: Line | None = None
    area: Area | None = None
    grid_id: UUID | None = None
    landlord_site_id: UUID | None = None
    name: LongLine | None = None
    point: GivenPoint | None = None
    facts: GivenFacts = Field(default_factory=dict)


class SiteChanges(Question):
    floor: Line | None = None
    room: Line | None = None
    area: Area | None = None
    grid_id: UUID | None = None
    landlord_site_id: UUID | None = None
    name: LongLine | None = None
    point: GivenPoint | None = None
    reason: Code | None = None


class FinalCheck(Question):
    """What was seen when the tenant left."""

    checked_on: date | None = None
    chemicals_removed: bool
    note: Note | None = None
    file_id: UUID | None = None


class SiteClosing(Question):
    """``final_check`` is needed where chemicals were."""

    reason: SiteClosingReason
    closed_on: date | None = None
    successor_site_id: UUID | None = None
    final_check: FinalCheck | None = None


class SiteFilter(Filter):
    """``bbox`` is west,south,east,north in CGCS2000, ``zoom`` that of the map; ``is_open`` is true unless said."""

    q: Annotated[str, StringConstraints(max_length=100)] | None = None
    zoom: Annotated[int, Field(ge=0, le=22)] | None = None
    bbox: Annotated[str, StringConstraints(pattern=r"^-?[\d.]+(,-?[\d.]+){3}$")] | None = None
    grid_id: UUID | None = None
    building_id: UUID | None = None
    compound_id: UUID | None = None
    party_id: UUID | None = None
    landlord_site_id: UUID | None = None
    kind: SiteKind | None = None
    scope: ScopeFlag | None = None
    is_open: bool | None = True
    confirm_overdue: bool = False


class ShownFact(Answer):
    value: Any
    qty: float | None = None
    unit: str | None = None
    source: str
    verified_by: str | None = None
    valid_from: date
    valid_to: date | None = None
    recorded_at: datetime


class SiteView(Answer):
    id: UUID
    version: int
    code: str
    kind: SiteKind
    name: str
    party_id: UUID
    building_id: UUID
    compound_id: UUID
    landlord_site_id: UUID | None = None
    landlord_party_id: UUID | None = None
    grid_id: UUID | None = None
    floor: str | None = None
    room: str | None = None
    area: float | None = None
    point: ShownPoint | None = None
    scope: list[ScopeFlag]
    is_open: bool
    closed_on: date | None = None
    closing_reason: SiteClosingReason | None = None
    confirmed_on: date
    confirm_due: date
    confirm_is_overdue: bool = False
    unanswered: list[str] = Field(default_factory=list)
    facts: dict[str, ShownFact] = Field(default_factory=dict)
    created_at: datetime
    changed_at: datetime


class SiteVersion(Answer):
    version: int
    at: datetime
    by: str
    card: dict[str, Any]


class SiteHistory(Answer):
    items: list[SiteVersion]


class SiteLine(Answer):
    """A site in a list."""

    id: UUID
    version: int
    code: str
    kind: SiteKind
    name: str
    party_id: UUID
    building_id: UUID
    compound_id: UUID
    landlord_site_id: UUID | None = None
    grid_id: UUID | None = None
    floor: str | None = None
    room: str | None = None
    area: float | None = None
    point: ShownPoint | None = None
    is_open: bool


class FactsView(Answer):
    site_id: UUID
    version: int
    facts: dict[str, ShownFact]
    unanswered: list[str]
    changed: list[str] = Field(default_factory=list)
