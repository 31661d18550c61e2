"""Queries about grids and who answers for them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, func, or_, select, update

from services.registry.store.rows import any_of
from services.registry.store.sites import Box, inside
from services.registry.tables import grids, sites
from services.registry.tables_facts import grid_officers, officers
from shared.database import Transaction as Tx
from shared.web.paging import PageRequest


def not_over(day: date) -> ColumnElement[bool]:
    """Whether a duty runs on a day or begins later; its last day belongs to it."""
    return or_(grid_officers.c.to_day.is_(None), grid_officers.c.to_day >= day)


async def areas(tx: Tx) -> list[tuple[UUID, Mapping[str, Any]]]:
    """All grids that have an area, the oldest first."""
    drawn = select(grids.c.id, grids.c.area).where(grids.c.area.is_not(None))
    return [(row["id"], row["area"]) for row in await tx.rows(drawn.order_by(grids.c.created_at, grids.c.id))]


async def grid_seen(tx: Tx, identity: UUID, seen: ColumnElement[bool]) -> RowMapping | None:
    return await tx.row(select(grids).where(grids.c.id == identity, seen))


async def page_of_grids(tx: Tx, seen: ColumnElement[bool], paging: PageRequest) -> Sequence[RowMapping]:
    query = select(grids).where(seen).order_by(grids.c.id).limit(paging.limit + 1)
    return await tx.rows(query.where(grids.c.id > UUID(paging.after)) if paging.after else query)


async def sites_in_question(tx: Tx, grid_id: UUID, box: Box | None) -> Sequence[RowMapping]:
    """The open sites that are in a grid now, or lie where it might reach; those assigned by hand stay out of it."""
    place = [sites.c.grid_id == grid_id, *([inside(box)] if box else [])]
    query = select(sites.c.id, sites.c.lon, sites.c.lat, sites.c.grid_id, sites.c.building_id)
    query = query.where(sites.c.is_open, ~sites.c.grid_by_hand, or_(*place))
    return await tx.rows(query.order_by(sites.c.id).with_for_update())


async def open_sites(tx: Tx, identities: Sequence[UUID], seen: ColumnElement[bool]) -> Sequence[RowMapping]:
    query = select(sites.c.id).where(sites.c.id == any_of(identities), sites.c.is_open, seen)
    return await tx.rows(query.order_by(sites.c.id).with_for_update())


async def count_of_sites(tx: Tx, grid_id: UUID) -> int:
    return int(await tx.value(select(func.count()).select_from(sites).where(sites.c.grid_id == grid_id, sites.c.is_open)))


async def officers_of(tx: Tx, grid_id: UUID) -> Sequence[RowMapping]:
    """Everybody who answered or answers for a grid, the first first."""
    query = select(grid_officers, officers.c.name.label("officer_name"), officers.c.account_id)
    query = query.join(officers, officers.c.id == grid_officers.c.officer_id).where(grid_officers.c.grid_id == grid_id)
    return await tx.rows(query.order_by(grid_officers.c.from_day, grid_officers.c.id))


async def assignment_of(tx: Tx, identity: UUID) -> RowMapping | None:
    query = select(grid_officers, officers.c.name.label("officer_name"), officers.c.account_id)
    query = query.join(officers, officers.c.id == grid_officers.c.officer_id)
    return await tx.row(query.where(grid_officers.c.id == identity))


async def duties_of(tx: Tx, officer_id: UUID) -> Sequence[RowMapping]:
    """What an officer answers for, or will: of each grid the duty that was assigned last."""
    running = not_over(tx.today)
    query = select(grid_officers).where(grid_officers.c.officer_id == officer_id, running)
    query = query.order_by(grid_officers.c.grid_id, grid_officers.c.role, grid_officers.c.assigned_at.desc(), grid_officers.c.id)
    return await tx.rows(query.distinct(grid_officers.c.grid_id, grid_officers.c.role))


async def end_assignment(tx: Tx, identity: UUID, day: date) -> None:
    await tx.execute(update(grid_officers).where(grid_officers.c.id == identity).values(to_day=day))


async def page_of_officers(tx: Tx, paging: PageRequest) -> Sequence[RowMapping]:
    query = select(officers).order_by(officers.c.id).limit(paging.limit + 1)
    return await tx.rows(query.where(officers.c.id > UUID(paging.after)) if paging.after else query)
