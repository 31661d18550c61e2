"""Hazards: reported without a visit, listed, read."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.inspection.actions import reading, reports
from services.inspection.actions.reading import Wanted
from services.inspection.store.hazard_lists import HazardFilter
from services.inspection.views.hazards import HazardDetail, HazardView, NewHazard, ReportedView
from services.inspection.views.shape import Short
from shared.contracts.vocabulary import HazardId, HazardLevel, HazardSource, HazardState
from shared.web import Caller, Page, Paging, Unit, allow, etag

router = APIRouter(tags=["hazards"])

_READERS = ("admin", "bureau", "enforcer", "grid_officer", "engineer", "department", "landlord", "tenant")
_REPORTERS = ("bureau", "enforcer", "grid_officer", "engineer", "department", "landlord", "tenant", "integrator")


async def _filters(  # noqa: PLR0913, PLR0917 - one parameter for each filter of the contract
    site_id: UUID | None = None,
    building_id: UUID | None = None,
    grid_id: UUID | None = None,
    visit_id: UUID | None = None,
    item: Short | None = None,
    source: HazardSource | None = None,
    state: Annotated[tuple[HazardState, ...], Query()] = (),
    level: Annotated[tuple[HazardLevel, ...], Query()] = (),
    overdue: bool | None = None,  # noqa: FBT001 - a query parameter
    open: bool | None = None,  # noqa: A002, FBT001 - the same
) -> HazardFilter:
    return HazardFilter(site_id, building_id, grid_id, visit_id, item, source, state or None, level or None, overdue, open)


@router.post("/hazards", status_code=201)
async def report_hazard(body: NewHazard, unit: Unit, caller: Annotated[Caller, allow(*_REPORTERS)]) -> ReportedView:
    """Report a hazard without a visit."""
    return await unit.together(reports.report_hazards, body, caller, apart=body.site_id)


@router.get("/hazards")
async def list_hazards(
    which: Annotated[HazardFilter, Depends(_filters)],
    paging: Paging,
    unit: Unit,
    caller: Annotated[Caller, allow(*_READERS)],
) -> Page[HazardView]:
    """Hazards that the caller may see, newest first."""
    return await unit.read(reading.list_hazards, Wanted(which, paging), caller)


@router.get("/hazards/{hazard_id}")
async def read_hazard(
    hazard_id: HazardId, response: Response, unit: Unit, caller: Annotated[Caller, allow(*_READERS)]
) -> HazardDetail:
    """One hazard with its whole history."""
    hazard = await unit.read(reading.read_hazard, hazard_id, caller)
    etag(response, hazard.version)
    return hazard
