"""What intake says: what other systems have told us, and whom it concerns."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from shared.contracts.event import Event
from shared.contracts.vocabulary import (
    BuildingId,
    Code,
    ExternalEventId,
    ExternalRef,
    FactValue,
    MatchMethod,
    ParkedReason,
    PartyId,
    SiteId,
)


class ExternalCard(BaseModel):
    """What every event about an external event says of it: who said it, under which number, and when it happened."""

    external_event_id: ExternalEventId
    site_id: SiteId | None = None
    party_id: PartyId | None = None
    building_id: BuildingId | None = None
    source: ExternalRef
    external_id: ExternalRef
    kind: Code
    occurred_at: AwareDatetime
    received_at: AwareDatetime


class ExternalEventAccepted(ExternalCard, Event, name="intake.external_event_accepted", aggregate="external_event_id"):
    """外部事件接收: another system has told us something, once."""


class ExternalEventMatched(ExternalCard, Event, name="intake.external_event_matched", aggregate="external_event_id"):
    """外部事件匹配: it concerns this site or party; what it says is given as facts, without persons."""

    method: MatchMethod
    confidence: Annotated[float, Field(ge=0, le=1)]
    facts: dict[Code, FactValue] = {}


class ExternalEventParked(ExternalCard, Event, name="intake.external_event_parked", aggregate="external_event_id"):
    """外部事件待处理: a person must say whom it concerns, or drop it."""

    reason: ParkedReason
    candidates: int = Field(default=0, ge=0)
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
