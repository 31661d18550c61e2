"""What a record was at any time: one row per version, without personal numbers."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping, Table, TextClause, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text, Uuid

from services.registry.store.rows import Row
from services.registry.tables import buildings, compounds, grids, parties, sites
from services.registry.tables_facts import history
from services.registry.tables_leases import leases
from shared.database import Transaction as Tx

_LEFT_OUT: Final = ["search", "grams", "name_key", "no_key", "created_at", "changed_at", "id_number_sealed", "id_number_index"]


def _keeping(table: Table) -> TextClause:
    name = f'"{table.schema}"."{table.name}"'
    return text(
        "INSERT INTO registry.history (kind, object_id, version, card, by, at)"  # noqa: S608 - names of our own tables
        " SELECT :kind, held.id, held.version, to_jsonb(held) - :left_out, :by, :now"
        f" FROM {name} AS held WHERE held.id = ANY(:ids)"
    ).bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("left_out", type_=ARRAY(Text)))


_KEEPING: Final = {
    "party": _keeping(parties),
    "compound": _keeping(compounds),
    "building": _keeping(buildings),
    "grid": _keeping(grids),
    "site": _keeping(sites),
    "lease": _keeping(leases),
}


async def remember(tx: Tx, kind: str, by: str, *rows: Row) -> None:
    """Keep the rows as they stand in their table now."""
    if rows:
        ids = [row["id"] for row in rows]
        await tx.execute(_KEEPING[kind], {"kind": kind, "ids": ids, "by": by, "left_out": _LEFT_OUT, "now": tx.now})


async def versions_of(tx: Tx, kind: str, identity: UUID) -> list[RowMapping]:
    query = select(history).where(history.c.kind == kind, history.c.object_id == identity).order_by(history.c.version)
    return list(await tx.rows(query))


async def first_known(tx: Tx, kind: str, identity: UUID) -> RowMapping | None:
    """The oldest version on record."""
    query = select(history).where(history.c.kind == kind, history.c.object_id == identity)
    return await tx.row(query.order_by(history.c.version).limit(1))


async def as_known(tx: Tx, kind: str, identity: UUID, moment: datetime) -> RowMapping | None:
    """The version that stood at the moment."""
    query = (
        select(history)
        .where(history.c.kind == kind, history.c.object_id == identity, history.c.at <= moment)
        .order_by(history.c.version.desc())
        .limit(1)
    )
    return await tx.row(query)
