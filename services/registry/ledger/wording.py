"""How values are worded in the cells of our own sheets: choices and facts by their Chinese labels."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from services.registry.domain.facts import FactKey, FactKind, FactSchema
from services.registry.ledger.columns import CellKind, Column, Columns
from shared.contracts.vocabulary import Crs

CRS_NAMES: Final = {Crs.CGCS2000: "CGCS2000", Crs.WGS84: "WGS-84", Crs.GCJ02: "GCJ-02", Crs.BD09: "BD-09"}
_TRISTATE: Final = ("是", "否", "不明")
_WHOLE_BUILDING: Final = "整幢"


def words_of(column: Column, columns: Columns, facts: FactSchema) -> tuple[str, ...]:
    """The words to choose from in a cell of the column; none where anything may be written."""
    if column.kind is CellKind.CHOICE:
        return tuple(columns.labels[column.choice].values())
    if column.kind is CellKind.CRS:
        return tuple(CRS_NAMES.values())
    if column.kind is CellKind.FACT:
        return _words_of_fact(facts.keys[column.path.removeprefix("facts.")])
    return ()


def _words_of_fact(fact: FactKey) -> tuple[str, ...]:
    if fact.kind in {FactKind.TRISTATE, FactKind.ITEMS}:
        return _TRISTATE
    if fact.kind in {FactKind.CHOICE, FactKind.CHOICES}:
        return (*map(fact.label, fact.values), "不明")
    return ()


def shown(value: Any, column: Column, columns: Columns, facts: FactSchema) -> str | float | Decimal | date | None:
    """A value as it stands in a cell: words for choices and facts, text for codes, numbers and dates as such."""
    if value is None or isinstance(value, date):
        return value
    if column.kind is CellKind.CHOICE:
        return columns.labels[column.choice].get(str(value), str(value))
    if column.kind is CellKind.FACT and not (isinstance(value, int | float | Decimal) and not isinstance(value, bool)):
        return facts.keys[column.path.removeprefix("facts.")].label(list(value) if isinstance(value, tuple) else value)
    return value if isinstance(value, int | float | Decimal) else str(value)


def floor_and_room(labels: Sequence[str]) -> tuple[str, str]:
    """Rooms on record as people write them: ("2F", "201、202") where all are on one floor, else all in the second cell."""
    if list(labels) == ["*"]:
        return "", _WHOLE_BUILDING
    floors = {label.partition("-")[0] for label in labels}
    if len(floors) > 1 or not all("-" in label for label in labels):
        return ("", "、".join(labels)) if len(labels) > 1 or "-" in labels[0] else (labels[0], "")
    return floors.pop(), "、".join(label.partition("-")[2] for label in labels)
