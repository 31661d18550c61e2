"""What guidance's events say: who is trained and certified until when, and when people last practised."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.grading.domain.registers import Write, write
from shared.contracts.event import Event
from shared.contracts.guidance import CertificateChanged, DrillHeld, PersonTrained

TRAINED: Final = "trained"
CERTIFICATE: Final = "certificate"
DRILL: Final = "drill"


def person_trained(event: PersonTrained) -> list[Write]:
    """Until when a person's training holds; a failed test takes nothing away that still holds."""
    if not event.passed:
        return []
    value = {"role": event.role.value, "on": event.trained_on.isoformat(), "until": _iso(event.valid_to)}
    name = f"{event.role.value}:{event.person_id}"
    return [write(_whose(event), TRAINED, name, event.trained_on.toordinal(), str(event.envelope.id), value)]


def certificate_changed(event: CertificateChanged) -> list[Write]:
    """Whether a certificate that somebody's work asks for holds, and until when."""
    value = {
        "role": event.role.value,
        "type": event.certificate_type,
        "state": event.state.value,
        "required": event.required,
        "since": _iso(event.valid_from),
        "until": _iso(event.valid_to),
    }
    heard = event.envelope
    return [write(_whose(event), CERTIFICATE, event.certificate_id, heard.sequence, str(heard.id), value)]


def drill_held(event: DrillHeld) -> list[Write]:
    """When people practised."""
    value = {"on": event.held_on.isoformat(), "passed": event.passed}
    heard = event.envelope
    return [write(event.site_id, DRILL, event.drill_id, heard.sequence, str(heard.id), value)]


def _whose(event: PersonTrained | CertificateChanged) -> UUID:
    """The site; where the speaker knows only the party, the party stands for all its sites."""
    return event.site_id or event.party_id


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


TRANSLATORS: Final[dict[type[Event], Callable[[Any], list[Write]]]] = {
    PersonTrained: person_trained,
    CertificateChanged: certificate_changed,
    DrillHeld: drill_held,
}
