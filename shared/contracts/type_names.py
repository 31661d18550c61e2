"""How a field's type is written for people who read the map of events."""

from datetime import date, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AwareDatetime

_PLAIN = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "yes or no",
    date: "date",
    datetime: "time",
    AwareDatetime: "time",
}
_SEVERAL = (Union, UnionType)


def type_name(annotation: Any) -> str:
    """For example ``HazardId``, ``text``, ``Reason[]`` or ``text → FactValue``; absence is said elsewhere."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if origin is Annotated:
        return type_name(inner[0])
    if origin in _SEVERAL:
        return _alternatives(inner)
    if origin is tuple:
        return f"{type_name(inner[0])}[]"
    if origin is dict:
        return f"{type_name(inner[0])} → {type_name(inner[1])}"
    return str(annotation.__name__)


def _alternatives(members: tuple[Any, ...]) -> str:
    return " or ".join(dict.fromkeys(type_name(member) for member in members if member is not NoneType))
