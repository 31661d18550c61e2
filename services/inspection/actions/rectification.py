"""What parties and verifiers do with a hazard: acknowledge, urge, put right, look again, ask for time."""

from services.inspection.actions.steps import Taken, Target, hashes, locked, settle, take
from services.inspection.domain import extension, rectification
from services.inspection.domain.conduct import Capacity, capacity, check_own_work, check_verifier
from services.inspection.domain.deadline import Due
from services.inspection.domain.hazard import Hazard, Outcome
from services.inspection.domain.lifecycle import HazardStep, Standing
from services.inspection.rulebook import rulebook
from services.inspection.views.hazards import HazardDetail
from services.inspection.views.steps import (
    AskExtension,
    DecideExtension,
    ReturnRectification,
    StepCommand,
    SubmitRectification,
    VerifyRectification,
)
from shared.database import Transaction as Tx
from shared.errors import Refused
from shared.web import Caller


class OnSiteNeeded(Refused):
    """A grave hazard is looked at where it is."""

    code = "on_site_verification_needed"
    zh = "该级别隐患须现场复核"
    en = "A hazard of this level is verified on site"


async def acknowledge(command: StepCommand, target: Target, caller: Caller, tx: Tx) -> HazardDetail:
    """A party has seen what it must do."""
    return await take(tx, caller, target, (HazardStep.ACKNOWLEDGE, command), rectification.acknowledge)


async def urge(command: StepCommand, target: Target, caller: Caller, tx: Tx) -> HazardDetail:
    """The landlord has urged the tenant."""
    return await take(tx, caller, target, (HazardStep.URGE, command), rectification.urge)


async def report_refusal(command: StepCommand, target: Target, caller: Caller, tx: Tx) -> HazardDetail:
    """The landlord reports that the tenant refuses."""
    return await take(tx, caller, target, (HazardStep.REPORT_REFUSAL, command), rectification.report_refusal)


async def submit(command: SubmitRectification, target: Target, caller: Caller, tx: Tx) -> HazardDetail:
    """The responsible party says that it is put right, and shows it."""
    photos = await hashes(tx, command)
    step = (HazardStep.SUBMIT, command)
    return await take(tx, caller, target, step, lambda hazard, by: rectification.submit(hazard, by, photos))


async def give_back(command: ReturnRectification, target: Target, caller: Caller, tx: Tx) -> HazardDetail:
    """It is not put right."""
    step, worked = (HazardStep.RETURN, command), rulebook().worked
    return await take(tx, caller, target, step, lambda hazard, by: rectification.give_back(hazard, by, command.reason, worked))


async def verify(command: VerifyRectification, target: Target, caller: Caller, tx: Tx) -> HazardDetail:
    """One more person, who did not rectify it, says that it is put right."""
    stored = await locked(tx, caller, target)
    hazard = stored.hazard
    by = capacity(caller, HazardStep.VERIFY, hazard.card.responsible, tx.now)
    panel = rulebook().verification.levels[hazard.card.level]
    check_own_work(caller, hazard)
    if by.standing is Standing.OFFICER:
        check_verifier(caller, hazard, panel)
        _check_place(command, hazard)
    outcome = rectification.verify(hazard, by, panel, on_site=bool(command.on_site))
    return await settle(tx, caller, stored, Taken(HazardStep.VERIFY, by, command, await hashes(tx, command)), outcome)


def _check_place(command: VerifyRectification, hazard: Hazard) -> None:
    """Photos are enough for a light hazard; who says that he was not there is not believed about a grave one."""
    recheck = rulebook().deadlines.classes[hazard.deadline_class].recheck
    if command.on_site is False and recheck.value != "photo":
        raise OnSiteNeeded(pointer="/on_site")


async def reopen(command: StepCommand, target: Target, caller: Caller, tx: Tx) -> HazardDetail:
    """It is there again, or never went."""
    deadlines = rulebook().deadlines

    def again(hazard: Hazard, by: Capacity) -> Outcome:
        return rectification.reopen(hazard, by, _new_due(hazard, by), deadlines.repeat_days)

    return await take(tx, caller, target, (HazardStep.REOPEN, command), again)


def _new_due(hazard: Hazard, by: Capacity) -> Due:
    rules = rulebook()
    item = rules.checklist.by_code.get(hazard.card.item)
    days = item.days if item else None
    return rules.deadlines.due(by.at, hazard.deadline_class, rules.finding.move, days=days, in_working_days=hazard.ordered)


async def ask_extension(command: AskExtension, target: Target, caller: Caller, tx: Tx) -> HazardDetail:
    """The responsible party asks for more time."""
    classes = rulebook().deadlines.classes

    def ask(hazard: Hazard, by: Capacity) -> Outcome:
        return extension.ask(hazard, by, command.until, command.reason, classes[hazard.deadline_class])

    return await take(tx, caller, target, (HazardStep.EXTEND, command), ask)


async def decide_extension(command: DecideExtension, target: Target, caller: Caller, tx: Tx) -> HazardDetail:
    """The supervisor grants it or not."""
    step, worked = (HazardStep.DECIDE_EXTENSION, command), rulebook().worked
    return await take(tx, caller, target, step, lambda hazard, by: extension.decide(hazard, by, worked, granted=command.granted))
