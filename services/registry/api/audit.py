"""The audit trail over HTTP: who read or decided what, and whether the record of it is whole."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.registry.actions import auditing as actions
from services.registry.desk import Desk
from services.registry.views.audit import AuditFilter, ChainView, DeedView
from shared.web import Caller, Page, Paging, allow

router = APIRouter(tags=["audit"])


@router.get("/audit")
async def list_deeds(
    asked: Annotated[AuditFilter, Query()], desk: Desk, paging: Paging, _: Annotated[Caller, allow("admin")]
) -> Page[DeedView]:
    """Deeds, the newest first."""
    return await desk.read(actions.list_deeds, asked, paging)


@router.get("/audit/chain")
async def check_chain(desk: Desk, _: Annotated[Caller, allow("admin")]) -> ChainView:
    """Recompute the chain from the first deed to the last."""
    return await desk.read(actions.check_chain)
