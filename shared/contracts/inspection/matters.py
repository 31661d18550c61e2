"""What inspection says of matters that others bring: complaints, and consultations of several departments."""

from datetime import date

from pydantic import AwareDatetime, BaseModel, Field

from shared.contracts.event import Event
from shared.contracts.vocabulary import (
    ComplaintChannel,
    ComplaintId,
    ConsultationForm,
    ConsultationId,
    ConsultationTrigger,
    Department,
    GridId,
    HazardCategory,
    HazardId,
    Measure,
    PartyId,
    SiteId,
    VisitId,
)


class ComplaintCard(BaseModel):
    """What every event about a complaint says of it; who complained stays sealed."""

    complaint_id: ComplaintId
    site_id: SiteId | None = Field(default=None, description="none while nobody knows which site is meant")
    grid_id: GridId | None = None
    channel: ComplaintChannel
    category: HazardCategory | None = None


class ComplaintReceived(ComplaintCard, Event, name="inspection.complaint_received", aggregate="complaint_id"):
    """受理投诉: somebody says that something is dangerous; it is to be looked at in time."""

    received_at: AwareDatetime
    due: AwareDatetime


class ComplaintDecided(ComplaintCard, Event, name="inspection.complaint_decided", aggregate="complaint_id"):
    """投诉办结: what was found of it."""

    founded: bool = Field(description="属实")
    hazards: tuple[HazardId, ...] = ()
    visit_id: VisitId | None = None
    decided_on: date


class ConsultationCard(BaseModel):
    """What every event about a joint consultation says of it."""

    consultation_id: ConsultationId
    site_id: SiteId
    party_id: PartyId | None = None
    form: ConsultationForm
    departments: tuple[Department, ...]


class ConsultationOpened(ConsultationCard, Event, name="inspection.consultation_opened", aggregate="consultation_id"):
    """启动联合会诊: several departments will look at one site together."""

    trigger: ConsultationTrigger
    scheduled_on: date | None = None
    hazards: tuple[HazardId, ...] = ()


class ConsultationConcluded(ConsultationCard, Event, name="inspection.consultation_concluded", aggregate="consultation_id"):
    """会诊结论: one opinion, with who does what until when."""

    measures: tuple[Measure, ...]
    concluded_on: date
