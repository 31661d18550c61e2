"""The devices of a building, and who has which of its rooms."""

from collections.abc import Sequence
from uuid import UUID

from services.registry.actions.changes import given
from services.registry.actions.holders import require_kept
from services.registry.domain.document import Holder
from services.registry.domain.party import shown_name
from services.registry.store.hearing import devices_of
from services.registry.store.leases import occupants_of
from services.registry.store.places import building_seen
from services.registry.store.rows import Row, Target, add, change, get
from services.registry.store.scope import Reach, reach_of, seen_buildings
from services.registry.tables_facts import devices
from services.registry.views.places import DeviceChanges, DeviceList, DeviceView, LetSpace, NewDevice, Occupancy
from shared.contracts.vocabulary import PartyType
from shared.database import Transaction as Tx
from shared.errors import Missing
from shared.identifiers import new_id
from shared.web import Caller


async def add_device(building_id: UUID, body: NewDevice, caller: Caller, tx: Tx) -> DeviceView:
    """A device that belongs to a building from now on; said by an official, or by who lets there."""
    await require_kept(Holder.BUILDING, building_id, caller, tx)
    row = await add(tx, devices, {"id": body.id or new_id(), "building_id": building_id, **body.model_dump(exclude={"id"})})
    return DeviceView(**row)


async def change_device(target: Target, body: DeviceChanges, caller: Caller, tx: Tx) -> DeviceView:
    """Change a device, or say that it was removed."""
    await require_kept(Holder.BUILDING, (await get(tx, devices, target.id))["building_id"], caller, tx)
    return DeviceView(**await change(tx, devices, target, given(body, devices)))


async def list_devices(building_id: UUID, caller: Caller, tx: Tx) -> DeviceList:
    """The devices that are there."""
    await _building(building_id, caller, tx)
    return DeviceList(items=[DeviceView(**row) for row in await devices_of(tx, building_id)])


async def occupancy(building_id: UUID, caller: Caller, tx: Tx) -> Occupancy:
    """Who has which rooms today; a tenant sees its own and those that it sublets, everybody else sees all."""
    building = await _building(building_id, caller, tx)
    rows = _shown_to(await reach_of(caller, tx), building, await occupants_of(tx, building_id))
    spaces = [LetSpace(**{**row, "lease_id": row["id"], "tenant": _name(row)}) for row in rows]
    let = sum(space.area for space in spaces if space.depth == 1)
    return Occupancy(building_id=building_id, floor_area=building["floor_area"], let_area=let, items=spaces)


def _shown_to(reach: Reach, building: Row, rows: Sequence[Row]) -> list[Row]:
    own = {building["landlord_party_id"], building["unified_manager_party_id"]} & set(reach.parties)
    if reach.everything or reach.grids or own:
        return list(rows)
    return [row for row in rows if {row["landlord_party_id"], row["tenant_party_id"]} & set(reach.parties)]


def _name(row: Row) -> str:
    return shown_name(PartyType(row["party_type"]), row["name"])


async def _building(identity: UUID, caller: Caller, tx: Tx) -> Row:
    row = await building_seen(tx, identity, seen_buildings(await reach_of(caller, tx)))
    if row is None:
        raise Missing
    return row
