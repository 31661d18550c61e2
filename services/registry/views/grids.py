"""Grids, and who answers for them since when."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from services.registry.views.parties import Mobile
from services.registry.views.places import RegionCode
from services.registry.views.shape import Answer, Line, Question
from shared.contracts.vocabulary import OfficerRole

Geometry = Annotated[dict[str, Any], Field(max_length=10, description="A GeoJSON Polygon or MultiPolygon in CGCS2000")]
Account = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class NewGrid(Question):
    id: UUID | None = None
    name: Line
    code: Line | None = None
    region_code: RegionCode | None = None
    area: Geometry | None = None


class GridChanges(Question):
    name: Line | None = None
    code: Line | None = None
    region_code: RegionCode | None = None
    area: Geometry | None = None


class GridAssignment(Question):
    """Sites given to the grid by hand, or an officer who answers for it from a day on."""

    model_config = ConfigDict(populate_by_name=True)

    site_ids: Annotated[list[UUID], Field(max_length=500)] = Field(default_factory=list)
    officer_id: UUID | None = None
    role: OfficerRole = OfficerRole.OFFICER
    from_: date | None = Field(default=None, alias="from")
    to: date | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "GridAssignment":
        if not self.site_ids and self.officer_id is None:
            message = "site_ids 或 officer_id 至少填写一项"
            raise ValueError(message)
        return self


class OfficerEnding(Question):
    to: date | None = None


class NewOfficer(Question):
    """``account_id`` is the subject of the officer's account: with it the ledger decides which grids he sees."""

    id: UUID | None = None
    name: Line
    account_id: Account | None = None
    mobile: Mobile | None = None


class OfficerChanges(Question):
    name: Line | None = None
    account_id: Account | None = None
    mobile: Mobile | None = None


class OfficerView(Answer):
    id: UUID
    version: int
    name: str
    account_id: str | None = None
    mobile: str | None = None


class AssignmentView(Answer):
    id: UUID
    grid_id: UUID
    officer_id: UUID
    officer_name: str
    role: OfficerRole
    from_day: date
    to_day: date | None = None


class GridLine(Answer):
    id: UUID
    version: int
    name: str
    code: str | None = None
    region_code: str | None = None
    has_area: bool


class GridView(GridLine):
    area: Geometry | None = None
    officers: list[AssignmentView]
    sites: int
    created_at: datetime
    changed_at: datetime
