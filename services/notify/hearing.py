"""What notify listens to in order to tell somebody: rules may name these events, and so may those who follow from outside."""

from shared.contracts.event import Event
from shared.contracts.grading import AppealDecided, AppealFiled, GradeChanged, GradeWarned
from shared.contracts.guidance import CertificateChanged, DrillHeld, PersonTrained
from shared.contracts.inspection import (
    CampaignClosed,
    CampaignOpened,
    ComplaintDecided,
    ComplaintReceived,
    ConsultationConcluded,
    ConsultationOpened,
    ExtensionDecided,
    HazardAcknowledged,
    HazardClosed,
    HazardConfirmed,
    HazardEscalated,
    HazardFound,
    HazardOverdue,
    HazardRejected,
    HazardReopened,
    HazardTransferred,
    LandlordCheckMissed,
    LandlordCheckRecorded,
    LandlordReportedRefusal,
    LandlordUrged,
    MajorHazardConfirmed,
    MajorHazardDelisted,
    MajorHazardListed,
    RectificationReturned,
    RectificationSubmitted,
    SelfCheckContradicted,
    SelfCheckMissed,
    SelfCheckSubmitted,
)
from shared.contracts.registry import (
    AdmissionDecided,
    LeaseActivated,
    LeaseChanged,
    LeaseEnded,
    SiteClosed,
    SiteFactsChanged,
    SiteRegistered,
)

HAZARDS: tuple[type[Event], ...] = (
    HazardFound,
    HazardConfirmed,
    HazardRejected,
    HazardAcknowledged,
    HazardClosed,
    HazardReopened,
    HazardTransferred,
    HazardOverdue,
    HazardEscalated,
    MajorHazardConfirmed,
    MajorHazardListed,
    MajorHazardDelisted,
    LandlordUrged,
    LandlordReportedRefusal,
    RectificationReturned,
    RectificationSubmitted,
    ExtensionDecided,
)
LEVELS: tuple[type[Event], ...] = (GradeChanged, GradeWarned, AppealFiled, AppealDecided)
DUTIES: tuple[type[Event], ...] = (
    SelfCheckSubmitted,
    SelfCheckMissed,
    SelfCheckContradicted,
    LandlordCheckRecorded,
    LandlordCheckMissed,
    CampaignOpened,
    CampaignClosed,
    ComplaintReceived,
    ComplaintDecided,
    ConsultationOpened,
    ConsultationConcluded,
)
LEASES: tuple[type[Event], ...] = (
    AdmissionDecided,
    LeaseActivated,
    LeaseChanged,
    LeaseEnded,
    SiteRegistered,
    SiteFactsChanged,
    SiteClosed,
)
LEARNING: tuple[type[Event], ...] = (PersonTrained, CertificateChanged, DrillHeld)

TELLABLE = (*HAZARDS, *LEVELS, *DUTIES, *LEASES, *LEARNING)


def facts_by_event() -> dict[str, frozenset[str]]:
    """Wire name → the names that its facts have on the wire."""
    return {event.event_name: frozenset(f.alias or name for name, f in event.model_fields.items()) for event in TELLABLE}
