"""Builders of the rarer events: major hazards, levels, admissions, campaigns, consultations, complaints."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.contracts.grading import AppealDecided, AppealFiled, GradeWarned
from shared.contracts.guidance import CertificateChanged, DrillHeld, PersonTrained
from shared.contracts.inspection import (
    CampaignClosed,
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
    RectificationSubmitted,
    SelfCheckContradicted,
    SelfCheckMissed,
)
from shared.contracts.registry import AdmissionDecided, SiteFactsChanged
from shared.contracts.vocabulary import (
    AdmissionDecision,
    AppealDecision,
    CertificateState,
    ComplaintChannel,
    ConsultationForm,
    ConsultationTrigger,
    DateRange,
    Department,
    DeterminationBasis,
    DeterminedBy,
    DrillType,
    FactValue,
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
    TrainedRole,
)
from tests.services.notify.builders import GRID, LANDLORD, LANDLORD_SITE, MILL, TENANT, hazard, lease, named

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
TODAY = date(2026, 11, 24)
PERIOD = DateRange(first=date(2026, 11, 1), last=date(2026, 11, 30))
REASON = Reason(rule="management.overdue", points=5, since=TODAY)
BASIS = DeterminationBasis(standard="工贸企业重大事故隐患判定标准", article="3(1)", version="2023")
_MAJOR = {"level": HazardLevel.MAJOR, "state": HazardState.MAJOR_CONFIRMED}


def major(confirmed_at: datetime = NOW) -> Any:
    how = {"basis": BASIS, "determined_by": DeterminedBy.CERTIFIED_PERSON, "approvals": ()}
    return hazard(MajorHazardConfirmed, **_MAJOR, **how, confirmed_at=confirmed_at)


def submitted() -> Any:
    return hazard(RectificationSubmitted, **{**_MAJOR, "state": HazardState.SUBMITTED}, photos=(), submitted_at=NOW)


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


def campaign_closed() -> Any:
    return CampaignClosed(
        campaign_id=named("campaign"),
        name="冬季消防专项行动",
        targets=40,
        visited=0,
        visited_by_grid=(),
        hazards_found=0,
        hazards_open=0,
        closed_on=TODAY,
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


def dues(today: date, ends: date) -> list[Any]:
    """A certificate, a training, a drill, a lease and an insurance that run out on a day."""
    return [
        CertificateChanged(
            certificate_id=named("certificate"),
            person_id=named("welder"),
            site_id=MILL,
            party_id=TENANT,
            certificate_type="welder",
            role=TrainedRole.SPECIAL_OPERATOR,
            state=CertificateState.VALID,
            valid_to=ends,
        ),
        PersonTrained(
            person_id=named("worker"),
            site_id=MILL,
            party_id=TENANT,
            course="basics",
            role=TrainedRole.WORKER,
            passed=True,
            hours=8,
            trained_on=today,
            valid_to=ends,
        ),
        DrillHeld(
            drill_id=named("drill"),
            site_id=MILL,
            party_id=TENANT,
            drill_type=DrillType.FIRE,
            principal_present=True,
            people=20,
            passed=True,
            held_on=today,
            next_due=ends,
        ),
        lease(end=ends),
        SiteFactsChanged(
            site_id=MILL, facts={"safety_insurance": FactValue(value=True, source="self", valid_from=today, valid_to=ends)}
        ),
    ]


def first_lease() -> Any:
    """A lease that has just been let, with a check by the landlord to come."""
    return lease(site_id=MILL)
