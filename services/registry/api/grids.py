"""Grids and their officers over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.registry.actions import grids as actions
from services.registry.actions import officers as officer_actions
from services.registry.desk import Desk
from services.registry.views.grids import (
    AssignmentView,
    GridAssignment,
    GridChanges,
    GridLine,
    GridView,
    NewGrid,
    NewOfficer,
    OfficerChanges,
    OfficerEnding,
    OfficerView,
)
from services.registry.views.shape import READERS
from shared.web import Caller, Page, Paging, allow

router = APIRouter(tags=["grids"])


@router.post("/grids", status_code=201)
async def register_grid(body: NewGrid, desk: Desk, caller: Annotated[Caller, allow("admin", "bureau")]) -> GridView:
    """Register a grid; its area takes the sites in it."""
    return await desk.do(actions.register_grid, body, caller)


@router.get("/grids")
async def list_grids(desk: Desk, paging: Paging, caller: Annotated[Caller, allow(*READERS)]) -> Page[GridLine]:
    """Grids that the caller may see."""
    return await desk.read(actions.list_grids, paging, caller)


@router.get("/grids/{grid_id}")
async def get_grid(grid_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> GridView:
    """One grid with its officers over time."""
    return await desk.read(actions.grid, grid_id, caller)


@router.patch("/grids/{grid_id}")
async def change_grid(
    grid_id: UUID, body: GridChanges, desk: Desk, caller: Annotated[Caller, allow("admin", "bureau")]
) -> GridView:
    """Change a grid; a new area moves its sites."""
    return await desk.do(actions.change_grid, desk.target(grid_id), body, caller)


@router.post("/grids/{grid_id}/assign")
async def assign(
    grid_id: UUID, body: GridAssignment, desk: Desk, caller: Annotated[Caller, allow("admin", "bureau")]
) -> GridView:
    """Give sites to the grid by hand, or name who answers for it from a day on."""
    return await desk.do(actions.assign, grid_id, body, caller)


@router.post("/grids/assignments/{assignment_id}/end")
async def relieve_officer(
    assignment_id: UUID, body: OfficerEnding, desk: Desk, caller: Annotated[Caller, allow("admin", "bureau")]
) -> AssignmentView:
    """The officer no longer answers for the grid, and no longer sees it."""
    return await desk.do(officer_actions.relieve_officer, assignment_id, body, caller)


@router.post("/officers", status_code=201)
async def register_officer(body: NewOfficer, desk: Desk, caller: Annotated[Caller, allow("admin", "bureau")]) -> OfficerView:
    """Register an officer."""
    return await desk.do(officer_actions.register_officer, body, desk.vault, caller)


@router.get("/officers")
async def list_officers(desk: Desk, paging: Paging, _caller: Annotated[Caller, allow("admin", "bureau")]) -> Page[OfficerView]:
    """All officers, numbers masked."""
    return await desk.read(officer_actions.list_officers, paging, desk.vault)


@router.patch("/officers/{officer_id}")
async def change_officer(
    officer_id: UUID, body: OfficerChanges, desk: Desk, caller: Annotated[Caller, allow("admin", "bureau")]
) -> OfficerView:
    """Change an officer."""
    return await desk.do(officer_actions.change_officer, desk.target(officer_id), body, desk.vault, caller)
