"""The gate's rules over HTTP, and the list of those not to be admitted."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.registry.actions import gatekeeping as actions
from services.registry.desk import Desk
from services.registry.views.gate import (
    BarredEnding,
    BarredView,
    NewBarred,
    NewRulebook,
    Publication,
    Rulebooks,
    RulebookView,
)
from services.registry.views.shape import READERS
from shared.web import Caller, Page, Paging, allow

router = APIRouter(tags=["gate"])


@router.get("/rulebooks")
async def list_rulebooks(desk: Desk, _caller: Annotated[Caller, allow(*READERS)]) -> Rulebooks:
    """All versions of the gate's rules; the one that ships is a sample until the bureau publishes its own."""
    return await desk.read(actions.list_rulebooks)


@router.get("/rulebooks/{version}")
async def get_rulebook(version: str, desk: Desk, _caller: Annotated[Caller, allow(*READERS)]) -> RulebookView:
    """One version with its clauses and rules."""
    return await desk.read(actions.rulebook, version)


@router.post("/rulebooks", status_code=201)
async def draft_rulebook(body: NewRulebook, desk: Desk, caller: Annotated[Caller, allow("admin", "bureau")]) -> RulebookView:
    """Keep a draft; what cannot be applied is refused with the reason."""
    return await desk.do(actions.draft_rulebook, body, caller)


@router.post("/rulebooks/{version}/publish")
async def publish_rulebook(
    version: str, body: Publication, desk: Desk, caller: Annotated[Caller, allow("admin", "bureau")]
) -> RulebookView:
    """The gate goes by it from a day on."""
    return await desk.do(actions.publish_rulebook, version, body, caller)


@router.get("/barred")
async def list_barred(desk: Desk, paging: Paging, _caller: Annotated[Caller, allow(*READERS)]) -> Page[BarredView]:
    """Those not to be admitted (不予准入清单)."""
    return await desk.read(actions.list_barred, paging)


@router.post("/barred", status_code=201)
async def bar(body: NewBarred, desk: Desk, caller: Annotated[Caller, allow("admin", "bureau")]) -> BarredView:
    """Put a firm, or a line of work, on the list."""
    return await desk.do(actions.bar, body, caller)


@router.post("/barred/{barred_id}/end")
async def unbar(
    barred_id: UUID, body: BarredEnding, desk: Desk, caller: Annotated[Caller, allow("admin", "bureau")]
) -> BarredView:
    """End an entry; it stays readable."""
    return await desk.do(actions.unbar, barred_id, body, caller)
