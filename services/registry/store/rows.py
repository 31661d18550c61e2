"""The few statements that are the same for every table with an id and a version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Table, any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.types import Uuid

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
    """Insert many rows that have the same columns, in statements of bounded size."""
    if rows:
        await tx.execute(insert(table), [_stamped(tx, table, row) for row in rows])


async def add_once(tx: Tx, table: Table, values: Values) -> bool:
    """Insert one row unless its key is there already; whether it was new."""
    done = await tx.execute(insert(table).values(_stamped(tx, table, values)).on_conflict_do_nothing())
    return bool(done.rowcount)


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


def _stamped(tx: Tx, table: Table, values: Values) -> dict[str, Any]:
    defaults = {"version": 1, "created_at": tx.now, "changed_at": tx.now}
    return {name: value for name, value in defaults.items() if name in table.c} | dict(values)
