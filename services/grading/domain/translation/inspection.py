"""What inspection's events say: hazards as they stand, who was on site, which checks were made, missed or belied."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from services.grading.domain.registers import HAZARD, Value, Write, write
from shared.clock import shanghai_date
from shared.contracts.event import Envelope, Event
from shared.contracts.inspection import (
    AlarmTested,
    ComplaintDecided,
    ExtensionDecided,
    ExtensionRequested,
    HazardAcknowledged,
    HazardCard,
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
    SelfCheckCard,
    SelfCheckContradicted,
    SelfCheckMissed,
    SelfCheckSubmitted,
    VisitRecorded,
)
from shared.contracts.vocabulary import Duty, VisitResult

WAITING: Final = "hazard_waiting"
ENDED: Final = "hazard_ended"
REPORTED: Final = "landlord_report"
VISIT: Final = "visit"
REFUSAL: Final = "refusal"
SELF_CHECK: Final = "self_check"
CONTRADICTION: Final = "contradiction"
TENANT_CHECK: Final = "tenant_check"
TENANT_CHECK_MISSED: Final = "tenant_check_missed"
ALARM: Final = "alarm"
COMPLAINT: Final = "complaint"

_SEEN: Final = frozenset({VisitResult.OK, VisitResult.HAZARDS})


def hazard_said(event: Any) -> list[Write]:
    """The hazard as it stands, for its site, and for the landlord's where the landlord has to put it right."""
    return _of_hazard(event, event.envelope, HAZARD, _hazard(event))


def hazard_waits(event: Any) -> list[Write]:
    """The other side has to act, so from this day on the delay is not the responsible party's."""
    heard: Envelope = event.envelope
    return hazard_said(event) + _of_hazard(event, heard, WAITING, {"on": _day(heard.time)})


def hazard_closed(event: HazardClosed) -> list[Write]:
    """It is put right; how late it was counts for a while."""
    ended = {"on": _day(event.closed_at), "overdue_days": event.overdue_days}
    return hazard_said(event) + _of_hazard(event, event.envelope, ENDED, ended)


def hazard_delisted(event: MajorHazardDelisted) -> list[Write]:
    """A listed hazard is accepted as put right."""
    return hazard_said(event) + _of_hazard(event, event.envelope, ENDED, {"on": event.delisted_on.isoformat(), "overdue_days": 0})


def refusal_reported(event: LandlordReportedRefusal) -> list[Write]:
    """The landlord has done his part: that betters the colour of his building."""
    reported = {"on": _day(event.reported_at)}
    return hazard_said(event) + _of_hazard(event, event.envelope, REPORTED, reported)


def visit_recorded(event: VisitRecorded) -> list[Write]:
    """The last visit of each type that saw the site, and every refusal."""
    heard = event.envelope
    on = {"on": _day(event.finished_at)}
    if event.result in _SEEN:
        return [write(event.site_id, VISIT, event.visit_type.value, _moment(event.finished_at), str(heard.id), on)]
    if event.result is VisitResult.REFUSED:
        return [write(event.site_id, REFUSAL, event.visit_id, heard.sequence, str(heard.id), on)]
    return []


def self_check_submitted(event: SelfCheckSubmitted) -> list[Write]:
    """A period with its self-check, on time or late."""
    return _self_check(event, event.envelope, "on_time" if event.on_time else "late")


def self_check_missed(event: SelfCheckMissed) -> list[Write]:
    """A period without its self-check."""
    return _self_check(event, event.envelope, "missed")


def self_check_contradicted(event: SelfCheckContradicted) -> list[Write]:
    """A visit saw otherwise than the self-check said."""
    heard = event.envelope
    on = {"on": event.contradicted_on.isoformat()}
    return [write(event.site_id, CONTRADICTION, event.self_check_id, heard.sequence, str(heard.id), on)]


def landlord_check_recorded(event: LandlordCheckRecorded) -> list[Write]:
    """When the landlord last checked this tenant; it counts for the landlord."""
    on = {"on": _day(event.checked_at)}
    return [write(event.landlord_site_id, TENANT_CHECK, event.site_id, _moment(event.checked_at), str(event.envelope.id), on)]


def landlord_check_missed(event: LandlordCheckMissed) -> list[Write]:
    """A period in which the landlord checked this tenant not at all."""
    due = {"due": event.due.isoformat()}
    return [write(event.landlord_site_id, TENANT_CHECK_MISSED, event.site_id, event.due.toordinal(), str(event.envelope.id), due)]


def alarm_tested(event: AlarmTested) -> list[Write]:
    """How the last test of an alarm went."""
    tested = {"on": _day(event.tested_at), "result": event.result.value, "interlocked": event.interlocked}
    name = event.device_id or event.building_id
    return [write(event.site_id, ALARM, name, _moment(event.tested_at), str(event.envelope.id), tested)]


def complaint_decided(event: ComplaintDecided) -> list[Write]:
    """Whether a complaint was founded; one about nobody in particular says nothing."""
    if event.site_id is None:
        return []
    decided = {"on": event.decided_on.isoformat(), "founded": event.founded}
    return [write(event.site_id, COMPLAINT, event.complaint_id, event.envelope.sequence, str(event.envelope.id), decided)]


def _hazard(card: HazardCard) -> Value:
    return {
        "number": card.number,
        "item": card.item,
        "level": card.level.value,
        "source": card.source.value,
        "state": card.state.value,
        "due": card.due.isoformat(),
        "found": _day(card.found_at),
        "by": [str(party.party_id) for party in card.responsible if party.role is Duty.RESPONSIBLE],
        "repeat": True if card.repeat_of else None,
        "shared": True if card.shared_part else None,
    }


def _is_landlords(card: HazardCard) -> bool:
    """Whether the landlord answers for it: a shared part, or nobody is left to urge because he himself must act."""
    if card.landlord_site_id is None or card.landlord_site_id == card.site_id:
        return False
    return card.shared_part or not any(party.role is Duty.URGING for party in card.responsible)


def _of_hazard(card: HazardCard, heard: Envelope, family: str, value: Value) -> list[Write]:
    """One register for the site where the hazard is, and one for the landlord's where it is his to put right."""
    sites = [card.site_id, card.landlord_site_id] if _is_landlords(card) else [card.site_id]
    return [write(site, family, card.hazard_id, heard.sequence, str(heard.id), value) for site in sites]


def _self_check(card: SelfCheckCard, heard: Envelope, result: str) -> list[Write]:
    value = {"last": card.period.last.isoformat(), "due": card.due.isoformat(), "result": result}
    return [write(card.site_id, SELF_CHECK, card.self_check_id, heard.sequence, str(heard.id), value)]


def _day(moment: datetime) -> str:
    return shanghai_date(moment).isoformat()


def _moment(moment: datetime) -> int:
    """Where only the latest counts, the moment is the sequence."""
    return int(moment.timestamp() * 1000)


TRANSLATORS: Final[dict[type[Event], Callable[[Any], list[Write]]]] = {
    **dict.fromkeys(
        (
            HazardFound,
            HazardConfirmed,
            HazardRejected,
            HazardAcknowledged,
            LandlordUrged,
            RectificationReturned,
            HazardReopened,
            ExtensionDecided,
            HazardOverdue,
            HazardEscalated,
            MajorHazardConfirmed,
            MajorHazardListed,
        ),
        hazard_said,
    ),
    **dict.fromkeys((RectificationSubmitted, ExtensionRequested, HazardTransferred), hazard_waits),
    HazardClosed: hazard_closed,
    MajorHazardDelisted: hazard_delisted,
    LandlordReportedRefusal: refusal_reported,
    VisitRecorded: visit_recorded,
    SelfCheckSubmitted: self_check_submitted,
    SelfCheckMissed: self_check_missed,
    SelfCheckContradicted: self_check_contradicted,
    LandlordCheckRecorded: landlord_check_recorded,
    LandlordCheckMissed: landlord_check_missed,
    AlarmTested: alarm_tested,
    ComplaintDecided: complaint_decided,
}
