"""Queries about leases: single ones, their chain, and the rooms that they hold."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, and_, delete, exists, or_, select
from sqlalchemy.dialects.postgresql import Range

from services.registry.domain.admission import REVIEWING, AdmissionState
from services.registry.domain.lease import HOLDING, Term
from services.registry.domain.space import on_no_floor
from services.registry.store.rows import Row, add_many, any_of
from services.registry.tables import buildings, parties, sites
from services.registry.tables_leases import lease_spaces, leases, opinions
from shared.database import Transaction as Tx
from shared.web.paging import PageRequest

_UNDER_REVIEW: Final = sorted({*REVIEWING, AdmissionState.CHANGE_REQUEST})


def scope_number(building_number: int, parent_number: int | None) -> int:
    """Within what two leases exclude one another: the building for leases from the owner, the lease above for sublets."""
    return building_number if parent_number is None else -parent_number


def space_rows(lease_id: UUID, scope: int, ranges: Iterable[tuple[int, int]], term: Term) -> list[dict[str, Any]]:
    """The rooms that a lease keeps, as rows; both days of the term are included."""
    held = Range(term.start, term.end + timedelta(days=1))
    return [
        {"lease_id": lease_id, "scope": Range(scope, scope + 1), "space": Range(*numbers), "term": held} for numbers in ranges
    ]


async def hold(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Keep rooms from now on; the database refuses an overlap."""
    await add_many(tx, lease_spaces, rows)


async def release(tx: Tx, lease_ids: Iterable[UUID]) -> None:
    """Keep no rooms any more."""
    await tx.execute(delete(lease_spaces).where(lease_spaces.c.lease_id == any_of(lease_ids)))


async def holder_of(tx: Tx, rows: Sequence[dict[str, Any]]) -> RowMapping | None:
    """The lease, other than the one asking, that keeps any of these rooms on any of these days, with its tenant."""
    if not rows:
        return None
    clashes = [
        and_(
            lease_spaces.c.scope == row["scope"],
            lease_spaces.c.space.overlaps(row["space"]),
            lease_spaces.c.term.overlaps(row["term"]),
        )
        for row in rows
    ]
    query = (
        select(leases.c.id, leases.c.tenant_party_id, leases.c.state, parties.c.name, parties.c.party_type)
        .select_from(lease_spaces)
        .join(leases, leases.c.id == lease_spaces.c.lease_id)
        .join(parties, parties.c.id == leases.c.tenant_party_id)
        .where(lease_spaces.c.lease_id != rows[0]["lease_id"], or_(*clashes))
        .limit(1)
    )
    return await tx.row(query)


async def unplaced_holder_of(tx: Tx, rows: Sequence[dict[str, Any]]) -> RowMapping | None:
    """The same for rooms on a floor that nobody named which may be any of these, or lie on them."""
    numbers = [(row, on_no_floor((row["space"].lower, row["space"].upper))) for row in rows]
    return await holder_of(tx, [{**row, "space": Range(*found)} for row, found in numbers if found is not None])


async def lease_seen(tx: Tx, identity: UUID, seen: ColumnElement[bool], *, lock: bool = False) -> RowMapping | None:
    query = select(leases).where(leases.c.id == identity, seen)
    return await tx.row(query.with_for_update() if lock else query)


async def lease_above(tx: Tx, lease: Row) -> RowMapping | None:
    if lease["parent_lease_id"] is None:
        return None
    return await tx.row(select(leases).where(leases.c.id == lease["parent_lease_id"]))


async def running_lease_of(tx: Tx, building_id: UUID, tenant_party_id: UUID) -> RowMapping | None:
    """The lease under which a party rents in a building."""
    query = select(leases).where(leases.c.building_id == building_id, leases.c.tenant_party_id == tenant_party_id)
    return await tx.row(query.where(leases.c.state.in_(["active", "expiring"])).order_by(leases.c.id).limit(1))


async def page_of_leases(tx: Tx, seen: ColumnElement[bool], filters: dict[str, Any], paging: PageRequest) -> Sequence[RowMapping]:
    query = select(leases).where(seen).order_by(leases.c.id).limit(paging.limit + 1)
    for name in ("landlord_party_id", "tenant_party_id", "building_id", "parent_lease_id", "site_id", "state", "step"):
        if filters.get(name):
            query = query.where(leases.c[name] == filters[name])
    if filters.get("waiting_for"):
        asked = (opinions.c.lease_id == leases.c.id) & (opinions.c.round == leases.c.round) & opinions.c.verdict.is_(None)
        waiting = exists().where(asked, opinions.c.department == filters["waiting_for"])
        query = query.where(leases.c.step.in_(_UNDER_REVIEW), waiting)
    if filters.get("overdue_on"):
        late = (opinions.c.lease_id == leases.c.id) & (opinions.c.round == leases.c.round) & opinions.c.verdict.is_(None)
        by_department = exists().where(late, opinions.c.due < filters["overdue_on"])
        query = query.where(leases.c.step.in_(_UNDER_REVIEW), or_(leases.c.due < filters["overdue_on"], by_department))
    if paging.after:
        query = query.where(leases.c.id > UUID(paging.after))
    return await tx.rows(query)


async def chain_up(tx: Tx, lease: Row) -> list[RowMapping]:
    """The leases above this one, the nearest first."""
    found: list[RowMapping] = []
    above = lease["parent_lease_id"]
    while above is not None and len(found) < 10:  # noqa: PLR2004 - far beyond the longest chain allowed
        row = await tx.row(select(leases).where(leases.c.id == above))
        if row is None:
            break
        found.append(row)
        above = row["parent_lease_id"]
    return found


async def chain_down(tx: Tx, lease_id: UUID, *, lock: bool = False) -> list[RowMapping]:
    """All leases below this one, the nearest first."""
    tree = select(leases.c.id).where(leases.c.parent_lease_id == lease_id).cte("tree", recursive=True)
    tree = tree.union_all(select(leases.c.id).join(tree, leases.c.parent_lease_id == tree.c.id))
    query = select(leases).where(leases.c.id.in_(select(tree.c.id))).order_by(leases.c.depth, leases.c.id)
    return list(await tx.rows(query.with_for_update() if lock else query))


async def running_leases_of(tx: Tx, building_id: UUID, tenant_party_id: UUID) -> Sequence[RowMapping]:
    """All leases under which a party rents in a building."""
    query = select(leases).where(leases.c.building_id == building_id, leases.c.tenant_party_id == tenant_party_id)
    return await tx.rows(query.where(leases.c.state.in_(["active", "expiring"])).order_by(leases.c.id).with_for_update())


async def has_running_lease(tx: Tx, tenant_party_id: UUID, building_id: UUID) -> bool:
    return await running_lease_of(tx, building_id, tenant_party_id) is not None


async def landlord_site_for(tx: Tx, lease: Row) -> UUID | None:
    """The site that a tenant's site belongs to: the subletting tenant's own, else the owner's."""
    own = select(sites.c.id).where(sites.c.building_id == lease["building_id"], sites.c.is_open)
    letting = own.where(sites.c.party_id == lease["landlord_party_id"]).order_by(sites.c.kind).limit(1)
    owning = own.where(sites.c.kind == "landlord").order_by(sites.c.id).limit(1)
    found: UUID | None = await tx.value(letting) or await tx.value(owning)
    return found


async def occupants_of(tx: Tx, building_id: UUID) -> Sequence[RowMapping]:
    """The running leases of a building with their tenants' names, those from the owner first."""
    query = select(leases, parties.c.name, parties.c.party_type).join(parties, parties.c.id == leases.c.tenant_party_id)
    query = query.where(leases.c.building_id == building_id, leases.c.state.in_(["active", "expiring"]))
    return await tx.rows(query.order_by(leases.c.depth, leases.c.rooms, leases.c.id))


async def areas_held(tx: Tx, building_id: UUID, besides: UUID) -> list[Any]:
    """The areas of the leases from the owner that hold their rooms in a building, whether they have begun or are on their way."""
    query = select(leases.c.area).where(
        leases.c.building_id == building_id,
        leases.c.parent_lease_id.is_(None),
        leases.c.id != besides,
        leases.c.state.in_(sorted(HOLDING)),
    )
    return [row["area"] for row in await tx.rows(query)]


async def building_number(tx: Tx, building_id: UUID) -> int:
    return int(await tx.value(select(buildings.c.number).where(buildings.c.id == building_id)))


async def running_out(tx: Tx, until: date, today: date, limit: int) -> Sequence[RowMapping]:
    """Running leases whose date moves their state: to expiring within the last days, to expired after the last."""
    due = or_(leases.c.end < today, and_(leases.c.state == "active", leases.c.end <= until))
    query = select(leases).where(leases.c.state.in_(["active", "expiring"]), due)
    return await tx.rows(query.order_by(leases.c.end).limit(limit).with_for_update(skip_locked=True))


async def agreements_run_out(tx: Tx, today: date, limit: int) -> Sequence[RowMapping]:
    """Running leases whose safety agreement no longer holds."""
    running = leases.c.state.in_(["active", "expiring"]) & leases.c.agreement.in_(["signed", "in_contract"])
    query = select(leases).where(running, leases.c.agreement_until < today)
    return await tx.rows(query.order_by(leases.c.id).limit(limit).with_for_update(skip_locked=True))


async def forgotten_drafts(tx: Tx, before: datetime, limit: int) -> list[UUID]:
    """Drafts that nobody has touched since a moment, and whose rooms others may want."""
    query = select(leases.c.id).where(leases.c.state == "draft", leases.c.changed_at < before)
    rows = await tx.rows(query.order_by(leases.c.id).limit(limit).with_for_update(skip_locked=True))
    return [row["id"] for row in rows]
