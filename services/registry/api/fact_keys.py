"""The questions that a site can be asked, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.registry.actions import fact_keys as actions
from services.registry.desk import Desk
from services.registry.views.fact_keys import FactHistory, FactKeys, FactKeyView, NewFactKey
from services.registry.views.shape import READERS
from services.registry.views.sites import FactKeyName
from shared.web import Caller, allow

router = APIRouter(tags=["facts"])


@router.get("/fact-keys")
async def list_keys(desk: Desk, _caller: Annotated[Caller, allow(*READERS)]) -> FactKeys:
    """Every question with the answers that it takes."""
    return await desk.read(actions.list_keys)


@router.put("/fact-keys/{key}")
async def put_key(
    key: FactKeyName, body: NewFactKey, desk: Desk, caller: Annotated[Caller, allow("admin", "bureau")]
) -> FactKeyView:
    """Ask a question of the bureau's own."""
    return await desk.do(actions.put_key, key, body, caller)


@router.get("/sites/{site_id}/facts/{key}/history")
async def get_key_history(site_id: UUID, key: FactKeyName, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> FactHistory:
    """Everything that was ever answered to one question about a site."""
    return await desk.read(actions.key_history, site_id, key, caller)
