"""What supervisors decide about a hazard; each decision says its event."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.inspection.actions import determination
from services.inspection.actions.steps import Target
from services.inspection.domain.lifecycle import HazardStep, roles_of
from services.inspection.views.hazards import HazardDetail
from services.inspection.views.steps import (
    ConfirmHazard,
    ConfirmMajor,
    DelistHazard,
    ListHazard,
    RejectHazard,
    TransferHazard,
)
from shared.contracts.vocabulary import HazardId
from shared.web import Caller, IfMatch, Unit, allow

router = APIRouter(prefix="/hazards/{hazard_id}", tags=["determination"])


async def _target(hazard_id: HazardId, version: IfMatch) -> Target:
    return Target(hazard_id, version)


_TRANSFERRING = roles_of(HazardStep.TRANSFER) | roles_of(HazardStep.ACCEPT_TRANSFER)
Meant = Annotated[Target, Depends(_target)]


@router.post("/confirm")
async def confirm(
    body: ConfirmHazard, target: Meant, unit: Unit, caller: Annotated[Caller, allow(*roles_of(HazardStep.CONFIRM))]
) -> HazardDetail:
    """It is a hazard of this level, due on this day."""
    return await unit(determination.confirm, body, target, caller)


@router.post("/reject")
async def reject(
    body: RejectHazard, target: Meant, unit: Unit, caller: Annotated[Caller, allow(*roles_of(HazardStep.REJECT))]
) -> HazardDetail:
    """It is none, or a double."""
    return await unit(determination.reject, body, target, caller)


@router.post("/transfer")
async def transfer(
    body: TransferHazard,
    target: Meant,
    unit: Unit,
    caller: Annotated[Caller, allow(*_TRANSFERRING)],
) -> HazardDetail:
    """Offered to another department, or answered by it."""
    return await unit(determination.transfer, body, target, caller)


@router.post("/confirm-major")
async def confirm_major(
    body: ConfirmMajor, target: Meant, unit: Unit, caller: Annotated[Caller, allow(*roles_of(HazardStep.CONFIRM_MAJOR))]
) -> HazardDetail:
    """One more person determines that it is major."""
    return await unit(determination.confirm_major, body, target, caller)


@router.post("/list")
async def put_on_list(
    body: ListHazard, target: Meant, unit: Unit, caller: Annotated[Caller, allow(*roles_of(HazardStep.LIST))]
) -> HazardDetail:
    """A government supervises it from now on."""
    return await unit(determination.put_on_list, body, target, caller)


@router.post("/delist")
async def take_off_list(
    body: DelistHazard, target: Meant, unit: Unit, caller: Annotated[Caller, allow(*roles_of(HazardStep.DELIST))]
) -> HazardDetail:
    """The accepted hazard leaves the list and is closed."""
    return await unit(determination.take_off_list, body, target, caller)
