"""What a caller wants to change: only the fields that he gave, and none emptied that must say something."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Table

from shared.errors import Refused


class ValueNeeded(Refused):
    """A field that must say something cannot be emptied."""

    code = "value_needed"
    zh = "该字段不能为空"
    en = "This field cannot be emptied"


def given(body: BaseModel, table: Table, *, without: Iterable[str] = ()) -> dict[str, Any]:
    """The given fields as columns of the table. Raises ValueNeeded."""
    changed = body.model_dump(exclude_unset=True, exclude=set(without))
    for name in body.model_fields_set:
        if getattr(body, name) is None and name in table.c and not table.c[name].nullable:
            raise ValueNeeded(pointer=f"/{name}")
    return changed


def detailed(held: Mapping[str, Any], told: BaseModel) -> dict[str, Any]:
    """The held details with those that were told now, field by field; a list is told as a whole."""
    merged = _merged(held, told.model_dump(mode="json", exclude_unset=True))
    return type(told).model_validate(merged).model_dump(mode="json", exclude_defaults=True)


def _merged(held: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(held)
    for name, value in told.items():
        before = found.get(name)
        found[name] = _merged(before, value) if isinstance(value, dict) and isinstance(before, dict) else value
    return found
