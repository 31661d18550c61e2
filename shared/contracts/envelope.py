"""The envelope around an event: identity and ancestry, as they stand in a CloudEvent's attributes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Envelope:
    """Identity and ancestry around an event (CloudEvents context attributes).

    ``sequence`` is the version of the aggregate after the change, so a later fact about the same thing has a greater one.
    """

    id: UUID
    source: str
    type: str
    subject: UUID | None
    time: datetime
    correlation_id: UUID
    causation_id: UUID | None
    sequence: int
    traceparent: str | None = None


def attributes_of(envelope: Envelope) -> dict[str, Any]:
    """The CloudEvent attributes of an envelope; what is not known is left out."""
    attributes = {
        "specversion": "1.0",
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.type,
        "subject": envelope.subject,
        "time": envelope.time,
        "datacontenttype": "application/json",
        "dataschema": f"/schemas/{envelope.type}.json",
        "correlationid": envelope.correlation_id,
        "causationid": envelope.causation_id,
        "traceparent": envelope.traceparent,
        "sequence": envelope.sequence,
    }
    return {key: value for key, value in attributes.items() if value is not None}


def envelope_of(message: Mapping[str, Any]) -> Envelope:
    """The envelope that a CloudEvent's attributes tell; KeyError, TypeError, ValueError or AttributeError for others."""
    subject, causation = message.get("subject"), message.get("causationid")
    return Envelope(
        id=UUID(message["id"]),
        source=str(message["source"]),
        type=str(message["type"]),
        subject=UUID(subject) if subject else None,
        time=_moment(message["time"]),
        correlation_id=UUID(message.get("correlationid") or message["id"]),
        causation_id=UUID(causation) if causation else None,
        sequence=int(message.get("sequence", 1)),
        traceparent=message.get("traceparent"),
    )


def _moment(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        message = "without an offset"
        raise ValueError(message)
    return time
