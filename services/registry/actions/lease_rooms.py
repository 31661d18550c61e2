"""Keeping and giving back rooms: of many leases that want one room, one has it."""

from collections.abc import Iterable, Sequence
from typing import Any

from services.registry.domain.lease import LeaseOverlaps, Term
from services.registry.domain.party import shown_name
from services.registry.domain.space import Space, read_placed
from services.registry.store.leases import building_number, hold, holder_of, release, scope_number, space_rows, unplaced_holder_of
from services.registry.store.rows import Row
from services.registry.store.settling import lock_neighbourhood
from shared.contracts.vocabulary import PartyType
from shared.database import Transaction as Tx
from shared.errors import Refused


class RoomUnplaced(Refused):
    """Another lease keeps a room on a floor that nobody named: it may be the one that is asked for, or lie on that floor."""

    code = "room_unplaced"
    status = 409
    zh = "{winner}承租的房间在台账中未写明楼层，可能与所申请的房间是同一处；请先补明其楼层"
    en = "The ledger does not tell the floor of the room let to {winner}; it may be this one: name its floor first"
    members = ("winner", "lease_id")


def rooms_told(labels: Iterable[str], building: Row) -> tuple[Space, ...]:
    """The rooms that somebody lets, each on a floor. Raises SpaceUnreadable or FloorNotNamed with the place of the label."""
    return read_placed(labels, None if building["floors_below"] else building["floors_above"])


async def rooms_wanted(lease: Row, spaces: Sequence[Space], parent: Row | None, tx: Tx) -> list[dict[str, object]]:
    """The rows that keep a lease's rooms."""
    number = await building_number(tx, lease["building_id"])
    scope = scope_number(number, parent["number"] if parent else None)
    return space_rows(lease["id"], scope, (space.range for space in spaces), Term(lease["start"], lease["end"]))


async def require_free(rows: Sequence[dict[str, object]], tx: Tx) -> None:
    """Refuse where another lease keeps any of the rooms, and name it. Asked without a lock: most losers need not queue."""
    holder = await holder_of(tx, rows)
    if holder is not None:
        raise LeaseOverlaps(pointer="/rooms", **_named(holder))


async def require_placed(rows: Sequence[dict[str, Any]], tx: Tx) -> None:
    """Refuse rooms that may be one which another lease keeps on a floor that no ledger named. Asked under the lock.

    A ledger tells what is let already and is taken as it is; who lets something new must know that it is free.
    """
    holder = await unplaced_holder_of(tx, rows)
    if holder is not None:
        raise RoomUnplaced(pointer="/rooms", **_named(holder))


async def keep_rooms(lease: Row, rows: Sequence[dict[str, object]], tx: Tx) -> None:
    """Keep the rooms in place of those kept before. The lock decides between two at once; the table's constraint backs it."""
    await lock_neighbourhood(tx, [lease["building_id"]])
    await require_free(rows, tx)
    await release(tx, [lease["id"]])
    await hold(tx, rows)


def _named(holder: Row) -> dict[str, Any]:
    return {"winner": shown_name(PartyType(holder["party_type"]), holder["name"]), "lease_id": holder["id"]}
