"""Files by id: the row says what it is, the folder holds the bytes under their hash."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from services.inspection.tables import files
from shared.database import Transaction as Tx

_HASHES = text("SELECT id, sha256 FROM inspection.files WHERE id = ANY(:ids)").bindparams(bindparam("ids", type_=ARRAY(PG_UUID)))


async def insert(tx: Tx, row: Mapping[str, Any]) -> None:
    await tx.execute(files.insert().values(**row))


async def hashes(tx: Tx, ids: Collection[UUID]) -> dict[UUID, str]:
    """The hash of every file that is there."""
    if not ids:
        return {}
    return {row["id"]: row["sha256"] for row in await tx.rows(_HASHES, {"ids": list(ids)})}


async def read(tx: Tx, file_id: UUID) -> RowMapping | None:
    return await tx.row(files.select().where(files.c.id == file_id))
