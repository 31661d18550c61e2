"""Steps of putting a hazard right; each says its event."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.inspection.actions import rectification
from services.inspection.actions.steps import Target
from services.inspection.domain.lifecycle import HazardStep, roles_of
from services.inspection.views.hazards import HazardDetail
from services.inspection.views.steps import (
    AskExtension,
    DecideExtension,
    ReturnRectification,
    StepCommand,
    SubmitRectification,
    VerifyRectification,
)
from shared.contracts.vocabulary import HazardId
from shared.web import Caller, IfMatch, Unit, allow

router = APIRouter(prefix="/hazards/{hazard_id}", tags=["rectification"])


async def _target(hazard_id: HazardId, version: IfMatch) -> Target:
    return Target(hazard_id, version)


Meant = Annotated[Target, Depends(_target)]


@router.post("/acknowledge")
async def acknowledge(
    body: StepCommand, target: Meant, unit: Unit, caller: Annotated[Caller, allow(*roles_of(HazardStep.ACKNOWLEDGE))]
) -> HazardDetail:
    """A party has seen what it must do."""
    return await unit(rectification.acknowledge, body, target, caller)


@router.post("/urge")
async def urge(
    body: StepCommand, target: Meant, unit: Unit, caller: Annotated[Caller, allow(*roles_of(HazardStep.URGE))]
) -> HazardDetail:
    """The landlord has urged the tenant."""
    return await unit(rectification.urge, body, target, caller)


@router.post("/report-refusal")
async def report_refusal(
    body: StepCommand, target: Meant, unit: Unit, caller: Annotated[Caller, allow(*roles_of(HazardStep.REPORT_REFUSAL))]
) -> HazardDetail:
    """The landlord reports that the tenant refuses."""
    return await unit(rectification.report_refusal, body, target, caller)


@router.post("/submit")
async def submit(
    body: SubmitRectification, target: Meant, unit: Unit, caller: Annotated[Caller, allow(*roles_of(HazardStep.SUBMIT))]
) -> HazardDetail:
    """The responsible party says that it is put right."""
    return await unit(rectification.submit, body, target, caller)


@router.post("/return")
async def give_back(
    body: ReturnRectification, target: Meant, unit: Unit, caller: Annotated[Caller, allow(*roles_of(HazardStep.RETURN))]
) -> HazardDetail:
    """The verifier did not find it put right."""
    return await unit(rectification.give_back, body, target, caller)


@router.post("/verify")
async def verify(
    body: VerifyRectification, target: Meant, unit: Unit, caller: Annotated[Caller, allow(*roles_of(HazardStep.VERIFY))]
) -> HazardDetail:
    """Somebody who did not rectify it says that it is put right."""
    return await unit(rectification.verify, body, target, caller)


@router.post("/reopen")
async def reopen(
    body: StepCommand, target: Meant, unit: Unit, caller: Annotated[Caller, allow(*roles_of(HazardStep.REOPEN))]
) -> HazardDetail:
    """A closed hazard is there again."""
    return await unit(rectification.reopen, body, target, caller)


@router.post("/extend")
async def ask_extension(
    body: AskExtension, target: Meant, unit: Unit, caller: Annotated[Caller, allow(*roles_of(HazardStep.EXTEND))]
) -> HazardDetail:
    """The responsible party asks for more time."""
    return await unit(rectification.ask_extension, body, target, caller)


@router.post("/decide-extension")
async def decide_extension(
    body: DecideExtension, target: Meant, unit: Unit, caller: Annotated[Caller, allow(*roles_of(HazardStep.DECIDE_EXTENSION))]
) -> HazardDetail:
    """More time is granted or not."""
    return await unit(rectification.decide_extension, body, target, caller)
