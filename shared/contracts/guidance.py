"""What guidance says: who was taught, certified, drilled and advised, and which handbook holds."""

from datetime import date

from pydantic import AwareDatetime, Field

from shared.contracts.event import Event
from shared.contracts.vocabulary import (
    BuildingId,
    CertificateId,
    CertificateState,
    Code,
    DrillId,
    DrillType,
    GuidanceId,
    HandbookClause,
    HandbookId,
    OfficerId,
    PartyId,
    PersonId,
    Sha256,
    SiteId,
    Title,
    TrainedRole,
    TrainingId,
    VisitId,
)


class TrainingHeld(Event, name="guidance.training_held", aggregate="training_id"):
    """培训举办: a session took place; who passed is said one by one."""

    training_id: TrainingId
    site_id: SiteId | None = Field(default=None, description="none where it was for many sites")
    course: Code
    topic: Title
    teacher_id: OfficerId | None = None
    hours: float = Field(ge=0, allow_inf_nan=False)
    attended: int = Field(ge=0)
    passed: int = Field(ge=0)
    held_on: date


class PersonTrained(Event, name="guidance.person_trained", aggregate="person_id"):
    """培训合格: a person has, or has not, passed; valid until a day."""

    person_id: PersonId
    site_id: SiteId | None = None
    party_id: PartyId
    training_id: TrainingId | None = None
    course: Code
    role: TrainedRole
    passed: bool
    hours: float = Field(ge=0, allow_inf_nan=False)
    trained_on: date
    valid_from: date | None = None
    valid_to: date | None = None


class CertificateChanged(Event, name="guidance.certificate_changed", aggregate="certificate_id"):
    """证书变更: whether a person may do what asks for a certificate, and until when."""

    certificate_id: CertificateId
    person_id: PersonId
    site_id: SiteId | None = None
    party_id: PartyId
    certificate_type: Code
    role: TrainedRole
    state: CertificateState
    required: bool = Field(default=True, description="the work that the person does asks for it")
    valid_from: date | None = None
    valid_to: date | None = None
    days_left: int | None = None


class DrillHeld(Event, name="guidance.drill_held", aggregate="drill_id"):
    """演练举办: people practised; a joint drill is said once for each site that took part, all with one drill."""

    drill_id: DrillId
    site_id: SiteId
    party_id: PartyId | None = None
    building_id: BuildingId | None = None
    drill_type: DrillType
    joint: bool = Field(default=False, description="出租方牵头联合演练")
    principal_present: bool
    people: int = Field(ge=0)
    minutes_to_empty: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    alarm_worked: bool | None = None
    passed: bool
    video: Sha256 | None = None
    held_on: date
    next_due: date | None = None


class GuidanceGiven(Event, name="guidance.guidance_given", aggregate="guidance_id"):
    """指导服务: an engineer has helped a site."""

    guidance_id: GuidanceId
    site_id: SiteId
    party_id: PartyId | None = None
    engineer_id: OfficerId
    topic: Code
    result: Code
    visit_id: VisitId | None = None
    given_at: AwareDatetime


class HandbookPublished(Event, name="guidance.handbook_published", aggregate="handbook_id"):
    """手册发布: a version of the handbook holds from a day; what older notices cite stays as it was."""

    handbook_id: HandbookId
    version: Code
    effective_from: date
    changed: tuple[HandbookClause, ...]
    withdrawn: tuple[Code, ...] = ()
