"""Many rows in one statement: rows travel as one JSON parameter and come out as records of a table."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import ColumnElement, RowMapping, TextClause, any_, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.types import Text

Row = Mapping[str, Any] | RowMapping


def as_json(rows: Any) -> str:
    """Rows as the JSON that ``json_populate_recordset`` reads."""
    return to_json(rows).decode()


def rows_of(rows: Sequence[Row]) -> dict[str, Any]:
    """Rows and their ``ids``, for a change that names both.

    PostgreSQL expects a hundred rows of JSON and would rather read a whole table; of ``ANY(:ids)`` it knows better.
    """
    return {"rows": as_json(rows), "ids": [row["id"] for row in rows]}


def ids(name: str = "ids") -> Any:
    """A parameter that takes a list of identities."""
    return bindparam(name, type_=ARRAY(PG_UUID))


def words(name: str) -> Any:
    """A parameter that takes a list of words."""
    return bindparam(name, type_=ARRAY(Text))


def among(column: ColumnElement[Any], values: Collection[UUID]) -> ColumnElement[bool]:
    """The column is one of these: one parameter however many they are."""
    return column == any_(bindparam(None, sorted(values), type_=ARRAY(PG_UUID)))


def latest(rows: Iterable[Row], *keys: str) -> list[Row]:
    """For each key only the row with the greatest version: one statement may touch a row only once."""
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        if key not in found or row["version"] >= found[key]["version"]:
            found[key] = row
    return [found[key] for key in sorted(found, key=str)]


def keeping_newest(table: str, keys: Sequence[str], columns: Sequence[str]) -> TextClause:
    """Insert rows, or replace a row whose version is not newer: duplicates and late events change nothing."""
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return text(
        f"INSERT INTO notify.{table} AS t SELECT * FROM json_populate_recordset(NULL::notify.{table}, CAST(:rows AS json))"  # noqa: S608
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes} WHERE t.version < excluded.version"
    )


def only_new(table: str, keys: Sequence[str]) -> TextClause:
    """Insert rows that are not there yet."""
    return text(
        f"INSERT INTO notify.{table} SELECT * FROM json_populate_recordset(NULL::notify.{table}, CAST(:rows AS json))"  # noqa: S608
        f" ON CONFLICT ({', '.join(keys)}) DO NOTHING"
    )


def unique(values: Iterable[UUID | None]) -> list[UUID]:
    """Identities once each, without the missing ones, in an order that two transactions share."""
    return sorted({value for value in values if value is not None})
