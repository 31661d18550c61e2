"""Leases and the admission gate over HTTP."""

import asyncio
from typing import Annotated, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.registry.actions import admission, change_requests, deciding, lease_life
from services.registry.actions import leases as actions
from services.registry.actions.agreements import agreement_words
from services.registry.agreement import MEDIA_TYPE, filled
from services.registry.desk import Desk
from services.registry.views.leases import (
    Activation,
    ChangeRequest,
    ConditionMet,
    LeaseChanges,
    LeaseEnding,
    LeaseFilter,
    LeaseLine,
    LeaseView,
    NewDocument,
    NewLease,
    NewOpinion,
    Withdrawal,
)
from services.registry.views.shape import READERS, REGISTRARS
from shared.web import Caller, Page, Paging, allow

router = APIRouter(tags=["leases"])
_REVIEWERS: Final = ("admin", "bureau", "department", "grid_officer")


@router.post("/leases", status_code=201)
async def draft_lease(body: NewLease, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS)]) -> LeaseView:
    """Draft a lease; it keeps its rooms from now on. 409 names who has them already."""
    return await desk.do(actions.draft_lease, body, caller)


@router.get("/leases")
async def list_leases(
    asked: Annotated[LeaseFilter, Query()], desk: Desk, paging: Paging, caller: Annotated[Caller, allow(*READERS)]
) -> Page[LeaseLine]:
    """Leases that the caller may see."""
    return await desk.read(actions.list_leases, asked, paging, caller)


@router.get("/leases/{lease_id}")
async def get_lease(lease_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> LeaseView:
    """One lease: state, checks with clause and reason, opinions, documents, chain up and down."""
    return await desk.read(actions.lease, lease_id, caller)


@router.get("/leases/{lease_id}/agreement.docx", response_class=Response, responses={200: {"content": {MEDIA_TYPE: {}}}})
async def get_agreement(lease_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> Response:
    """The model agreement, filled from the ledger, to be signed."""
    told = await desk.read(agreement_words, lease_id, caller)
    body = await asyncio.to_thread(filled, told.words)
    shown = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(told.name)}"}
    return Response(body, media_type=MEDIA_TYPE, headers=shown)


@router.patch("/leases/{lease_id}")
async def change_draft(
    lease_id: UUID, body: LeaseChanges, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS)]
) -> LeaseView:
    """Put a draft, or a stopped application, right."""
    return await desk.do(actions.change_draft, desk.target(lease_id), body, caller)


@router.post("/leases/{lease_id}/submit")
async def submit_lease(lease_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS)]) -> LeaseView:
    """Run the automatic checks and ask the departments; a hard stop leaves the step ``stopped`` with its reasons."""
    return await desk.do(admission.submit_lease, lease_id, caller)


@router.post("/leases/{lease_id}/opinions")
async def give_opinion(lease_id: UUID, body: NewOpinion, desk: Desk, caller: Annotated[Caller, allow(*_REVIEWERS)]) -> LeaseView:
    """One department's opinion (联合会审意见)."""
    return await desk.do(admission.give_opinion, lease_id, body, caller)


@router.post("/leases/{lease_id}/conditions/{condition_id}/met")
async def settle_condition(
    lease_id: UUID, condition_id: UUID, body: ConditionMet, desk: Desk, caller: Annotated[Caller, allow(*_REVIEWERS)]
) -> LeaseView:
    """A condition of the approval is met, as the department that asked for it finds; a file or a note is the proof."""
    return await desk.do(deciding.settle_condition, lease_id, condition_id, body, caller)


@router.post("/leases/{lease_id}/documents", status_code=201)
async def add_document(lease_id: UUID, body: NewDocument, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS)]) -> LeaseView:
    """File the next version of a document: agreement, duty split, consent, declaration, hand-over, filing."""
    return await desk.do(lease_life.add_document, lease_id, body, caller)


@router.post("/leases/{lease_id}/activate")
async def activate_lease(
    lease_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS)], body: Activation | None = None
) -> LeaseView:
    """The tenant has moved in; its site is registered where there was none."""
    return await desk.do(lease_life.activate_lease, lease_id, body or Activation(), caller)


@router.post("/leases/{lease_id}/changes", status_code=201)
async def request_change(
    lease_id: UUID, body: ChangeRequest, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS)]
) -> LeaseView:
    """Ask for a change while the lease runs; a short review decides."""
    return await desk.do(change_requests.request_change, lease_id, body, caller)


@router.post("/leases/{lease_id}/end")
async def end_lease(
    lease_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS)], body: LeaseEnding | None = None
) -> LeaseView:
    """The lease is over; moving out needs a final check where chemicals were."""
    return await desk.do(lease_life.end_lease, lease_id, body or LeaseEnding(), caller)


@router.post("/leases/{lease_id}/withdraw")
async def withdraw_lease(
    lease_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS)], body: Withdrawal | None = None
) -> LeaseView:
    """The landlord no longer wants it."""
    return await desk.do(actions.withdraw_lease, lease_id, body or Withdrawal(), caller)
