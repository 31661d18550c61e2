"""The builder of samples: one complete message per event version, with every field filled as it would be in Yixing."""

import hashlib
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from pydantic_core import from_json

from shared.contracts.event import Envelope, Event, encode
from shared.contracts.typical import PARTICULAR, USUAL
from shared.contracts.wire_schema import resolved, schema_of

NOON = datetime(2026, 3, 2, 4, 0, 0, tzinfo=UTC)
_TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

_KINDS = {str: "string", int: "integer", float: "number", dict: "object", list: "array"}


def sample_of(event: type[Event]) -> dict[str, Any]:
    """A complete structured CloudEvent of this class, the same at every call."""
    data = _object(resolved(schema_of(event)), PARTICULAR.get(event.event_name, {}))
    said = event.model_validate(data)
    return cast("dict[str, Any]", from_json(encode(said, _envelope(said))))


def _envelope(event: Event) -> Envelope:
    speaker = event.event_name.partition(".")[0]
    return Envelope(
        id=_id(f"event {event.wire_type()}"),
        source=f"/{speaker}",
        type=event.wire_type(),
        subject=event.site,
        time=NOON,
        correlation_id=_id("correlation"),
        causation_id=_id("causation"),
        sequence=3,
        traceparent=_TRACEPARENT,
    )


def _object(schema: dict[str, Any], particular: dict[str, Any]) -> dict[str, Any]:
    return {name: particular[name] if name in particular else _value(name, field) for name, field in schema["properties"].items()}


def _value(name: str, schema: dict[str, Any]) -> Any:
    if "enum" in schema:
        return USUAL[name] if USUAL.get(name) in schema["enum"] else schema["enum"][0]
    if _is_usual(name, schema):
        return USUAL[name]
    if "anyOf" in schema:
        return _value(name, schema["anyOf"][0])
    if "properties" in schema:
        return _object(schema, {})
    if schema.get("type") == "array":
        return [_value(name, schema["items"])]
    return _plain(name, schema)


def _is_usual(name: str, schema: dict[str, Any]) -> bool:
    usual = USUAL.get(name)
    return any(_is_of(usual, option) for option in schema.get("anyOf", [schema]))


def _is_of(value: Any, schema: dict[str, Any]) -> bool:
    if "enum" in schema or _KINDS.get(type(value)) != schema.get("type"):
        return False
    return _is_of(value[0], schema["items"]) if isinstance(value, list) else True


def _plain(name: str, schema: dict[str, Any]) -> Any:
    written = {"uuid": str(_id(name)), "date": "2026-03-02", "date-time": "2026-03-02T04:00:00Z"}
    if schema.get("format") in written:
        return written[schema["format"]]
    if "64" in schema.get("pattern", ""):
        return hashlib.sha256(name.encode()).hexdigest()
    simple = {"boolean": True, "integer": max(1, schema.get("minimum", 1)), "number": 1.0, "string": name, "object": {}}
    return simple[schema.get("type", "string")]


def _id(name: str) -> UUID:
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:16])
    milliseconds = int(NOON.timestamp() * 1000)
    noise = digest & ((1 << 76) - 1) & ~(0x3 << 62)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | noise & ((1 << 76) - 1) | 0x2 << 62)
