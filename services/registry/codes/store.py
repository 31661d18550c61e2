"""Every query about codes on walls."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, exists, func, insert, literal, select, true, union_all, update

from services.registry.codes.life import LIVE, CodeState
from services.registry.domain.party import shown_name
from services.registry.store.rows import add_missing
from services.registry.tables import buildings, compounds, parties, sites
from services.registry.tables_codes import code_scans, codes
from shared.contracts.vocabulary import CodeHolder, CodeVoidReason, PartyType
from shared.database import Transaction as Tx

_LIVE = codes.c.state.in_([state.value for state in LIVE])


async def find_code(tx: Tx, code: str, *, lock: bool = False) -> RowMapping | None:
    """One code by its token."""
    query = select(codes).where(codes.c.code == code)
    return await tx.row(query.with_for_update() if lock else query)


async def live_code(tx: Tx, holder: CodeHolder, holder_id: UUID) -> RowMapping | None:
    """The code that a holder has now."""
    return await tx.row(select(codes).where(codes.c.holder == holder, codes.c.holder_id == holder_id, _LIVE))


async def add_codes(tx: Tx, tokens: dict[str, tuple[CodeHolder, UUID]], by: str) -> Sequence[RowMapping]:
    """New codes for holders that have none; holders that got one meanwhile keep it and are not in the answer."""
    rows = [
        {
            "code": code,
            "version": 1,
            "holder": holder.value,
            "holder_id": holder_id,
            "state": CodeState.ISSUED.value,
            "issued_by": by,
            "issued_at": tx.now,
            "changed_at": tx.now,
        }
        for code, (holder, holder_id) in tokens.items()
    ]
    return await add_missing(tx, codes, rows)


async def change_code(tx: Tx, code: str, values: dict[str, Any]) -> RowMapping:
    """The code after a change, its version raised."""
    changed = update(codes).where(codes.c.code == code)
    stamped = changed.values(**values, version=codes.c.version + 1, changed_at=tx.now).returning(codes)
    row = await tx.row(stamped)
    if row is None:
        raise LookupError(code)
    return row


async def stamp_batch(tx: Tx, tokens: Sequence[str], batch: str) -> None:
    """Remember on which sheet codes were printed first."""
    unprinted = update(codes).where(codes.c.code.in_(tokens), codes.c.printed_at.is_(None))
    await tx.execute(unprinted.values(batch=batch, printed_at=tx.now))


async def next_batch(tx: Tx) -> str:
    """The name of the next sheet: the day and how many were printed that day before."""
    day = tx.today.strftime("%Y%m%d")
    printed = await tx.value(select(func.count(func.distinct(codes.c.batch))).where(codes.c.batch.startswith(day)))
    return f"{day}-{printed + 1:02d}"


async def holders_without_code(tx: Tx, most: int) -> Sequence[RowMapping]:
    """Open sites and buildings that have no live code, as ``holder`` and ``id``."""
    queries = (
        _without(CodeHolder.SITE, sites, sites.c.is_open).limit(most),
        _without(CodeHolder.BUILDING, buildings, true()).limit(most),
    )
    return await tx.rows(union_all(*(query.subquery().select() for query in queries)))


def _without(holder: CodeHolder, table: Any, condition: ColumnElement[bool]) -> Select[Any]:
    has_code = exists().where(codes.c.holder == holder.value, codes.c.holder_id == table.c.id, _LIVE)
    return select(literal(holder.value).label("holder"), table.c.id).where(condition, ~has_code).order_by(table.c.id)


async def void_codes_of_closed_sites(tx: Tx, by: str) -> Sequence[RowMapping]:
    """End the live codes of sites that were closed; the rows as they are now."""
    closed = exists().where(codes.c.holder == CodeHolder.SITE.value, sites.c.id == codes.c.holder_id, ~sites.c.is_open)
    ended = {"state": CodeState.VOID.value, "reason": CodeVoidReason.HOLDER_CLOSED.value, "ended_by": by, "ended_at": tx.now}
    changed = update(codes).where(_LIVE, closed).values(**ended, version=codes.c.version + 1, changed_at=tx.now)
    return await tx.rows(changed.returning(codes))


async def add_scan(tx: Tx, values: dict[str, Any]) -> None:
    """Keep a scan that did not fit."""
    await tx.execute(insert(code_scans).values(scanned_at=tx.now, **values))


async def site_card(tx: Tx, site_id: UUID, seen: ColumnElement[bool]) -> RowMapping | None:
    """A site as its label names it, if it is open and the caller may see it."""
    return await tx.row(_site_labels().where(sites.c.id == site_id, seen))


async def building_card(tx: Tx, building_id: UUID, seen: ColumnElement[bool]) -> RowMapping | None:
    """A building as its label names it."""
    return await tx.row(_building_labels().where(buildings.c.id == building_id, seen))


async def landlord_card(tx: Tx, party_id: UUID, seen: ColumnElement[bool]) -> dict[str, Any] | None:
    """A landlord as its label names it: a natural person by the first character only."""
    row = await tx.row(select(parties).where(parties.c.id == party_id, seen))
    if row is None:
        return None
    name = shown_name(PartyType(row["party_type"]), row["name"])
    return {"id": party_id, "name": name, "place": "", "lon": None, "lat": None}


async def cards_of_building(tx: Tx, building_id: UUID, seen: ColumnElement[bool]) -> list[RowMapping]:
    """The open sites of a building, by floor and room."""
    query = _site_labels().where(sites.c.building_id == building_id, seen)
    return list(await tx.rows(query.order_by(sites.c.floor, sites.c.room, sites.c.id)))


async def cards_of_grid(tx: Tx, grid_id: UUID, seen: ColumnElement[bool]) -> list[RowMapping]:
    """The open sites of a grid, building by building."""
    query = _site_labels().where(sites.c.grid_id == grid_id, seen)
    order = (compounds.c.id, buildings.c.number, sites.c.floor, sites.c.room, sites.c.id)
    return list(await tx.rows(query.order_by(*order)))


async def live_codes_of(tx: Tx, holders: Sequence[tuple[CodeHolder, UUID]]) -> dict[UUID, str]:
    """The tokens of many holders, by holder's id."""
    rows = await tx.rows(select(codes.c.holder_id, codes.c.code).where(codes.c.holder_id.in_([one for _, one in holders]), _LIVE))
    return {row["holder_id"]: row["code"] for row in rows}


def _site_labels() -> Select[Any]:
    place = func.concat_ws(" ", compounds.c.name, buildings.c.building_no, sites.c.floor, sites.c.room)
    return (
        select(
            literal(CodeHolder.SITE.value).label("holder"),
            sites.c.id,
            sites.c.name,
            place.label("place"),
            func.coalesce(sites.c.lon, buildings.c.lon, compounds.c.lon).label("lon"),
            func.coalesce(sites.c.lat, buildings.c.lat, compounds.c.lat).label("lat"),
        )
        .join(buildings, buildings.c.id == sites.c.building_id)
        .join(compounds, compounds.c.id == sites.c.compound_id)
        .where(sites.c.is_open)
    )


def _building_labels() -> Select[Any]:
    return select(
        literal(CodeHolder.BUILDING.value).label("holder"),
        buildings.c.id,
        func.concat_ws(" ", compounds.c.name, buildings.c.building_no).label("name"),
        compounds.c.address.label("place"),
        func.coalesce(buildings.c.lon, compounds.c.lon).label("lon"),
        func.coalesce(buildings.c.lat, compounds.c.lat).label("lat"),
    ).join(compounds, compounds.c.id == buildings.c.compound_id)
