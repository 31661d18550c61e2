"""What came of an errand, between the call and the transaction that records it."""

from dataclasses import dataclass
from datetime import timedelta

from services.notify.channels.channel import Address, Outcome
from services.notify.errands import Errand

NO_CONTACT_YET = "no_contact_yet"
"""The one reason for which a dispatch is put off only so often: nobody is known who could be told."""


@dataclass(frozen=True, slots=True)
class Result:
    """An errand with its outcome; of ``address`` only the masked form is kept.

    ``asked`` says that the provider was asked, not called; ``elsewhere`` that another provider could be called now.
    """

    errand: Errand
    outcome: Outcome
    address: Address | None = None
    asked: bool = False
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Postponed:
    """The call was never made (a gate is shut, the address book is away): no attempt is spent."""

    errand: Errand
    after: timedelta
    reason: str
