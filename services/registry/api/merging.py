"""Merging duplicates over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.registry.actions import merging as actions
from services.registry.desk import Desk
from services.registry.views.proposals import MergeView, Merging, Unmerging
from shared.web import Caller, allow

router = APIRouter(tags=["merging"])


@router.post("/parties/{party_id}/merge")
async def merge_party(
    party_id: UUID, body: Merging, desk: Desk, caller: Annotated[Caller, allow("admin", "bureau")]
) -> MergeView:
    """Let this record and the one named in ``into`` be one party; the latter goes on."""
    return await desk.do(actions.merge_party, party_id, body, caller)


@router.post("/parties/{party_id}/unmerge")
async def unmerge_party(
    party_id: UUID, desk: Desk, caller: Annotated[Caller, allow("admin", "bureau")], body: Unmerging | None = None
) -> MergeView:
    """They were two after all."""
    return await desk.do(actions.unmerge_party, party_id, body or Unmerging(), caller)
