"""What inspection says while a hazard is found, made known, put right and verified."""

from datetime import date

from pydantic import AwareDatetime, BaseModel, Field

from shared.contracts.event import Event
from shared.contracts.vocabulary import (
    AccountId,
    BuildingId,
    CampaignId,
    Code,
    Department,
    ExtensionReason,
    GridId,
    HazardCategory,
    HazardId,
    HazardLevel,
    HazardRejectionReason,
    HazardSource,
    HazardState,
    PartyId,
    Recipient,
    Responsible,
    ReturnReason,
    RuleRef,
    Sha256,
    SiteId,
    TransferState,
    VisitId,
)


class HazardCard(BaseModel):
    """What every event about a hazard says of it: the whole card as it is after the event.

    Events arrive in any order, so the one with the greatest sequence alone tells where the hazard stands.
    """

    hazard_id: HazardId
    number: Code = Field(description="隐患编号: the short number that people read, such as 0142")
    site_id: SiteId
    landlord_site_id: SiteId | None = None
    building_id: BuildingId | None = None
    grid_id: GridId | None = None
    item: Code = Field(description="检查项: the checklist item, which has a text; never a sentence")
    category: HazardCategory
    level: HazardLevel
    source: HazardSource
    state: HazardState
    shared_part: bool = Field(default=False, description="公共部位: in a part that several parties use")
    immediate: bool = Field(default=False, description="立即整改: to be put right on the spot, at any hour")
    responsible: tuple[Responsible, ...]
    found_at: AwareDatetime
    due: date = Field(description="整改期限: the last day that is in time")
    repeat_of: HazardId | None = Field(default=None, description="the same item at the same site within 180 days")


class HazardFound(HazardCard, Event, name="inspection.hazard_found", aggregate="hazard_id"):
    """发现隐患: something at a site is not as the handbook asks; its level may still rise, never vanish."""

    clause: RuleRef | None = Field(default=None, description="the clause of the handbook")
    clause_version: Code | None = Field(default=None, description="the version of checklist and handbook of that day")
    visit_id: VisitId | None = None
    campaign_id: CampaignId | None = None
    photos: tuple[Sha256, ...] = ()


class HazardConfirmed(HazardCard, Event, name="inspection.hazard_confirmed", aggregate="hazard_id"):
    """确认隐患: level, responsible parties and due date stand."""

    basis: RuleRef | None = None
    automatic: bool = Field(default=False, description="a rule confirmed it, no person")
    confirmed_by: AccountId | None = None


class HazardRejected(HazardCard, Event, name="inspection.hazard_rejected", aggregate="hazard_id"):
    """不予认定: what was reported is not kept as a hazard, and counts for nobody."""

    reason: HazardRejectionReason
    duplicate_of: HazardId | None = None
    rejected_by: AccountId | None = None


class HazardAcknowledged(HazardCard, Event, name="inspection.hazard_acknowledged", aggregate="hazard_id"):
    """签收隐患: a party has seen what it must do; reminders to acknowledge stop."""

    by_party_id: PartyId
    acknowledged_at: AwareDatetime


class LandlordUrged(HazardCard, Event, name="inspection.landlord_urged", aggregate="hazard_id"):
    """出租方督促: the landlord has urged the tenant to put it right."""

    landlord_party_id: PartyId
    urged_at: AwareDatetime


class LandlordReportedRefusal(HazardCard, Event, name="inspection.landlord_reported_refusal", aggregate="hazard_id"):
    """出租方报告拒不整改: the landlord reports that the tenant refuses, and has done his part."""

    landlord_party_id: PartyId
    reported_at: AwareDatetime


class RectificationSubmitted(HazardCard, Event, name="inspection.rectification_submitted", aggregate="hazard_id"):
    """提交整改: the responsible party says that it is put right, and shows it."""

    by_party_id: PartyId | None = None
    round: int = Field(default=1, ge=1, description="how often it was submitted, this time included")
    photos: tuple[Sha256, ...]
    submitted_at: AwareDatetime


class RectificationReturned(HazardCard, Event, name="inspection.rectification_returned", aggregate="hazard_id"):
    """退回整改: the verifier did not find it put right."""

    round: int = Field(default=1, ge=1)
    reason: ReturnReason
    verifier: AccountId | None = None
    returned_at: AwareDatetime


class HazardClosed(HazardCard, Event, name="inspection.hazard_closed", aggregate="hazard_id"):
    """隐患销号: somebody other than who put it right has verified it."""

    verifier: AccountId | None = None
    on_site: bool = False
    photos: tuple[Sha256, ...] = ()
    submitted_at: AwareDatetime | None = None
    closed_at: AwareDatetime
    overdue_days: int = Field(default=0, ge=0, description="calendar days from the due date to the submission that was verified")


class HazardReopened(HazardCard, Event, name="inspection.hazard_reopened", aggregate="hazard_id"):
    """隐患重开: a closed hazard is there again, or never went."""

    reopened_at: AwareDatetime
    visit_id: VisitId | None = None


class ExtensionRequested(HazardCard, Event, name="inspection.extension_requested", aggregate="hazard_id"):
    """申请延期: the responsible party asks for more time."""

    by_party_id: PartyId | None = None
    asked_until: date
    reason: ExtensionReason


class ExtensionDecided(HazardCard, Event, name="inspection.extension_decided", aggregate="hazard_id"):
    """延期审批: ``due`` on the card is the date that holds from now on."""

    granted: bool
    previous_due: date
    decided_by: AccountId | None = None


class HazardTransferred(HazardCard, Event, name="inspection.hazard_transferred", aggregate="hazard_id"):
    """隐患移送: another department's field; its answer comes as the same event with another state."""

    department: Department
    transfer: TransferState
    reason: RuleRef | None = None


class HazardOverdue(HazardCard, Event, name="inspection.hazard_overdue", aggregate="hazard_id"):
    """隐患逾期: the due date has passed and it is not put right."""

    days: int = Field(ge=1, description="calendar days since the due date")


class HazardEscalated(HazardCard, Event, name="inspection.hazard_escalated", aggregate="hazard_id"):
    """升级督办: the next rung of the ladder is reached, and these are to hear of it."""

    rung: int = Field(ge=1, description="1 is the first rung of the ladder")
    days: int = Field(ge=0, description="calendar days since the due date; 0 where no acknowledgement came")
    rule: RuleRef
    recipients: tuple[Recipient, ...]
