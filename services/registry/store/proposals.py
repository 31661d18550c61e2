"""Queries about proposals."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert

from services.registry.store.rows import any_of
from services.registry.store.scope import Reach, seen_sites
from services.registry.tables import sites
from services.registry.tables_facts import proposals
from shared.database import Transaction as Tx
from shared.web.paging import PageRequest


def seen_proposals(reach: Reach) -> ColumnElement[bool]:
    """Those about sites that one sees, and those about one's own party."""
    if reach.everything:
        return true()
    visible = select(sites.c.id).where(seen_sites(reach))
    owned = select(sites.c.party_id).where(seen_sites(reach))
    return or_(proposals.c.site_id.in_(visible), proposals.c.object_id == any_of(reach.parties), proposals.c.object_id.in_(owned))


async def add_proposal(tx: Tx, values: dict[str, Any]) -> RowMapping | None:
    row = {**values, "state": "open", "proposed_at": tx.now}
    return await tx.row(insert(proposals).values(row).returning(proposals))


async def proposal_seen(tx: Tx, identity: UUID, seen: ColumnElement[bool], *, lock: bool = False) -> RowMapping | None:
    query = select(proposals).where(proposals.c.id == identity, seen)
    return await tx.row(query.with_for_update() if lock else query)


async def page_of_proposals(
    tx: Tx, seen: ColumnElement[bool], filters: dict[str, Any], paging: PageRequest
) -> Sequence[RowMapping]:
    query = select(proposals).where(seen).order_by(proposals.c.id).limit(paging.limit + 1)
    for name in ("state", "object_id"):
        if filters.get(name):
            query = query.where(proposals.c[name] == filters[name])
    return await tx.rows(query.where(proposals.c.id > UUID(paging.after)) if paging.after else query)


async def decide_proposal(tx: Tx, identity: UUID, values: dict[str, Any]) -> RowMapping | None:
    changed = update(proposals).where(proposals.c.id == identity, proposals.c.state == "open")
    return await tx.row(changed.values(**values, decided_at=tx.now).returning(proposals))
