"""Heard events, and events that were kept as JSON, as occurrences that plans are made of."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

from services.notify.domain.planning import facts_of
from services.notify.domain.surroundings import Occurrence
from shared.contracts.event import Event, known_events, newest


def occurrence_of(event: Event) -> Occurrence:
    """A heard event as something to plan for."""
    heard = event.envelope
    facts = facts_of(event) | {"correlation_id": heard.correlation_id, "sequence": heard.sequence}
    return Occurrence(heard.id, event.event_name, heard.time, facts)


def revived(name: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts that were kept as JSON, read again through the class of their event: identities, dates and words as they were."""
    correlation = facts.get("correlation_id")
    again = facts_of(_class_of(name).model_validate(dict(facts)))
    return again | {"correlation_id": UUID(correlation) if correlation else None, "cause_name": name}


@cache
def _class_of(name: str) -> type[Event]:
    return next(newest(event) for event in known_events() if event.event_name == name)
