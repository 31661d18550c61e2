"""Leases, and what the admission gate asks and hears about them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from services.registry.domain.admission import AdmissionState, Verdict
from services.registry.domain.duty import DutyHolder
from services.registry.domain.lease import ChangeKind, DocumentKind, ReviewResult
from services.registry.views.shape import Answer, Filter, Line, Note, Question
from services.registry.views.sites import FinalCheck, GivenFacts
from shared.contracts.vocabulary import (
    AgreementState,
    CheckResult,
    FireClass,
    LeaseEndReason,
    LeaseState,
    LeaseUse,
)

Rooms = Annotated[list[Line], Field(max_length=200)]
SquareMetres = Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False)]
Rent = Annotated[Decimal, Field(ge=0, le=100_000_000, decimal_places=2)]
Conditions = Annotated[list[Note], Field(max_length=50)]
Asked = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{1,40}$")]


class SignedAgreement(Question):
    """The safety agreement of both sides; without ``until`` it holds as long as the lease."""

    signed_on: date
    file_id: UUID | None = None
    until: date | None = None
    model: Line | None = None


class NewLease(Question):
    """``rooms`` as people write them: 3F, 3F-301, 301, * for the whole building. ``existing`` registers what is already let."""

    id: UUID | None = None
    landlord_party_id: UUID
    tenant_party_id: UUID
    building_id: UUID
    parent_lease_id: UUID | None = None
    rooms: Rooms = Field(default_factory=list)
    area: SquareMetres = 0
    start: date
    end: date
    use: LeaseUse = LeaseUse.PRODUCTION
    fire_class_declared: FireClass = FireClass.UNKNOWN
    dormitory_declared: bool | None = None
    facts_declared: GivenFacts = Field(default_factory=dict)
    duties: dict[Asked, DutyHolder] = Field(default_factory=dict)
    sublet_consent_on: date | None = None
    rent_monthly: Rent | None = None
    outline: dict[str, Any] | None = None
    agreement: SignedAgreement | None = None
    existing: bool = False


class LeaseChanges(Question):
    """A draft may still change; a lease in force changes through a change request."""

    rooms: Rooms | None = None
    area: SquareMetres | None = None
    start: date | None = None
    end: date | None = None
    use: LeaseUse | None = None
    fire_class_declared: FireClass | None = None
    dormitory_declared: bool | None = None
    facts_declared: GivenFacts | None = None
    duties: dict[Asked, DutyHolder] | None = None
    sublet_consent_on: date | None = None
    rent_monthly: Rent | None = None
    outline: dict[str, Any] | None = None


class ChangeRequest(Question):
    """A change of process, class, area, person or subletting while the lease runs: a short review."""

    kind: ChangeKind
    rooms: Rooms | None = None
    area: SquareMetres | None = None
    end: date | None = None
    use: LeaseUse | None = None
    fire_class_declared: FireClass | None = None
    dormitory_declared: bool | None = None
    facts_declared: GivenFacts | None = None
    note: Note | None = None


class NewOpinion(Question):
    """联合会审意见 of one department. Whoever approves with conditions, or rejects, says which or why."""

    department: Asked
    verdict: Verdict
    conditions: Conditions = Field(default_factory=list)
    file_id: UUID | None = None


class ConditionMet(Question):
    """A file or a note is the proof."""

    met_on: date | None = None
    file_id: UUID | None = None
    note: Note | None = None


class NewDocument(Question):
    """A document of the lease; of each kind the newest version counts. ``result`` is what a review or hand-over found."""

    kind: DocumentKind
    file_id: UUID | None = None
    dated: date | None = None
    until: date | None = None
    model: Line | None = None
    number: Line | None = None
    result: ReviewResult | None = None
    note: Note | None = None


class LeaseEnding(Question):
    reason: LeaseEndReason = LeaseEndReason.TERMINATED
    ended_on: date | None = None
    final_check: FinalCheck | None = None
    note: Note | None = None


class Withdrawal(Question):
    reason: Note | None = None


class Activation(Question):
    """``moved_in_on`` is the day of the hand-over check."""

    moved_in_on: date | None = None
    floor: Line | None = None
    room: Line | None = None


class CheckView(Answer):
    """One automatic check, with the clause it stands on and its reason in words."""

    rule: str
    clause: str
    clause_title: str
    result: CheckResult
    reason: str
    rulebook: str


class OpinionView(Answer):
    department: str
    name: str
    step: AdmissionState
    due: date | None = None
    is_overdue: bool = False
    verdict: Verdict | None = None
    conditions: list[str] = Field(default_factory=list)
    file_id: UUID | None = None
    given_at: datetime | None = None


class ConditionView(Answer):
    id: UUID
    department: str
    condition: str
    met_on: date | None = None
    file_id: UUID | None = None


class StepView(Answer):
    step: AdmissionState
    state: LeaseState
    by: str
    note: str | None = None
    taken_at: datetime


class DocumentView(Answer):
    id: UUID
    kind: DocumentKind
    version: int
    file_id: UUID | None = None
    dated: date | None = None
    model: str | None = None
    result: ReviewResult | None = None
    note: str | None = None
    filed_at: datetime


class ChangeView(Answer):
    id: UUID
    kind: ChangeKind
    changes: dict[str, Any]
    state: str
    asked_at: datetime
    decided_at: datetime | None = None


class LeaseLine(Answer):
    """A lease in a list, or in a chain."""

    id: UUID
    version: int
    landlord_party_id: UUID
    tenant_party_id: UUID
    parent_lease_id: UUID | None = None
    depth: int
    building_id: UUID
    site_id: UUID | None = None
    rooms: list[str]
    area: float
    start: date
    end: date
    use: LeaseUse
    fire_class_declared: FireClass
    state: LeaseState
    step: AdmissionState
    agreement: AgreementState
    due: date | None = None


class Chain(Answer):
    """``up`` begins with the lease just above; ``down`` has everything sublet below."""

    up: list[LeaseLine]
    down: list[LeaseLine]


class LeaseView(LeaseLine):
    """``outcome`` is the wording of the joint review, which is no licence. The rent is for both parties and the bureau.

    ``moved_in_on`` is the day of the newest hand-over check.
    """

    landlord_site_id: UUID | None = None
    existing: bool
    dormitory_declared: bool | None = None
    facts_declared: dict[str, Any]
    duties: dict[str, DutyHolder]
    sublet_consent_on: date | None = None
    agreement_signed_on: date | None = None
    agreement_until: date | None = None
    filing_no: str | None = None
    filed_on: date | None = None
    rent_monthly: float | None = None
    outline: dict[str, Any] | None = None
    moved_in_on: date | None = None
    ended_on: date | None = None
    end_reason: LeaseEndReason | None = None
    outcome: str | None = None
    checks: list[CheckView]
    opinions: list[OpinionView]
    conditions: list[ConditionView]
    documents: list[DocumentView]
    steps: list[StepView]
    change: ChangeView | None = None
    chain: Chain
    created_at: datetime
    changed_at: datetime


class AgreementWords(Answer):
    """What fills the blanks of the model agreement, and the file's name."""

    words: dict[str, Any]
    name: str


class LeaseFilter(Filter):
    """``overdue``: the review, or a department's answer in it, is late; ``waiting_for``: a department that is still asked."""

    landlord_party_id: UUID | None = None
    tenant_party_id: UUID | None = None
    building_id: UUID | None = None
    parent_lease_id: UUID | None = None
    site_id: UUID | None = None
    state: LeaseState | None = None
    step: AdmissionState | None = None
    waiting_for: Asked | None = None
    overdue: bool = False
