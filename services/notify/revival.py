"""Facts that were kept as JSON become facts again: read through the class of the event that they came with."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

from services.notify.domain.planning import facts_of
from shared.contracts.event import Event, known_events, newest


@cache
def _class_of(name: str) -> type[Event]:
    return next(newest(event) for event in known_events() if event.event_name == name)


def revived(name: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of an event of this name, with identities, dates and words as they were heard."""
    correlation = facts.get("correlation_id")
    again = facts_of(_class_of(name).model_validate(dict(facts)))
    return again | {"correlation_id": UUID(correlation) if correlation else None, "cause_name": name}
