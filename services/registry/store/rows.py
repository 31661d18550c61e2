"""The few statements that are the same for every table with an id and a version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import LargeBinary, RowMapping, Table, TextClause, any_, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, INT8RANGE, Range, insert
from sqlalchemy.types import Text, Uuid

from shared.database import Transaction as Tx
from shared.errors import Missing, Stale

Values = Mapping[str, Any]
Row = RowMapping | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """What a change is aimed at: an object, and the version that the caller has seen, where he says so."""

    id: UUID
    if_match: int | None = None


async def add(tx: Tx, table: Table, values: Values) -> RowMapping:
    """Insert one row, version 1, dated now; the row as it stands."""
    stamped = _stamped(tx, table, values)
    row = await tx.row(insert(table).values(stamped).returning(table))
    if row is None:
        raise Missing
    return row


async def add_many(tx: Tx, table: Table, rows: Sequence[Values]) -> None:
    """Insert many rows that have the same columns: one statement, one parameter."""
    if rows:
        stamped = [_stamped(tx, table, row) for row in rows]
        await tx.execute(_into(_inserting(stamped[0]), table), {"rows": as_json(table, stamped)})


async def add_missing(tx: Tx, table: Table, rows: Sequence[Values]) -> Sequence[RowMapping]:
    """Insert those of many rows whose keys are not there yet, all with the same columns; these rows as they stand."""
    if not rows:
        return []
    statement = f"{_inserting(rows[0])} ON CONFLICT DO NOTHING RETURNING *"
    return await tx.rows(_into(statement, table), {"rows": as_json(table, rows)})


async def change_many(tx: Tx, table: Table, rows: Sequence[Values]) -> Sequence[RowMapping]:
    """Change many rows by ``id``, the same columns in all, and raise their versions; the rows as they stand."""
    if not rows:
        return []
    names = [name for name in rows[0] if name != "id"]
    stamps = ", ".join([*(f'"{name}" = given."{name}"' for name in names), "version = held.version + 1", "changed_at = :now"])
    source = "FROM {given} AS given WHERE held.id = given.id RETURNING held.*"
    statement = f"UPDATE {{table}} AS held SET {stamps} {source}"  # noqa: S608 - names of our own columns
    return await tx.rows(_into(statement, table), {"rows": as_json(table, rows), "now": tx.now})


def _inserting(row: Values) -> str:
    names = ", ".join(f'"{name}"' for name in row)
    return f"INSERT INTO {{table}} ({names}) SELECT {names} FROM {{given}}"  # noqa: S608 - names of our own columns


def _into(statement: str, table: Table) -> TextClause:
    """The statement about a table of ours, whose rows come as one JSON array and are typed by the table itself."""
    name = f'"{table.schema}"."{table.name}"'
    given = f"jsonb_populate_recordset(CAST(NULL AS {name}), CAST(:rows AS jsonb))"
    return text(statement.format(table=name, given=given))


def as_json(table: Table, rows: Sequence[Values]) -> str:
    """Rows as PostgreSQL reads them back into the table's types."""
    special = [column.name for column in table.c if column.name in rows[0] and isinstance(column.type, _WRITTEN_BY_HAND)]
    plain = [{**row, **{name: _as_text(row[name]) for name in special}} for row in rows] if special else list(rows)
    return to_json(plain).decode()


_WRITTEN_BY_HAND: Final = (LargeBinary, INT8RANGE, DATERANGE)


def _as_text(value: Any) -> str | None:
    if isinstance(value, Range):
        return f"[{value.lower},{value.upper})"
    return None if value is None else "\\x" + bytes(value).hex()


async def add_once(tx: Tx, table: Table, values: Values) -> bool:
    """Insert one row unless its key is there already; whether it was new."""
    return await tx.execute(insert(table).values(_stamped(tx, table, values)).on_conflict_do_nothing()) > 0


async def get(tx: Tx, table: Table, identity: UUID, *, lock: bool = False) -> RowMapping:
    """The row with this id. Raises Missing."""
    query = select(table).where(table.c.id == identity)
    row = await tx.row(query.with_for_update() if lock else query)
    if row is None:
        raise Missing
    return row


async def get_many(tx: Tx, table: Table, identities: Iterable[UUID]) -> dict[UUID, RowMapping]:
    """The rows with these ids, by id; ids that are not there are left out."""
    wanted = sorted(set(identities))
    query = select(table).where(table.c.id == any_of(wanted))
    return {row["id"]: row for row in await tx.rows(query)} if wanted else {}


async def change(tx: Tx, table: Table, target: Target | UUID, values: Values) -> RowMapping:
    """Change one row and raise its version. Raises Missing, or Stale where the target names another version."""
    aimed = target if isinstance(target, Target) else Target(target)
    changed = update(table).where(table.c.id == aimed.id)
    if aimed.if_match is not None:
        changed = changed.where(table.c.version == aimed.if_match)
    stamped = {**values, "version": table.c.version + 1, "changed_at": tx.now}
    row = await tx.row(changed.values(stamped).returning(table))
    if row is None:
        await get(tx, table, aimed.id)
        raise Stale
    return row


def any_of(identities: Iterable[UUID]) -> Any:
    """``= ANY(:ids)``: one parameter however many ids, so one prepared statement."""
    return any_(bindparam(None, list(identities), type_=ARRAY(Uuid)))


def any_word(words: Iterable[str]) -> Any:
    """The same for words."""
    return any_(bindparam(None, list(words), type_=ARRAY(Text)))


def _stamped(tx: Tx, table: Table, values: Values) -> dict[str, Any]:
    defaults = {"version": 1, "created_at": tx.now, "changed_at": tx.now}
    return {name: value for name, value in defaults.items() if name in table.c} | dict(values)
