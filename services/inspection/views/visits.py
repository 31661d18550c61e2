"""A visit as it is reported, and what came of it."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from services.inspection.domain.checklist import Answer, Place
from services.inspection.domain.visit import EndsBeforeItBegins
from services.inspection.views.hazards import FoundView
from services.inspection.views.shape import FileIds, Note, Position, Request, Short, Warned
from shared.contracts.vocabulary import CampaignId, Code, PlaceCheck, SiteId, VisitId, VisitResult, VisitType
from shared.web import Moment


class VisitPerson(Request):
    """Somebody on the visit: an account, and his certificate where he has one; never a name."""

    subject: Short | None = None
    role: Short | None = None
    certificate_no: Short | None = None


class NewAnswer(Request):
    item: Code
    answer: Answer
    place: Place | None = None
    note: Note | None = None
    file_ids: FileIds = ()


class NewVisit(Request):
    id: VisitId | None = None
    site_id: SiteId
    type: VisitType
    campaign_id: CampaignId | None = None
    checklist_version: Code
    started_at: Moment
    finished_at: Moment
    position: Position | None = None
    people: Annotated[tuple[VisitPerson | Short, ...], Field(max_length=50)] = ()
    answers: Annotated[tuple[NewAnswer, ...], Field(max_length=300)] = ()
    result: VisitResult | None = None
    device_time: Moment | None = None
    offline: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.finished_at < self.started_at:
            raise EndsBeforeItBegins(pointer="/finished_at")
        return self

    @property
    def attendants(self) -> list[VisitPerson]:
        """The people, each as an object."""
        return [VisitPerson(subject=person) if isinstance(person, str) else person for person in self.people]


class VisitView(BaseModel):
    id: UUID
    result: VisitResult
    place_check: PlaceCheck
    hazards: list[FoundView]
    warnings: list[Warned]
