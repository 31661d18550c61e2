"""What each event says about a site, as writes into its registers; no rule of any policy is applied here."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from services.grading.domain.registers import Write
from services.grading.domain.translation import guidance, inspection, notify, registry
from shared.contracts.event import Envelope, Event

Translator = Callable[[Any, Envelope], list[Write]]

TRANSLATORS: Final[Mapping[type[Event], Translator]] = MappingProxyType(
    registry.TRANSLATORS | inspection.TRANSLATORS | guidance.TRANSLATORS | notify.TRANSLATORS
)
"""Every event that bears on a site, and what it says."""


def writes_of(event: Event, heard: Envelope) -> list[Write]:
    """What an event says, of which sites; the same event always says the same."""
    return TRANSLATORS[type(event)](event, heard)


__all__ = ["TRANSLATORS", "writes_of"]
