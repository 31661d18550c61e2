"""Whatever a schema allows: strategies that invent data for any event from its own JSON Schema."""

from collections.abc import Callable
from datetime import UTC, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from shared.contracts.event import Event
from shared.contracts.wire_schema import resolved, schema_of

OFFSETS = (UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=3, minutes=30)))
_MANY = 2**53


def data_of(event: type[Event]) -> st.SearchStrategy[dict[str, Any]]:
    """Data that the event's schema allows, optional fields sometimes left out."""
    return _object(resolved(schema_of(event)))


def _value(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of([_value(option) for option in schema["anyOf"]])
    builders: dict[str, Callable[[dict[str, Any]], st.SearchStrategy[Any]]] = {
        "string": _string,
        "object": _object,
        "array": lambda part: st.lists(_value(part["items"]), max_size=3),
        "integer": lambda part: st.integers(part.get("minimum", -_MANY), part.get("maximum", _MANY)),
        "number": lambda part: st.floats(part.get("minimum"), part.get("maximum"), allow_nan=False, allow_infinity=False),
        "boolean": lambda _: st.booleans(),
        "null": lambda _: st.none(),
    }
    return builders[schema["type"]](schema)


def _string(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    formats = {
        "uuid": st.uuids().map(str),
        "date": st.dates().map(str),
        "date-time": st.datetimes(timezones=st.sampled_from(OFFSETS)).map(lambda time: time.isoformat()),
    }
    if "format" in schema:
        return formats[schema["format"]]
    if "pattern" in schema:
        longest = schema.get("maxLength", _MANY)
        return st.from_regex(schema["pattern"].removesuffix("$"), fullmatch=True).filter(lambda text: len(text) <= longest)
    return st.text(
        st.characters(exclude_categories=["Cs"]), min_size=schema.get("minLength", 0), max_size=schema.get("maxLength", 60)
    )


def _object(schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    if "properties" not in schema:
        ((pattern, inner),) = schema["patternProperties"].items()
        return st.dictionaries(_string({"pattern": pattern, **schema.get("propertyNames", {})}), _value(inner), max_size=3)
    fields = {name: _value(field) for name, field in schema["properties"].items()}
    needed = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {name: fields[name] for name in fields if name in needed},
        optional={name: fields[name] for name in fields if name not in needed},
    )
