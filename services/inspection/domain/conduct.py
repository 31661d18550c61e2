"""Who may act on a hazard: for whom somebody stands, and that nobody judges his own work."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Protocol
from uuid import UUID

from pydantic import Field

from services.inspection.domain.hazard import Hazard
from services.inspection.domain.lifecycle import HazardStep, Standing, StepNotPossible, lines_of
from services.inspection.domain.rule import Mark, RuleData
from shared.contracts.vocabulary import Approval, Duty, HazardLevel, PartyId, Responsible, Role
from shared.errors import Forbidden, Refused

_DUTIES = {Standing.RESPONSIBLE: Duty.RESPONSIBLE, Standing.URGING: Duty.URGING}


class NotYourStep(Forbidden):
    """The step belongs to somebody else."""

    code = "step_not_allowed"
    zh = "您不能对该隐患{step}"
    en = "You may not {step_code} this hazard"


class OwnWork(Forbidden):
    """Whoever put something right never says that it is right."""

    code = "own_work_not_verified"
    zh = "整改人不得复核自己的整改"
    en = "Whoever rectified may not verify"


class OrderNeedsCertificate(Forbidden):
    """A hazard with an order is verified by certified officers."""

    code = "order_needs_certified_verifier"
    zh = "有责令整改指令的隐患须由持证执法人员复核"
    en = "A hazard with an order is verified by a certified officer"


class SecondPersonNeeded(Refused):
    """The second approval comes from another person."""

    code = "second_person_needed"
    status = 409
    zh = "该事项须由另一人审批"
    en = "Another person must approve this"


class CertifiedPersonNeeded(Refused):
    """Of those who determine a major hazard at least one is certified."""

    code = "certified_person_needed"
    status = 409
    zh = "判定重大隐患至少须有一名持证执法人员"
    en = "At least one of those who determine a major hazard must be certified"


class Actor(Protocol):
    """Somebody who acts, as his token describes him."""

    @property
    def subject(self) -> str:
        """The opaque account."""

    @property
    def roles(self) -> frozenset[str]:
        """What he may be."""

    @property
    def parties(self) -> frozenset[UUID]:
        """For whom he stands."""

    @property
    def certificate_no(self) -> str | None:
        """The enforcement certificate, where he has one."""


class Panel(RuleData):
    """How many different persons of which roles must agree, and how many of them are certified."""

    roles: frozenset[Role]
    approvers: Annotated[int, Field(ge=1)]
    certified: Annotated[int, Field(ge=0)] = 0


class Verification(RuleData):
    """Who verifies a hazard of which level, and who determines a major one, as data."""

    version: str
    effective_from: date
    mark: Mark
    levels: Mapping[HazardLevel, Panel]
    determination: Panel


@dataclass(frozen=True, slots=True)
class Capacity:
    """Who takes a step and when, in which standing and role, and for which party."""

    subject: str
    at: datetime
    standing: Standing
    role: Role
    party: PartyId | None = None
    certified: bool = False

    @property
    def approval(self) -> Approval:
        """That he agrees."""
        return Approval(by=self.subject, role=self.role, at=self.at)


def capacity(actor: Actor, step: HazardStep, responsible: Iterable[Responsible], now: datetime) -> Capacity:
    """How the actor may take the step; NotYourStep where he may not. A responsible party comes before an urging one."""
    sides = tuple(responsible)
    for line in lines_of(step):
        role = next((role for role in line.by if role in actor.roles), None)
        if role is None:
            continue
        duty = _DUTIES.get(line.standing)
        party = None if duty is None else _own(actor, sides, duty)
        if duty is None or party is not None:
            return Capacity(actor.subject, now, line.standing, role, party, is_certified(actor))
    raise NotYourStep(step=step.zh, step_code=step.value)


def _own(actor: Actor, responsible: Iterable[Responsible], duty: Duty) -> PartyId | None:
    return next((side.party_id for side in responsible if side.role is duty and side.party_id in actor.parties), None)


def check_own_work(actor: Actor, hazard: Hazard) -> None:
    """Refuses whoever rectified, and whoever stands for a party that did or should have."""
    work = hazard.progress
    owing = {side.party_id for side in hazard.card.responsible if side.role is Duty.RESPONSIBLE}
    if actor.subject in work.workers or actor.parties & (work.working_parties | owing):
        raise OwnWork


def check_verifier(actor: Actor, hazard: Hazard, panel: Panel) -> None:
    """Refuses whoever is not of the panel, and for a hazard with an order whoever lacks the certificate."""
    if hazard.ordered and not is_certified(actor):
        raise OrderNeedsCertificate
    check_panel(actor, panel, HazardStep.VERIFY)


def check_panel(actor: Actor, panel: Panel, step: HazardStep) -> None:
    """Refuses who is not of the panel."""
    if panel.roles.isdisjoint(actor.roles):
        raise NotYourStep(step=step.zh, step_code=step.value)


def is_certified(actor: Actor) -> bool:
    """An enforcer who carries a certificate."""
    return Role.ENFORCER in actor.roles and bool(actor.certificate_no)


def is_agreed(approvals: Collection[Approval], panel: Panel, certified: Collection[str]) -> bool:
    """Whether enough different persons agree; refuses the same person twice, and a panel without the certified it needs."""
    persons = {approval.by for approval in approvals}
    if len(persons) < len(approvals):
        raise SecondPersonNeeded
    if len(persons) < panel.approvers:
        return False
    if len(persons & set(certified)) < panel.certified:
        raise CertifiedPersonNeeded
    return True


def possible(actor: Actor, hazard: Hazard, now: datetime) -> list[HazardStep]:
    """The steps that the actor may take with the hazard as it stands; what a page offers him."""
    return [step for step in HazardStep if _may(actor, hazard, step, now)]


def _may(actor: Actor, hazard: Hazard, step: HazardStep, now: datetime) -> bool:
    try:
        hazard.after(step, capacity(actor, step, hazard.card.responsible, now).standing)
    except (NotYourStep, StepNotPossible):
        return False
    return True
