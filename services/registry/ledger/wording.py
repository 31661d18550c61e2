"""How values are worded in the cells of our own sheets: choices and facts by their Chinese labels."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from services.registry.domain.facts import FactKey, FactKind, FactSchema
from services.registry.ledger.columns import CellKind, Column, Columns

_TRISTATE: Final = ("是", "否", "不明")


def words_of(column: Column, columns: Columns, facts: FactSchema) -> tuple[str, ...]:
    """The words to choose from in a cell of the column; none where anything may be written."""
    if column.kind is CellKind.CHOICE:
        return tuple(columns.labels[column.choice].values())
    if column.kind is CellKind.CRS:
        return ("CGCS2000", "WGS-84", "GCJ-02", "BD-09")
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
