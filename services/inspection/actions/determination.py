"""What supervisors decide about a hazard: confirm, reject, transfer, call it major, list and delist it."""

from services.inspection.actions.steps import Target, take
from services.inspection.domain import determination
from services.inspection.domain.conduct import Capacity, check_panel
from services.inspection.domain.deadline import Due
from services.inspection.domain.determination import Confirmation, Determination, Listing
from services.inspection.domain.hazard import Hazard, Outcome
from services.inspection.domain.lifecycle import HazardStep
from services.inspection.rulebook import rulebook
from services.inspection.views.hazards import HazardDetail
from services.inspection.views.steps import (
    ConfirmHazard,
    ConfirmMajor,
    DelistHazard,
    ListHazard,
    RejectHazard,
    TransferHazard,
)
from shared.database import Transaction as Tx
from shared.errors import Refused
from shared.web import Caller


class DueInThePast(Refused):
    """Nobody can be in time for a day that is over."""

    code = "due_in_the_past"
    zh = "整改期限不能早于今天"
    en = "The due day is before today"


async def confirm(command: ConfirmHazard, target: Target, caller: Caller, tx: Tx) -> HazardDetail:
    """It is a hazard of this level, due on this day."""
    if command.due is not None and command.due < tx.today:
        raise DueInThePast(pointer="/due")
    step = (HazardStep.CONFIRM, command)
    return await take(
        tx, caller, target, step, lambda hazard, by: determination.confirm(hazard, by, rulebook().worked, _said(command, hazard))
    )


def _said(command: ConfirmHazard, hazard: Hazard) -> Confirmation:
    rules, due = rulebook(), None if command.due is None else Due.end_of(command.due)
    if command.level is None:
        return Confirmation(due=due)
    item = rules.checklist.by_code.get(hazard.card.item)
    return Confirmation(command.level, rules.deadlines.class_of(command.level, item.days if item else None), due)


async def reject(command: RejectHazard, target: Target, caller: Caller, tx: Tx) -> HazardDetail:
    """It is none, or a double."""
    step = (HazardStep.REJECT, command)
    return await take(
        tx, caller, target, step, lambda hazard, by: determination.reject(hazard, by, command.reason, command.duplicate_of)
    )


async def confirm_major(command: ConfirmMajor, target: Target, caller: Caller, tx: Tx) -> HazardDetail:
    """One more person determines that it is major."""
    rules = rulebook()
    panel = rules.verification.determination
    check_panel(caller, panel, HazardStep.CONFIRM_MAJOR)
    case = Determination(command.basis, panel, rules.escalation, rules.deadlines.classes["major"].plan_days or 0)
    step = (HazardStep.CONFIRM_MAJOR, command)
    return await take(tx, caller, target, step, lambda hazard, by: determination.confirm_major(hazard, by, case))


async def put_on_list(command: ListHazard, target: Target, caller: Caller, tx: Tx) -> HazardDetail:
    """A government supervises it from now on."""
    listing = Listing(
        command.listing_level, command.document_no, command.finish_by, command.plan_due, rulebook().escalation.major_from
    )
    step = (HazardStep.LIST, command)
    return await take(tx, caller, target, step, lambda hazard, by: determination.put_on_list(hazard, by, listing))


async def take_off_list(command: DelistHazard, target: Target, caller: Caller, tx: Tx) -> HazardDetail:
    """The accepted hazard leaves the list and is closed."""
    step = (HazardStep.DELIST, command)
    return await take(tx, caller, target, step, lambda hazard, by: determination.take_off_list(hazard, by, command.document_no))


async def transfer(command: TransferHazard, target: Target, caller: Caller, tx: Tx) -> HazardDetail:
    """Offered to another department, or answered by it."""

    def act(hazard: Hazard, by: Capacity) -> Outcome:
        if command.department is not None:
            return determination.transfer(hazard, by, command.department)
        return determination.answer_transfer(hazard, by, rulebook().worked, accepted=bool(command.accepted))

    return await take(tx, caller, target, (_transfer_step(command), command), act)


def _transfer_step(command: TransferHazard) -> HazardStep:
    if command.department is not None:
        return HazardStep.TRANSFER
    return HazardStep.ACCEPT_TRANSFER if command.accepted else HazardStep.RETURN_TRANSFER
