"""Proposals and confirmations over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.registry.actions import confirming
from services.registry.actions import proposals as actions
from services.registry.desk import Desk
from services.registry.views.proposals import (
    Confirmation,
    PartyProposal,
    ProposalDecision,
    ProposalFilter,
    ProposalView,
    SiteProposal,
)
from services.registry.views.shape import READERS
from services.registry.views.sites import SiteView
from shared.web import Caller, Page, Paging, allow

router = APIRouter(tags=["proposals"])

_PROPOSERS = ("landlord", "tenant", "grid_officer", "bureau", "engineer", "integrator")
_DECIDERS = ("admin", "bureau", "grid_officer")


@router.post("/sites/{site_id}/proposals", status_code=201)
async def propose_for_site(
    site_id: UUID, body: SiteProposal, desk: Desk, caller: Annotated[Caller, allow(*_PROPOSERS)]
) -> ProposalView:
    """Say what has changed about a site; an officer accepts it after comparing."""
    return await desk.do(actions.propose_for_site, site_id, body, caller)


@router.post("/parties/{party_id}/proposals", status_code=201)
async def propose_for_party(
    party_id: UUID, body: PartyProposal, desk: Desk, caller: Annotated[Caller, allow(*_PROPOSERS)]
) -> ProposalView:
    """Say what has changed about a party."""
    return await desk.do(actions.propose_for_party, party_id, body, caller)


@router.get("/proposals")
async def list_proposals(
    asked: Annotated[ProposalFilter, Query()], desk: Desk, paging: Paging, caller: Annotated[Caller, allow(*READERS)]
) -> Page[ProposalView]:
    """Proposals with old and new side by side; the open ones unless another state is asked for."""
    return await desk.read(actions.list_proposals, asked, paging, caller)


@router.get("/proposals/{proposal_id}")
async def get_proposal(proposal_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> ProposalView:
    """One proposal with old and new side by side."""
    return await desk.read(actions.proposal, proposal_id, caller)


@router.post("/proposals/{proposal_id}/accept")
async def accept_proposal(
    proposal_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*_DECIDERS)], body: ProposalDecision | None = None
) -> ProposalView:
    """Write it into the ledger."""
    return await desk.do(actions.accept_proposal, proposal_id, body or ProposalDecision(), desk.vault, caller)


@router.post("/proposals/{proposal_id}/reject")
async def reject_proposal(
    proposal_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*_DECIDERS)], body: ProposalDecision | None = None
) -> ProposalView:
    """Leave the ledger as it is."""
    return await desk.do(actions.reject_proposal, proposal_id, body or ProposalDecision(), caller)


@router.post("/sites/{site_id}/confirm")
async def confirm_site(
    site_id: UUID,
    desk: Desk,
    caller: Annotated[Caller, allow("landlord", "tenant", "grid_officer", "bureau", "admin")],
    body: Confirmation | None = None,
) -> SiteView:
    """The ledger about this site is right as it stands."""
    return await desk.do(confirming.confirm_site, site_id, body or Confirmation(), caller)
