"""Checklists to fill in, and visits on which they were filled in."""

from typing import Annotated

from fastapi import APIRouter

from services.inspection.actions import reading, visits
from services.inspection.views.checklists import ChecklistView
from services.inspection.views.visits import NewVisit, VisitView
from shared.contracts.vocabulary import SiteId
from shared.web import Caller, Page, Unit, allow

router = APIRouter(tags=["visits"])

_VISITORS = ("bureau", "enforcer", "grid_officer", "engineer", "department", "landlord", "tenant")


@router.get("/checklists")
async def list_checklists(
    unit: Unit, caller: Annotated[Caller, allow("admin", *_VISITORS)], site_id: SiteId | None = None
) -> Page[ChecklistView]:
    """Published checklists; with a site, each item says whether it is asked there."""
    return await unit.read(reading.list_checklists, site_id, caller)


@router.post("/visits", status_code=201)
async def record_visit(body: NewVisit, unit: Unit, caller: Annotated[Caller, allow(*_VISITORS)]) -> VisitView:
    """Record a visit; every failed item becomes a hazard."""
    return await unit(visits.record_visit, body, caller)
