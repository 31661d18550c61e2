"""Builders for tests of contracts: an envelope, a message, and classes that vanish when the test ends."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.contracts import event as contract
from shared.contracts.event import Envelope, Event

SITE = UUID("019cacb3-f200-78de-9373-2b9647c8ea4a")
HAZARD = UUID("019cacb3-f200-7c10-b31b-e07b455b00da")
FIRST = UUID("019cacb3-f200-7000-8000-000000000001")
CAUSE = UUID("019cacb3-f200-7000-8000-000000000002")


@contextmanager
def rehearsal() -> Iterator[None]:
    """Classes defined inside are forgotten afterwards, so that a test may define the same event twice."""
    before = dict(contract._CLASSES)
    try:
        yield
    finally:
        contract._CLASSES.clear()
        contract._CLASSES.update(before)


def envelope_for(event: type[Event], **changes: Any) -> Envelope:
    facts: dict[str, Any] = {
        "id": FIRST,
        "source": f"/{event.event_name.partition('.')[0]}",
        "type": event.wire_type(),
        "subject": SITE,
        "time": datetime(2026, 3, 2, 4, tzinfo=UTC),
        "correlation_id": CAUSE,
        "causation_id": CAUSE,
        "sequence": 3,
        "traceparent": None,
    }
    return Envelope(**{**facts, **changes})


def message(**changes: Any) -> bytes:
    """A readable message about a closed site, but for what the test changes; None removes an attribute."""
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(FIRST),
        "source": "/registry",
        "type": "registry.site_closed.v1",
        "subject": str(SITE),
        "time": "2026-03-02T04:00:00Z",
        "datacontenttype": "application/json",
        "correlationid": str(CAUSE),
        "sequence": 3,
        "data": closed_site(),
    }
    return json.dumps({key: value for key, value in {**attributes, **changes}.items() if value is not None}).encode()


def closed_site(**changes: Any) -> dict[str, Any]:
    facts = {
        "site_id": str(SITE),
        "kind": "tenant",
        "party_id": str(CAUSE),
        "reason": "moved_out",
        "closed_on": "2026-03-02",
    }
    return {**facts, **changes}
