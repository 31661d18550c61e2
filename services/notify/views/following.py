"""Subscriptions, preferences and desks as they are asked for and shown; an address is shown by its ends only."""

from datetime import datetime, time
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from services.notify.views.notices import Shown
from shared.contracts.vocabulary import Department, HazardLevel, Level, Recipient
from shared.web import SHOWN_ONCE

Channel = Literal["webhook", "email", "sms", "wechat", "wecom"]
Word = Annotated[str, StringConstraints(max_length=100)]
Secret = Annotated[str, StringConstraints(min_length=16, max_length=200)]


class FilterView(BaseModel):
    """What is followed; a list that is empty lets everything pass."""

    events: list[Word] = Field(min_length=1, max_length=100, description="inspection.hazard_found, or HazardFound")
    levels: list[Level | HazardLevel] = Field(default=[], max_length=10)
    grids: list[UUID] = Field(default=[], max_length=500)
    sites: list[UUID] = Field(default=[], max_length=500)


class NewSubscription(BaseModel):
    """Somebody outside wants to hear. ``purpose`` ``group`` is a chat group of officers, told by the rule book."""

    id: UUID | None = None
    filter: FilterView
    channel: Channel
    address: Annotated[str, StringConstraints(min_length=5, max_length=2000)]
    secret: Secret | None = Field(default=None, description="webhooks: signs every call; one is made where none is given")
    purpose: Literal["events", "group"] = "events"
    language: Literal["zh-CN", "en"] = "zh-CN"

    @model_validator(mode="after")
    def is_a_robot(self) -> Self:
        """A group is reached through its robot."""
        if self.purpose == "group" and self.channel != "wecom":
            message = "a group is reached through its wecom robot"
            raise ValueError(message)
        return self


class SubscriptionView(Shown):
    """A subscription; its secret is shown once, when it is made or changed."""

    id: UUID
    version: int
    purpose: str
    channel: str
    address: str = Field(description="its ends only")
    filter: FilterView
    language: str
    active: bool
    failures: int
    failing_since: datetime | None = None
    paused_reason: str | None = None
    created_at: datetime
    secret: Annotated[str | None, SHOWN_ONCE] = None


class Tested(BaseModel):
    """A test was sent; what came of it is read at the notice."""

    notice_id: UUID


class Delivery(Shown):
    """One event on its way to a subscriber."""

    notice_id: UUID
    event_id: UUID | None = None
    event: str
    state: str
    reason: str | None = None
    attempts: int
    planned_at: datetime
    accepted_at: datetime | None = None


class PreferenceView(BaseModel):
    """What a party chooses among what the law leaves free; quiet hours may be longer than the common ones, never shorter."""

    channels: list[Literal["mini_program", "sms", "wechat", "email", "in_app"]] = Field(default=[], max_length=5)
    quiet_from: time | None = None
    quiet_to: time | None = None
    language: Literal["zh-CN", "en"] = "zh-CN"
    off: list[Word] = Field(default=[], max_length=50, description="kinds that are not told any more")
    version: int = 0
    free: list[str] = Field(default=[], description="the kinds that may be turned off")


class DeskView(BaseModel):
    """A post on duty: who stands for a recipient, for one grid or for all, for one department or for none in particular."""

    recipient: Recipient
    officer_id: UUID
    grid_id: UUID | None = None
    department: Department | None = None


class Desks(BaseModel):
    """All desks; putting them replaces them."""

    desks: list[DeskView] = Field(max_length=2000)
