"""Queries about the documents of places and parties."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, select
from sqlalchemy.dialects.postgresql import insert

from services.registry.store.rows import any_of
from services.registry.tables import parties
from services.registry.tables_documents import documents
from shared.database import Transaction as Tx


async def file_next(tx: Tx, values: dict[str, Any]) -> None:
    """File the next version; of two at the same moment the unique index lets one in."""
    same = (documents.c.holder_id == values["holder_id"]) & (documents.c.kind == values["kind"])
    number = select(func.coalesce(func.max(documents.c.version), 0) + 1).where(same).scalar_subquery()
    await tx.execute(insert(documents).values({**values, "version": number, "filed_at": tx.now}))


async def documents_about(tx: Tx, holder_ids: Iterable[UUID]) -> Sequence[RowMapping]:
    query = select(documents).where(documents.c.holder_id == any_of(holder_ids))
    return await tx.rows(query.order_by(documents.c.kind, documents.c.filed_at, documents.c.version))


async def merged_into(tx: Tx, party_id: UUID) -> list[UUID]:
    """The records of a party that were merged into it."""
    return [row["id"] for row in await tx.rows(select(parties.c.id).where(parties.c.merged_into == party_id))]
