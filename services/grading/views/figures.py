"""Figures over many sites, and the colours of places."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.vocabulary import Level


class SitesWanted(NamedTuple):
    """Which sites a list is to show."""

    level: Level | None
    grid_id: UUID | None
    building_id: UUID | None


class SiteLine(BaseModel):
    site_id: UUID
    name: str | None
    kind: str | None
    level: Level
    since: date | None
    grid_id: UUID | None
    points: float
    score: float
    band: str
    policy: str


class Moved(BaseModel):
    day: date
    from_: Level | None = Field(serialization_alias="from")
    to: Level
    count: int


class GridShare(BaseModel):
    grid_id: UUID | None
    sites: int
    moved: int
    percent: float


class Distribution(BaseModel):
    """How many sites have which level, how they moved, and what looks more like a fault than like the truth."""

    sites: int
    levels: dict[Level, int]
    percent: dict[Level, float]
    moves: list[Moved]
    warnings: list[str]
    moved_grids: list[GridShare]


class OccupantView(BaseModel):
    site_id: UUID
    name: str | None
    kind: str | None
    level: Level
    decisive: bool
    reported_by_landlord: bool


class PlaceView(BaseModel):
    """The colour of a building or a compound: that of its landlord or its worst site."""

    level: Level
    letter: str
    bettered: bool = Field(description="one level better than a red tenant, because the landlord has himself reported it")
    sites: list[OccupantView]
