"""Statements that take one array for each column, so that a batch costs one statement however many rows it has."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Boolean, Date, Integer, SmallInteger, Text, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

Row = Mapping[Any, Any]
NewRow = dict[str, Any]
Columns = Mapping[str, Any]

UUIDS: Final = ARRAY(PG_UUID)
TEXTS: Final = ARRAY(Text)
INTEGERS: Final = ARRAY(Integer)
SMALL: Final = ARRAY(SmallInteger)
DATES: Final = ARRAY(Date)
TRUTHS: Final = ARRAY(Boolean)


def update(table: str, key: str, columns: Columns) -> TextClause:
    """An UPDATE of many rows at once."""
    changes = ", ".join(f"{name} = u.{name}" for name in columns if name != key)
    arrays = ", ".join(f":{name}" for name in columns)
    return text(
        f"UPDATE grading.{table} AS s SET changed_at = :now, {changes}"  # noqa: S608 - our own names
        f" FROM unnest({arrays}) AS u({', '.join(columns)}) WHERE s.{key} = u.{key}"
    ).bindparams(*(bindparam(name, type_=type_) for name, type_ in columns.items()))


def insert(table: str, columns: Columns, more: Mapping[str, str]) -> TextClause:
    """An INSERT of many rows at once; ``more`` are columns that are the same in each."""
    arrays = ", ".join(f":{name}" for name in columns)
    return text(
        f"INSERT INTO grading.{table} ({', '.join((*columns, *more))})"  # noqa: S608 - our own names
        f" SELECT u.*, {', '.join(more.values())} FROM unnest({arrays}) AS u"
    ).bindparams(*(bindparam(name, type_=type_) for name, type_ in columns.items()))


def by_ids(statement: str) -> TextClause:
    """A statement with a parameter ``ids``."""
    return text(statement).bindparams(bindparam("ids", type_=UUIDS))


def in_columns(rows: Sequence[NewRow], columns: Columns) -> NewRow:
    """Rows as arrays."""
    return {name: [row[name] for row in rows] for name in columns}
