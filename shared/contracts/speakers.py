"""Who speaks: importing this module registers every published event, whoever says it."""

from shared.contracts import grading, guidance, inspection, intake, notify, registry
from shared.contracts.event import Event, known_events

SPEAKERS = tuple(module.__name__.rpartition(".")[2] for module in (registry, inspection, guidance, grading, notify, intake))
"""The services that say something, in the order in which a site meets them."""


def published() -> tuple[type[Event], ...]:
    """Every event that a contract module states, retired versions included, by speaker and wire name."""
    return tuple(event for speaker in SPEAKERS for event in known_events() if _speaks(speaker, event))


def _speaks(speaker: str, event: type[Event]) -> bool:
    module = f"shared.contracts.{speaker}"
    return event.__module__ == module or event.__module__.startswith(f"{module}.")
