"""Appeals."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter

from services.grading.actions import appealing
from services.grading.scope import READERS
from services.grading.views.matters import AppealVerdict, AppealView, NewAppeal
from shared.web import Caller, Page, Paging, Unit, allow

router = APIRouter(tags=["appeals"])


@router.post("/appeals", status_code=201)
async def file_appeal(body: NewAppeal, unit: Unit, caller: Annotated[Caller, allow("landlord", "tenant")]) -> AppealView:
    """A party disputes the level of its site."""
    return await unit(appealing.file_appeal, body, caller)


@router.get("/appeals")
async def list_appeals(
    paging: Paging,
    unit: Unit,
    caller: Annotated[Caller, allow(*READERS)],
    state: Literal["open", "decided"] | None = None,
    site_id: UUID | None = None,
) -> Page[AppealView]:
    """Appeals that the caller may see."""
    return await unit.read(appealing.list_appeals, state, site_id, paging, caller)


@router.post("/appeals/{appeal_id}/decide")
async def decide_appeal(
    appeal_id: UUID, body: AppealVerdict, unit: Unit, caller: Annotated[Caller, allow("bureau", "enforcer")]
) -> AppealView:
    """End an appeal."""
    return await unit(appealing.decide_appeal, appeal_id, body, caller)
