"""The JSON Schema of an event's data, as another program in another language would read it."""

from typing import Any, cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import EnumSchema

from shared.contracts.event import Event
from shared.contracts.vocabulary import Word

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MEANINGS = "x-zh"


class _WordsWithMeaning(GenerateJsonSchema):
    """Writes beside each closed set of words what its words mean, so that a changed meaning is seen."""

    def enum_schema(self, schema: EnumSchema) -> JsonSchemaValue:
        written = super().enum_schema(schema)
        words = [member for member in schema["members"] if isinstance(member, Word)]
        return {**written, MEANINGS: {word.value: word.zh for word in words}} if words else written


def schema_of(event: type[Event]) -> dict[str, Any]:
    """The schema of ``data`` by wire names; required means that a message without it is unreadable."""
    body = event.model_json_schema(by_alias=True, schema_generator=_WordsWithMeaning, mode="validation")
    identity = {"$schema": DIALECT, "$id": f"/schemas/{event.wire_type()}.json", "x-aggregate": wire_name(event, event.aggregate)}
    return {**identity, **body}


def wire_name(event: type[Event], field: str) -> str:
    """The name that a field has on the wire."""
    return event.model_fields[field].alias or field


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema with every reference replaced by what it points to."""
    return cast(
        "dict[str, Any]", _resolve({key: value for key, value in schema.items() if key != "$defs"}, schema.get("$defs", {}))
    )


def _resolve(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_resolve(entry, definitions) for entry in node]
    if not isinstance(node, dict):
        return node
    beside = {key: _resolve(value, definitions) for key, value in node.items() if key != "$ref"}
    if "$ref" not in node:
        return beside
    return {**_resolve(definitions[node["$ref"].rpartition("/")[2]], definitions), **beside}
