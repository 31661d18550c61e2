"""Queries about rulebooks and the list of those not to be admitted."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert

from services.registry.tables_leases import barred, rulebooks
from shared.database import Transaction as Tx
from shared.web.paging import PageRequest


async def rulebooks_known(tx: Tx) -> Sequence[RowMapping]:
    return await tx.rows(select(rulebooks).order_by(rulebooks.c.created_at))


async def keep_rulebook(tx: Tx, values: dict[str, Any]) -> None:
    """Keep a draft; a draft of the same version is replaced."""
    row = {**values, "state": "draft", "created_at": tx.now}
    statement = insert(rulebooks).values(row)
    await tx.execute(statement.on_conflict_do_update(index_elements=[rulebooks.c.version], set_=row))


async def publish(tx: Tx, version: str, effective_from: date, by: str) -> RowMapping | None:
    changed = update(rulebooks).where(rulebooks.c.version == version, rulebooks.c.state == "draft")
    values = {"state": "published", "effective_from": effective_from, "published_by": by}
    return await tx.row(changed.values(**values).returning(rulebooks))


async def page_of_barred(tx: Tx, paging: PageRequest) -> Sequence[RowMapping]:
    query = select(barred).order_by(barred.c.id).limit(paging.limit + 1)
    return await tx.rows(query.where(barred.c.id > UUID(paging.after)) if paging.after else query)


async def end_barred(tx: Tx, identity: UUID, day: date) -> RowMapping | None:
    return await tx.row(update(barred).where(barred.c.id == identity).values(effective_to=day).returning(barred))
