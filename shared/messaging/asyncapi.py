"""AsyncAPI 3 of what services say and hear: one channel per event, and on it one complete CloudEvent.

FastStream gives operations and the schema of each event; that a message is a CloudEvent around it, it cannot know.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from faststream.specification import AsyncAPI

from shared.contracts.event import CONTENT_TYPE, Event
from shared.messaging.declaration import declared

if TYPE_CHECKING:
    from shared.service import Service

_REQUIRED = ("specversion", "id", "source", "type", "time", "dataschema", "correlationid", "sequence", "data")
_UUID = {"type": "string", "format": "uuid"}
_CLOUD_EVENT = {
    "title": "CloudEvent",
    "description": "One CloudEvent 1.0 in structured JSON; unknown attributes are to be ignored.",
    "type": "object",
    "required": list(_REQUIRED),
    "properties": {
        "specversion": {"const": "1.0"},
        "id": _UUID | {"description": "UUIDv7; the same event always comes with the same id"},
        "source": {"type": "string"},
        "type": {"type": "string"},
        "subject": _UUID | {"description": "the site that is concerned; absent where none is"},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"type": "string"},
        "correlationid": _UUID | {"description": "the request with which it all began"},
        "causationid": _UUID | {"description": "the event to which this one answers"},
        "traceparent": {"type": "string", "description": "W3C trace context"},
        "sequence": {"type": "integer", "minimum": 0, "description": "version of the aggregate after the change"},
        "data": {"type": "object"},
    },
}


def asyncapi_of(services: Sequence["Service"]) -> dict[str, Any]:
    """The AsyncAPI 3 document of the given services, the same in every process."""
    specification = AsyncAPI(
        declared(services),
        title="Mashang 码上安全",
        version="1",
        description="Events are CloudEvents 1.0 in structured JSON on NATS JetStream; docs/events.md: who says and hears what.",
    )
    drawn = cast("dict[str, Any]", specification.to_specification().to_jsonable())
    events = {event.wire_type(): event for event in _events(services)}
    schemas = drawn["components"]["schemas"] | {"CloudEvent": _CLOUD_EVENT}
    return {
        "asyncapi": drawn["asyncapi"],
        "info": drawn["info"],
        "defaultContentType": CONTENT_TYPE,
        "servers": drawn["servers"],
        "channels": {name: _channel(event) for name, event in sorted(events.items())},
        "operations": _operations(drawn["operations"], events),
        "components": {
            "messages": {name: _message(event) for name, event in sorted(events.items())},
            "schemas": dict(sorted(schemas.items())),
        },
    }


def _events(services: Sequence["Service"]) -> list[type[Event]]:
    said = [event for service in services for event in service.says]
    return said + [event for service in services for handler in service.on for event in handler.events]


def _channel(event: type[Event]) -> dict[str, Any]:
    name = event.wire_type()
    return {
        "address": f"{name}.{{site}}",
        "description": f"Stream {event.stream()}; listen with `*` for every site.",
        "parameters": {"site": {"description": "the id of the site that is concerned, or `-`"}},
        "messages": {event.__name__: {"$ref": f"#/components/messages/{name}"}},
    }


def _operations(drawn: Mapping[str, Mapping[str, Any]], events: Mapping[str, type[Event]]) -> dict[str, Any]:
    """``inspection.hazard_found.v1`` is sent by its service, ``grading-regrade.inspection.hazard_found.v1`` received there."""
    found: dict[str, Any] = {}
    for title, operation in drawn.items():
        consumer, _, name = title.rpartition(":")
        event = events[name]
        found[f"{consumer}.{name}" if consumer else name] = {
            "action": operation["action"],
            "channel": {"$ref": f"#/channels/{name}"},
            "messages": [{"$ref": f"#/channels/{name}/messages/{event.__name__}"}],
        }
    return dict(sorted(found.items()))


def _message(event: type[Event]) -> dict[str, Any]:
    name = event.wire_type()
    here = {
        "type": {"const": name},
        "source": {"const": f"/{name.partition('.')[0]}"},
        "dataschema": {"const": f"/schemas/{name}.json"},
        "data": {"$ref": f"#/components/schemas/{event.__name__}"},
    }
    return {
        "name": name,
        "title": event.__name__,
        "summary": " ".join((event.__doc__ or "").split()),
        "contentType": CONTENT_TYPE,
        "correlationId": {"location": "$message.payload#/correlationid"},
        "headers": {"type": "object", "properties": {"Nats-Msg-Id": _UUID | {"description": "the id of the event"}}},
        "payload": {"allOf": [{"$ref": "#/components/schemas/CloudEvent"}, {"type": "object", "properties": here}]},
    }
