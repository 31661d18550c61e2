"""Notices over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.notify.actions import notices as actions
from services.notify.views.notices import CallDone, CallView, Consent, Marked, NoticeFilter, NoticeLine, NoticeView
from shared.web import Caller, Page, Paging, Unit, allow, etag

router = APIRouter(tags=["notices"])

READERS = ("admin", "bureau", "enforcer", "grid_officer", "engineer", "department", "landlord", "tenant")
ADDRESSEES = (*READERS, "integrator")
OFFICIALS = ("admin", "bureau", "grid_officer", "department")


@router.get("/notices")
async def list_notices(
    asked: Annotated[NoticeFilter, Query()], unit: Unit, paging: Paging, caller: Annotated[Caller, allow(*READERS)]
) -> Page[NoticeLine]:
    """Notices that the caller may see, newest first."""
    return await unit.read(actions.list_notices, asked, paging, caller)


@router.get("/inbox")
async def inbox(unit: Unit, paging: Paging, caller: Annotated[Caller, allow(*ADDRESSEES)]) -> Page[NoticeLine]:
    """What was told to the caller himself."""
    return await unit.read(actions.inbox, paging, caller)


@router.get("/notices/{notice_id}")
async def get_notice(
    notice_id: UUID, unit: Unit, response: Response, caller: Annotated[Caller, allow(*ADDRESSEES)]
) -> NoticeView:
    """One notice with attempts, receipts, read and acknowledged times."""
    found = await unit.read(actions.notice, notice_id, unit.settings.public_url, caller)
    etag(response, found.version)
    return found


@router.post("/notices/{notice_id}/read")
async def read(notice_id: UUID, unit: Unit, caller: Annotated[Caller, allow(*ADDRESSEES)]) -> Marked:
    """The caller has opened it."""
    return await unit(actions.read, notice_id, caller)


@router.post("/notices/{notice_id}/acknowledge")
async def acknowledge(notice_id: UUID, unit: Unit, caller: Annotated[Caller, allow(*ADDRESSEES)]) -> Marked:
    """The caller confirms what he was told; the ladder stops."""
    return await unit(actions.acknowledge, notice_id, caller)


@router.get("/calls")
async def list_calls(unit: Unit, paging: Paging, caller: Annotated[Caller, allow(*OFFICIALS)]) -> Page[CallView]:  # noqa: ARG001
    """Who is to be phoned, because nobody has confirmed."""
    return await unit.read(actions.calls, paging)


@router.post("/calls/{call_id}/done")
async def end_call(call_id: UUID, body: CallDone, unit: Unit, caller: Annotated[Caller, allow(*OFFICIALS)]) -> Marked:
    """Somebody has phoned."""
    return await unit(actions.end_call, call_id, body, caller)


@router.post("/consents", status_code=204)
async def consent(body: Consent, unit: Unit, caller: Annotated[Caller, allow("integrator", "tenant", "landlord")]) -> None:
    """What a person agreed to in the mini-program; a tenant or landlord tells it of the people of its own party only."""
    await unit(actions.consent, body, caller)
