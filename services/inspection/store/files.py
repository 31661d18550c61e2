"""Files by id: the row says what it is, the folder holds the bytes under their hash."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from services.inspection.tables import files
from shared.contracts.vocabulary import HazardId
from shared.database import Transaction as Tx

_HASHES = text("SELECT id, sha256 FROM inspection.files WHERE id = ANY(:ids)").bindparams(bindparam("ids", type_=ARRAY(PG_UUID)))

_OF_HAZARD = text(
    "SELECT f.sha256, f.media_type FROM inspection.files f WHERE f.sha256 = CAST(:sha256 AS text) AND (EXISTS"
    " (SELECT FROM inspection.hazards h WHERE h.id = :hazard_id AND f.sha256 = ANY(h.photos)) OR EXISTS"
    " (SELECT FROM inspection.hazard_history n WHERE n.hazard_id = :hazard_id"
    " AND n.details @> jsonb_build_object('photos', jsonb_build_array(f.sha256)))) LIMIT 1"
)


async def insert(tx: Tx, row: Mapping[str, Any]) -> None:
    await tx.execute(files.insert().values(**row))


async def hashes(tx: Tx, ids: Collection[UUID]) -> dict[UUID, str]:
    """The hash of every file that is there."""
    if not ids:
        return {}
    return {row["id"]: row["sha256"] for row in await tx.rows(_HASHES, {"ids": list(ids)})}


async def read(tx: Tx, file_id: UUID) -> RowMapping | None:
    return await tx.row(files.select().where(files.c.id == file_id))


async def of_hazard(tx: Tx, hazard_id: HazardId, sha256: str) -> RowMapping | None:
    """The file of this hash, if it came with the hazard or with a step of it."""
    return await tx.row(_OF_HAZARD, {"hazard_id": hazard_id, "sha256": sha256})
