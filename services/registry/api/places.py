"""Compounds and buildings over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.registry.actions import devices
from services.registry.actions import places as actions
from services.registry.desk import Desk
from services.registry.views.places import (
    BuildingChanges,
    BuildingFilter,
    BuildingView,
    CompoundChanges,
    CompoundFilter,
    CompoundView,
    DeviceChanges,
    DeviceList,
    DeviceView,
    NewBuilding,
    NewCompound,
    NewDevice,
    Occupancy,
)
from services.registry.views.shape import OFFICIALS, READERS, REGISTRARS
from shared.web import Caller, Page, Paging, allow

router = APIRouter(tags=["places"])


@router.post("/compounds", status_code=201)
async def register_compound(body: NewCompound, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS)]) -> CompoundView:
    """Register a compound of one landlord."""
    return await desk.do(actions.register_compound, body, caller)


@router.get("/compounds")
async def list_compounds(
    asked: Annotated[CompoundFilter, Query()], desk: Desk, paging: Paging, caller: Annotated[Caller, allow(*READERS)]
) -> Page[CompoundView]:
    """Compounds that the caller may see."""
    return await desk.read(actions.list_compounds, asked, paging, caller)


@router.get("/compounds/{compound_id}")
async def get_compound(compound_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> CompoundView:
    """One compound."""
    return await desk.read(actions.compound, compound_id, caller)


@router.patch("/compounds/{compound_id}")
async def change_compound(
    compound_id: UUID, body: CompoundChanges, desk: Desk, caller: Annotated[Caller, allow(*OFFICIALS)]
) -> CompoundView:
    """Change what was said of a compound."""
    return await desk.do(actions.change_compound, desk.target(compound_id), body, caller)


@router.post("/buildings", status_code=201)
async def register_building(body: NewBuilding, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS)]) -> BuildingView:
    """Register a building of a compound."""
    return await desk.do(actions.register_building, body, caller)


@router.get("/buildings")
async def list_buildings(
    asked: Annotated[BuildingFilter, Query()], desk: Desk, paging: Paging, caller: Annotated[Caller, allow(*READERS)]
) -> Page[BuildingView]:
    """Buildings that the caller may see."""
    return await desk.read(actions.list_buildings, asked, paging, caller)


@router.get("/buildings/{building_id}")
async def get_building(building_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> BuildingView:
    """One building with its owner."""
    return await desk.read(actions.building, building_id, caller)


@router.patch("/buildings/{building_id}")
async def change_building(
    building_id: UUID, body: BuildingChanges, desk: Desk, caller: Annotated[Caller, allow(*OFFICIALS)]
) -> BuildingView:
    """Change what was said of a building; its sites' facts follow."""
    return await desk.do(actions.change_building, desk.target(building_id), body, caller)


@router.get("/buildings/{building_id}/occupancy")
async def get_occupancy(building_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> Occupancy:
    """Who has which rooms today, until when, and how much of the floor is let."""
    return await desk.read(devices.occupancy, building_id, caller)


@router.get("/buildings/{building_id}/devices")
async def list_devices(building_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> DeviceList:
    """The devices of a building, with their last test."""
    return await desk.read(devices.list_devices, building_id, caller)


@router.post("/buildings/{building_id}/devices", status_code=201)
async def add_device(building_id: UUID, body: NewDevice, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS)]) -> DeviceView:
    """Register a device, such as the one-key alarm."""
    return await desk.do(devices.add_device, building_id, body, caller)


@router.patch("/devices/{device_id}")
async def change_device(
    device_id: UUID, body: DeviceChanges, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS)]
) -> DeviceView:
    """Change a device, or say that it was removed."""
    return await desk.do(devices.change_device, desk.target(device_id), body, caller)
