"""Builders of the rarer events: major hazards, levels, admissions, campaigns, consultations, complaints."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.contracts.grading import AppealDecided, AppealFiled, GradeWarned
from shared.contracts.inspection import (
    CampaignOpened,
    ComplaintReceived,
    ConsultationOpened,
    HazardClosed,
    HazardEscalated,
    HazardOverdue,
    LandlordCheckMissed,
    LandlordReportedRefusal,
    LandlordUrged,
    MajorHazardConfirmed,
    MajorHazardListed,
    RectificationReturned,
    SelfCheckContradicted,
    SelfCheckMissed,
)
from shared.contracts.registry import AdmissionDecided
from shared.contracts.vocabulary import (
    AdmissionDecision,
    AppealDecision,
    ComplaintChannel,
    ConsultationForm,
    ConsultationTrigger,
    DateRange,
    Department,
    DeterminationBasis,
    DeterminedBy,
    GridCount,
    HazardLevel,
    HazardState,
    LeaseState,
    Level,
    ListingLevel,
    Reason,
    Recipient,
    ReturnReason,
    RuleRef,
)
from tests.services.notify.builders import GRID, LANDLORD, LANDLORD_SITE, MILL, TENANT, hazard, lease, named

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
TODAY = date(2026, 11, 24)
PERIOD = DateRange(first=date(2026, 11, 1), last=date(2026, 11, 30))
REASON = Reason(rule="management.overdue", points=5, since=TODAY)
BASIS = DeterminationBasis(standard="工贸企业重大事故隐患判定标准", article="3(1)", version="2023")
_MAJOR = {"level": HazardLevel.MAJOR, "state": HazardState.MAJOR_CONFIRMED}


def major() -> Any:
    return hazard(
        MajorHazardConfirmed, **_MAJOR, basis=BASIS, determined_by=DeterminedBy.CERTIFIED_PERSON, approvals=(), confirmed_at=NOW
    )


def listed() -> Any:
    listing = {"listing_level": ListingLevel.COUNTY, "document_no": "宜安办〔2026〕1号", "finish_by": TODAY, "listed_on": TODAY}
    return hazard(MajorHazardListed, **{**_MAJOR, "state": HazardState.LISTED}, **listing)


def overdue() -> Any:
    return hazard(HazardOverdue, days=1)


def escalated(*recipients: Recipient) -> Any:
    return hazard(HazardEscalated, rung=1, days=1, rule=RuleRef(rule="ladder"), recipients=recipients)


def returned() -> Any:
    return hazard(RectificationReturned, state=HazardState.RETURNED, reason=ReturnReason.NOT_FIXED, returned_at=NOW)


def closed() -> Any:
    return hazard(HazardClosed, state=HazardState.CLOSED, closed_at=NOW)


def urged() -> Any:
    return hazard(LandlordUrged, landlord_party_id=LANDLORD, urged_at=NOW)


def refusal() -> Any:
    return hazard(LandlordReportedRefusal, landlord_party_id=LANDLORD, reported_at=NOW)


def warned() -> Any:
    facts = {"site_id": MILL, "from": Level.YELLOW, "to": Level.ORANGE, "reasons": (REASON,)}
    return GradeWarned(**facts, policy="DEFAULT-2026.1", revision=2, notice_until=TODAY)


def appeal_filed() -> Any:
    return AppealFiled(
        site_id=MILL, appeal_id=named("appeal"), level=Level.ORANGE, disputed_revision=2, filed_on=TODAY, due=TODAY
    )


def appeal_decided() -> Any:
    return AppealDecided(
        site_id=MILL, appeal_id=named("appeal"), decision=AppealDecision.UPHELD, level=Level.YELLOW, decided_on=TODAY
    )


def self_check_missed() -> Any:
    return SelfCheckMissed(self_check_id=named("check"), site_id=MILL, party_id=TENANT, period=PERIOD, due=PERIOD.last)


def self_check_contradicted() -> Any:
    card = {"self_check_id": named("check"), "site_id": MILL, "party_id": TENANT, "period": PERIOD, "due": PERIOD.last}
    return SelfCheckContradicted(**card, visit_id=named("visit"), items=("LF-12", "LF-13"), contradicted_on=TODAY)


def landlord_check_missed() -> Any:
    return LandlordCheckMissed(
        landlord_check_id=named("check"),
        site_id=MILL,
        landlord_site_id=LANDLORD_SITE,
        landlord_party_id=LANDLORD,
        tenant_party_id=TENANT,
        period=PERIOD,
        due=PERIOD.last,
    )


def admission() -> Any:
    card = lease(state=LeaseState.APPROVED).model_dump()
    return AdmissionDecided(**card, decision=AdmissionDecision.APPROVED_WITH_CONDITIONS, checks=(), decided_on=TODAY)


def campaign(starts: date | None = None) -> Any:
    starts = starts or (datetime.now(UTC) + timedelta(days=10)).date()
    return CampaignOpened(
        campaign_id=named("campaign"),
        name="冬季消防专项行动",
        checklist_version="LF-2026.1",
        starts=starts,
        ends=starts + timedelta(days=20),
        targets=40,
        targets_by_grid=(GridCount(grid_id=GRID, count=40),),
    )


def consultation(scheduled: date | None = None) -> Any:
    return ConsultationOpened(
        consultation_id=named("consultation"),
        site_id=MILL,
        party_id=TENANT,
        form=ConsultationForm.GUIDANCE,
        departments=(Department.FIRE,),
        trigger=ConsultationTrigger.RED_LEVEL,
        scheduled_on=scheduled or (datetime.now(UTC) + timedelta(days=10)).date(),
    )


def complaint(due: datetime | None = None) -> Any:
    received = datetime.now(UTC)
    return ComplaintReceived(
        complaint_id=named("complaint"),
        site_id=MILL,
        grid_id=GRID,
        channel=ComplaintChannel.HOTLINE_12345,
        received_at=received,
        due=due or received + timedelta(days=1),
    )
