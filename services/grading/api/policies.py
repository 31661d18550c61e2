"""Policies as files: drafted, rehearsed, activated."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.grading.actions import policies
from services.grading.views.policies import Activate, PolicyChecked, PolicyText, PolicyView, Rehearsal, Rehearse
from shared.errors import Unreadable
from shared.web import Caller, Unit, allow

router = APIRouter(tags=["policies"])

Maker = Annotated[Caller, allow("bureau", "admin")]

_BODY = {"application/yaml": {"schema": {"type": "string"}}, "application/json": {"schema": {"type": "object"}}}


@router.post("/policies", status_code=201, openapi_extra={"requestBody": {"required": True, "content": _BODY}})
async def draft_policy(request: Request, unit: Unit, caller: Maker) -> PolicyChecked:
    """Check a policy, as YAML or JSON, and keep it as a draft."""
    try:
        text = (await request.body()).decode()
    except UnicodeDecodeError:
        raise Unreadable from None
    return await unit(policies.draft_policy, text, caller)


@router.get("/policies")
async def list_policies(unit: Unit, caller: Maker) -> list[PolicyView]:
    """Every policy, and from when each grades."""
    return await unit.read(policies.list_policies, caller)


@router.get("/policies/{policy_id}")
async def read_policy(policy_id: str, unit: Unit, caller: Maker) -> PolicyText:
    """A policy with its text, and how far grading anew has come."""
    return await unit.read(policies.read_policy_view, policy_id, caller)


@router.post("/policies/{policy_id}/rehearse")
async def rehearse_policy(policy_id: str, body: Rehearse, unit: Unit, caller: Maker, response: Response) -> Rehearsal:
    """Who would move; 202 where so many sites are graded that it goes on in the background."""
    answer: Rehearsal = await unit(policies.rehearse_policy, policy_id, body, caller)
    if answer.state == "running":
        response.status_code = 202
    return answer


@router.get("/rehearsals/{rehearsal_id}")
async def read_rehearsal(rehearsal_id: UUID, unit: Unit, caller: Maker) -> Rehearsal:
    """How far a rehearsal has come and what it has found."""
    return await unit.read(policies.read_rehearsal, rehearsal_id, caller)


@router.post("/policies/{policy_id}/activate")
async def activate_policy(policy_id: str, body: Activate, unit: Unit, caller: Maker) -> PolicyView:
    """Let a policy grade from a day on."""
    return await unit(policies.activate_policy, policy_id, body, caller)
