"""Policies, their rehearsal and their activation."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.grading.views.matters import ApprovalGiven
from shared.contracts.vocabulary import Level


class PolicyView(BaseModel):
    id: str
    name: str
    state: str
    digest: str
    created_at: datetime
    activations: list["ActivationView"] = []


class ActivationView(BaseModel):
    effective_from: date
    activated_at: datetime
    graded: int
    total: int | None
    finished_at: datetime | None
    due: bool = Field(default=True, description="its day has come: sites are graded anew, or have been")


class PolicyText(PolicyView):
    document: str


class Rehearse(BaseModel):
    model_config = ConfigDict(extra="forbid")

    days: int = Field(default=90, ge=0, le=366, description="over the facts of so many days")


class Move(BaseModel):
    from_: Level | None = Field(serialization_alias="from")
    to: Level
    count: int


class MovedSite(BaseModel):
    site_id: UUID
    name: str | None
    grid_id: UUID | None
    from_: Level | None = Field(serialization_alias="from")
    to: Level
    coming: Level | None = Field(default=None, description="a further drop that would be announced")


class MovedGrid(BaseModel):
    grid_id: UUID | None
    sites: int
    moved: int
    percent: float


class Rehearsal(BaseModel):
    """Who would stand elsewhere today had the draft graded over the last days, and how much would have been said."""

    id: UUID | None = None
    policy: str
    compared_with: str
    days: int
    state: str
    done: int
    total: int
    levels: dict[Level, int]
    moves: list[Move]
    sites: list[MovedSite]
    more_sites: int = Field(default=0, description="moved sites that are counted but not listed")
    grids: list[MovedGrid]
    messages: int = Field(description="changes of level and announced drops in these days under the draft")
    messages_before: int = Field(description="the same under the policy that graded")
    warnings: list[str]


class Activate(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: date = Field(alias="from")
    approvals: list[ApprovalGiven] = Field(default=[], max_length=5)


class PolicyChecked(BaseModel):
    """The answer to a draft: it is sound, and what it contains."""

    id: str
    name: str
    state: str
    digest: str
    rules: int
    vetoes: int
    summary: dict[str, Any]
