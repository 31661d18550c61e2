"""What inspection's events say: hazards as they stand, who was on site, which checks were made, missed or belied."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from services.grading.domain.registers import HAZARD, Value, Write, known, not_ahead, write
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


def hazard_said(event: HazardCard, heard: Envelope) -> list[Write]:
    """The hazard as it stands, for its site, and for the landlord's where the landlord has to put it right."""
    return _of_hazard(event, heard, HAZARD, _hazard(event))


def hazard_waits(event: HazardCard, heard: Envelope) -> list[Write]:
    """The other side has to act, so from this day on the delay is not the responsible party's."""
    return hazard_said(event, heard) + _of_hazard(event, heard, WAITING, {"on": _day(heard.time)})


def hazard_closed(event: HazardClosed, heard: Envelope) -> list[Write]:
    """It is put right; how late it was counts for a while."""
    ended = {"on": _day(event.closed_at), "overdue_days": event.overdue_days}
    return hazard_said(event, heard) + _of_hazard(event, heard, ENDED, ended)


def hazard_delisted(event: MajorHazardDelisted, heard: Envelope) -> list[Write]:
    """A listed hazard is accepted as put right."""
    return hazard_said(event, heard) + _of_hazard(event, heard, ENDED, {"on": event.delisted_on.isoformat(), "overdue_days": 0})


def refusal_reported(event: LandlordReportedRefusal, heard: Envelope) -> list[Write]:
    """The landlord has done his part: that betters the colour of his building."""
    reported = {"on": _day(event.reported_at)}
    return hazard_said(event, heard) + _of_hazard(event, heard, REPORTED, reported)


def visit_recorded(event: VisitRecorded, heard: Envelope) -> list[Write]:
    """The last visit of each type that saw the site, and every refusal."""
    at = not_ahead(event.finished_at, heard)
    on = {"on": _day(at)}
    if event.result in _SEEN:
        return [Write(event.site_id, VISIT, str(event.visit_type.value), _moment(at), str(heard.id), on)]
    if event.result is VisitResult.REFUSED:
        return [write(event.site_id, REFUSAL, event.visit_id, heard, on)]
    return []


def self_check_submitted(event: SelfCheckSubmitted, heard: Envelope) -> list[Write]:
    """A period with its self-check, on time or late."""
    return _self_check(event, heard, "on_time" if event.on_time else "late")


def self_check_missed(event: SelfCheckMissed, heard: Envelope) -> list[Write]:
    """A period without its self-check."""
    return _self_check(event, heard, "missed")


def self_check_contradicted(event: SelfCheckContradicted, heard: Envelope) -> list[Write]:
    """A visit saw otherwise than the self-check said."""
    on = {"on": event.contradicted_on.isoformat()}
    return [write(event.site_id, CONTRADICTION, event.self_check_id, heard, on)]


def landlord_check_recorded(event: LandlordCheckRecorded, heard: Envelope) -> list[Write]:
    """When the landlord last checked this tenant; it counts for the landlord."""
    at = not_ahead(event.checked_at, heard)
    on = {"on": _day(at)}
    return [Write(event.landlord_site_id, TENANT_CHECK, str(event.site_id), _moment(at), str(heard.id), on)]


def landlord_check_missed(event: LandlordCheckMissed, heard: Envelope) -> list[Write]:
    """A period in which the landlord checked this tenant not at all."""
    due = {"due": event.due.isoformat()}
    return [Write(event.landlord_site_id, TENANT_CHECK_MISSED, str(event.site_id), event.due.toordinal(), str(heard.id), due)]


def alarm_tested(event: AlarmTested, heard: Envelope) -> list[Write]:
    """How the last test of an alarm went."""
    at = not_ahead(event.tested_at, heard)
    tested = known({"on": _day(at), "result": event.result.value, "interlocked": event.interlocked})
    name = event.device_id or event.building_id
    return [Write(event.site_id, ALARM, str(name), _moment(at), str(heard.id), tested)]


def complaint_decided(event: ComplaintDecided, heard: Envelope) -> list[Write]:
    """Whether a complaint was founded; one about nobody in particular says nothing."""
    if event.site_id is None:
        return []
    decided = {"on": event.decided_on.isoformat(), "founded": event.founded}
    return [write(event.site_id, COMPLAINT, event.complaint_id, heard, decided)]


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
    sites = [card.site_id, *([card.landlord_site_id] if card.landlord_site_id and _is_landlords(card) else [])]
    return [write(site, family, card.hazard_id, heard, value) for site in sites]


def _self_check(card: SelfCheckCard, heard: Envelope, result: str) -> list[Write]:
    value = {"last": card.period.last.isoformat(), "due": card.due.isoformat(), "result": result}
    return [write(card.site_id, SELF_CHECK, card.self_check_id, heard, value)]


def _day(moment: datetime) -> str:
    return shanghai_date(moment).isoformat()


def _moment(moment: datetime) -> int:
    """Where only the latest counts, the moment is the sequence."""
    return int(moment.timestamp() * 1000)


TRANSLATORS: Final[dict[type[Event], Callable[[Any, Envelope], list[Write]]]] = {
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
