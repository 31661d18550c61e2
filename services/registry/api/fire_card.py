"""A building's fire card over HTTP: as data, or as a page to print."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from services.registry.actions import fire_card as actions
from services.registry.desk import Desk
from services.registry.pages import fire_card_page
from services.registry.views.fire_card import FireCard
from services.registry.views.shape import READERS
from shared.web import Caller, allow

router = APIRouter(tags=["fire card"])

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@router.get("/buildings/{building_id}/fire-card")
async def get_fire_card(building_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> FireCard:
    """Who is inside, how many, what burns, whom to call, how to get out."""
    return await desk.do(actions.fire_card, building_id, desk.vault, caller)


@router.get("/buildings/{building_id}/fire-card.html", response_class=HTMLResponse)
async def print_fire_card(building_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> HTMLResponse:
    """The same on one page to print and to take along."""
    card = await desk.do(actions.fire_card, building_id, desk.vault, caller)
    return HTMLResponse(fire_card_page(card), headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"})
