"""Verifying mobiles over HTTP: a code goes to the number in the ledger, and whoever has the phone tells what came."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.notify.actions import verifications as actions
from services.notify.address_book import Away
from services.notify.office import office_over
from services.notify.views.verifications import NewVerification, TypedCode, VerificationView
from shared.errors import Unavailable
from shared.web import Caller, Unit, allow

router = APIRouter(tags=["verifications"])

VERIFIERS = ("admin", "bureau", "grid_officer", "landlord", "tenant", "integrator")
Verifier = Annotated[Caller, allow(*VERIFIERS)]


@router.post("/verifications", status_code=202)
async def ask_for_code(body: NewVerification, unit: Unit, caller: Verifier) -> VerificationView:
    """Send a code to a contact's mobile; any earlier one for him is over."""
    await unit.replay(body, caller)
    await unit.read(actions.require_reach, body.contact_id, caller)
    office = office_over(unit.database)
    try:
        mobile = await office.addresses.mobile(body.contact_id)
    except Away:
        raise Unavailable from None
    if mobile is None:
        raise actions.NoMobile(pointer="/contact_id")
    return await unit(actions.ask, body, mobile, office, caller)


@router.get("/verifications/{verification_id}")
async def get_verification(verification_id: UUID, unit: Unit, caller: Verifier) -> VerificationView:
    """Whether the code has left, how many tries it has and until when."""
    return await unit.read(actions.verification, verification_id, caller)


@router.post("/verifications/{verification_id}/confirm")
async def confirm_code(verification_id: UUID, body: TypedCode, unit: Unit, caller: Verifier) -> VerificationView:
    """Type the code that came; a wrong one costs a try, whatever the key of the request."""
    verdict, view = await unit.anew(actions.judge_code, verification_id, body, office_over(unit.database), caller)
    return actions.answer(verdict, view)
