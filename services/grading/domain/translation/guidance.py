"""What guidance's events say: who is trained and certified until when, when people last practised, who came to help."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.grading.domain.registers import Write, known, not_ahead, write
from shared.clock import shanghai_date
from shared.contracts.event import Envelope, Event
from shared.contracts.guidance import CertificateChanged, DrillHeld, GuidanceGiven, PersonTrained
from shared.contracts.vocabulary import VisitType

TRAINED: Final = "trained"
CERTIFICATE: Final = "certificate"
DRILL: Final = "drill"
VISIT: Final = "visit"


def person_trained(event: PersonTrained, heard: Envelope) -> list[Write]:
    """Until when a person's training holds; a failed test takes nothing away that still holds."""
    if not event.passed:
        return []
    value = known({"role": event.role.value, "on": event.trained_on.isoformat(), "until": _iso(event.valid_to)})
    name = f"{event.role.value}:{event.person_id}"
    return [Write(_whose(event), TRAINED, str(name), event.trained_on.toordinal(), str(heard.id), value)]


def certificate_changed(event: CertificateChanged, heard: Envelope) -> list[Write]:
    """Whether a certificate that somebody's work asks for holds, and until when."""
    value = {
        "role": event.role.value,
        "type": event.certificate_type,
        "state": event.state.value,
        "required": event.required,
        "since": _iso(event.valid_from),
        "until": _iso(event.valid_to),
    }
    return [write(_whose(event), CERTIFICATE, event.certificate_id, heard, value)]


def drill_held(event: DrillHeld, heard: Envelope) -> list[Write]:
    """When people practised."""
    value = {"on": min(event.held_on, shanghai_date(heard.time)).isoformat(), "passed": event.passed}
    return [write(event.site_id, DRILL, event.drill_id, heard, value)]


def guidance_given(event: GuidanceGiven, heard: Envelope) -> list[Write]:
    """An engineer was on site; advice without a visit is none."""
    if event.visit_id is None:
        return []
    at = not_ahead(event.given_at, heard)
    on, moment = {"on": shanghai_date(at).isoformat()}, int(at.timestamp() * 1000)
    return [Write(event.site_id, VISIT, VisitType.GUIDANCE.value, moment, str(heard.id), on)]


def _whose(event: PersonTrained | CertificateChanged) -> UUID:
    """The site; where the speaker knows only the party, the party stands for all its sites."""
    return event.site_id or event.party_id


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


TRANSLATORS: Final[dict[type[Event], Callable[[Any, Envelope], list[Write]]]] = {
    PersonTrained: person_trained,
    CertificateChanged: certificate_changed,
    DrillHeld: drill_held,
    GuidanceGiven: guidance_given,
}
