"""What notify's events say: which contact of a party nothing reaches; of single notices nothing is said here."""

from collections.abc import Callable
from typing import Any, Final

from services.grading.domain.registers import Write, write
from shared.clock import shanghai_date
from shared.contracts.event import Envelope, Event
from shared.contracts.notify import ContactReached, ContactUnreachable

UNREACHED: Final = "unreached"


def contact_unreachable(event: ContactUnreachable, heard: Envelope) -> list[Write]:
    """It stands at the party, and so at each of its sites, from the last day on which it was tried."""
    last = max(event.tried_on, default=shanghai_date(heard.time))
    value = {"party": str(event.party_id), "role": event.role.value, "on": last.isoformat()}
    return [write(event.party_id, UNREACHED, event.contact_id, heard, value)]


def contact_reached(event: ContactReached, heard: Envelope) -> list[Write]:
    """It stands no longer."""
    return [write(event.party_id, UNREACHED, event.contact_id, heard, None)]


TRANSLATORS: Final[dict[type[Event], Callable[[Any, Envelope], list[Write]]]] = {
    ContactUnreachable: contact_unreachable,
    ContactReached: contact_reached,
}
