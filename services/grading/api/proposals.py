"""Decisions that wait for their second person."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.grading.actions import confirming
from services.grading.views.proposals import ProposalState, ProposalView, Refusal, Withdrawal
from shared.web import Caller, Page, Paging, Unit, allow

router = APIRouter(tags=["proposals"])

Reader = Annotated[Caller, allow("admin", "bureau", "enforcer")]
Decider = Annotated[Caller, allow("bureau", "enforcer")]


@router.get("/proposals")
async def list_proposals(
    paging: Paging, unit: Unit, caller: Reader, state: ProposalState | None = None, site_id: UUID | None = None
) -> Page[ProposalView]:
    """Overrides, lifts and verdicts that wait for their second person, and what became of others."""
    return await unit.read(confirming.list_proposals, state, site_id, paging, caller)


@router.get("/proposals/{proposal_id}")
async def read_proposal(proposal_id: UUID, unit: Unit, caller: Reader) -> ProposalView:
    """One of them, with who has agreed and who is asked."""
    return await unit.read(confirming.proposal, proposal_id, caller)


@router.post("/proposals/{proposal_id}/confirm")
async def confirm(proposal_id: UUID, unit: Unit, caller: Decider) -> ProposalView:
    """The second person agrees; now it takes effect."""
    return await unit(confirming.confirm, proposal_id, caller)


@router.post("/proposals/{proposal_id}/decline")
async def decline(proposal_id: UUID, body: Refusal, unit: Unit, caller: Decider) -> ProposalView:
    """The second person does not agree; nothing changes."""
    return await unit(confirming.decline, proposal_id, body, caller)


@router.post("/proposals/{proposal_id}/withdraw")
async def withdraw(proposal_id: UUID, body: Withdrawal, unit: Unit, caller: Decider) -> ProposalView:
    """Who proposed takes it back; nothing changes."""
    return await unit(confirming.withdraw, proposal_id, body, caller)
