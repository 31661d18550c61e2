"""The life of a hazard in one table: which step leads from where to where, and who may take it; overdue is a flag, no state."""

from dataclasses import dataclass

from shared.contracts.vocabulary import HazardState as State
from shared.contracts.vocabulary import Role, Word
from shared.errors import Refused


class StepNotPossible(Refused):
    """The hazard does not stand where this step begins."""

    code = "step_not_possible"
    status = 409
    zh = "隐患处于“{state}”状态，不能{step}"
    en = "The hazard is {state_code}; {step_code} is not possible"


class HazardStep(Word):
    """步骤: what can be done with a hazard."""

    FIND = "find", "上报"
    CONFIRM = "confirm", "确认"
    REJECT = "reject", "不予认定"
    CONFIRM_MAJOR = "confirm_major", "判定重大"
    LIST = "list", "挂牌"
    DELIST = "delist", "摘牌"
    TRANSFER = "transfer", "移送"
    ACCEPT_TRANSFER = "accept_transfer", "接收移送"
    RETURN_TRANSFER = "return_transfer", "退回移送"
    NOTIFY = "notify", "告知"
    ACKNOWLEDGE = "acknowledge", "签收"
    URGE = "urge", "督促"
    REPORT_REFUSAL = "report_refusal", "报告拒不整改"
    EXTEND = "extend", "申请延期"
    DECIDE_EXTENSION = "decide_extension", "审批延期"
    SUBMIT = "submit", "提交整改"
    RETURN = "return", "退回整改"
    VERIFY = "verify", "复核"
    REOPEN = "reopen", "重开"
    PASS_DUE = "pass_due", "逾期"
    ESCALATE = "escalate", "升级督办"


class Standing(Word):
    """立场: what the hazard asks of the party for which somebody acts."""

    RESPONSIBLE = "responsible", "整改责任方"
    URGING = "urging", "督促责任方"
    OFFICER = "officer", "监管方"
    DEPARTMENT = "department", "接收部门"
    SYSTEM = "system", "系统"


NEW = frozenset({State.REPORTED, State.CONFIRMED, State.NOTIFIED, State.MAJOR_CANDIDATE, State.MAJOR_CONFIRMED, State.LISTED})
"""Nobody has taken it up yet."""
UNDETERMINED = frozenset({State.REPORTED, State.MAJOR_CANDIDATE})
TAKEN_UP = frozenset({State.RECTIFYING, State.RETURNED})
SHOWN = frozenset({State.SUBMITTED, State.ACCEPTANCE_REQUESTED})
AWAY = frozenset({State.TRANSFERRED})
ASKED = frozenset({State.EXTENSION_REQUESTED})
WAITING = SHOWN | AWAY | ASKED
"""The other side has to act, so the clock of the responsible party stands still."""
ENDED = frozenset({State.CLOSED, State.REJECTED})
TO_DO = NEW | TAKEN_UP
OPEN = TO_DO | WAITING

_PARTIES = frozenset({Role.LANDLORD, Role.TENANT})
_OFFICERS = frozenset({Role.GRID_OFFICER, Role.ENFORCER, Role.BUREAU})
_DECIDERS = frozenset({Role.ENFORCER, Role.BUREAU})
_BUREAU = frozenset({Role.BUREAU})
_DEPARTMENT = frozenset({Role.DEPARTMENT})
_NOBODY = frozenset[Role]()


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of the table; ``to`` None keeps the state, ``major`` says for which hazards the line holds (None: all)."""

    step: HazardStep
    standing: Standing
    by: frozenset[Role]
    begins: frozenset[State]
    to: State | None
    major: bool | None = None


_STEP, _AS = HazardStep, Standing
TABLE = (
    Transition(_STEP.CONFIRM, _AS.OFFICER, _DECIDERS, UNDETERMINED | AWAY, State.CONFIRMED, major=False),
    Transition(_STEP.CONFIRM, _AS.OFFICER, _DECIDERS, OPEN - UNDETERMINED - AWAY, None, major=False),
    Transition(_STEP.REJECT, _AS.OFFICER, _DECIDERS, OPEN, State.REJECTED, major=False),
    Transition(_STEP.CONFIRM_MAJOR, _AS.OFFICER, _DECIDERS, NEW, State.MAJOR_CONFIRMED, major=False),
    Transition(_STEP.CONFIRM_MAJOR, _AS.OFFICER, _DECIDERS, OPEN - NEW, None, major=False),
    Transition(_STEP.LIST, _AS.OFFICER, _BUREAU, NEW, State.LISTED, major=True),
    Transition(_STEP.LIST, _AS.OFFICER, _BUREAU, OPEN - NEW, None, major=True),
    Transition(_STEP.DELIST, _AS.OFFICER, _BUREAU, SHOWN | AWAY, State.CLOSED, major=True),
    Transition(_STEP.TRANSFER, _AS.OFFICER, _DECIDERS, TO_DO, State.TRANSFERRED),
    Transition(_STEP.ACCEPT_TRANSFER, _AS.DEPARTMENT, _DEPARTMENT, AWAY, None),
    Transition(_STEP.RETURN_TRANSFER, _AS.DEPARTMENT, _DEPARTMENT, AWAY, State.CONFIRMED),
    Transition(_STEP.NOTIFY, _AS.SYSTEM, _NOBODY, frozenset({State.CONFIRMED}), State.NOTIFIED),
    Transition(_STEP.ACKNOWLEDGE, _AS.RESPONSIBLE, _PARTIES, NEW, State.RECTIFYING),
    Transition(_STEP.ACKNOWLEDGE, _AS.RESPONSIBLE, _PARTIES, OPEN - NEW, None),
    Transition(_STEP.ACKNOWLEDGE, _AS.URGING, _PARTIES, OPEN, None),
    Transition(_STEP.URGE, _AS.URGING, _PARTIES, TO_DO, None),
    Transition(_STEP.REPORT_REFUSAL, _AS.URGING, _PARTIES, TO_DO, None),
    Transition(_STEP.EXTEND, _AS.RESPONSIBLE, _PARTIES, TO_DO, State.EXTENSION_REQUESTED),
    Transition(_STEP.DECIDE_EXTENSION, _AS.OFFICER, _DECIDERS, ASKED, State.RECTIFYING),
    Transition(_STEP.SUBMIT, _AS.RESPONSIBLE, _PARTIES, TO_DO | ASKED, State.SUBMITTED, major=False),
    Transition(_STEP.SUBMIT, _AS.RESPONSIBLE, _PARTIES, TO_DO | ASKED, State.ACCEPTANCE_REQUESTED, major=True),
    Transition(_STEP.RETURN, _AS.OFFICER, _OFFICERS, SHOWN, State.RETURNED),
    Transition(_STEP.VERIFY, _AS.OFFICER, _OFFICERS, SHOWN, State.CLOSED),
    Transition(_STEP.VERIFY, _AS.DEPARTMENT, _DEPARTMENT, AWAY, State.CLOSED),
    Transition(_STEP.REOPEN, _AS.OFFICER, _OFFICERS, frozenset({State.CLOSED}), State.RECTIFYING),
    Transition(_STEP.PASS_DUE, _AS.SYSTEM, _NOBODY, TO_DO, None),
    Transition(_STEP.ESCALATE, _AS.SYSTEM, _NOBODY, TO_DO, None),
)


def lines_of(step: HazardStep) -> tuple[Transition, ...]:
    """The lines of the table for one step."""
    return tuple(line for line in TABLE if line.step is step)


def roles_of(step: HazardStep) -> frozenset[Role]:
    """Who may ever take a step."""
    return _NOBODY.union(*(line.by for line in lines_of(step)))


def after(state: State, step: HazardStep, standing: Standing, *, major: bool) -> State:
    """Where the step leads; StepNotPossible where the table has no line for it."""
    for line in lines_of(step):
        if line.standing is standing and state in line.begins and line.major in (None, major):
            return line.to or state
    raise StepNotPossible(state=state.zh, state_code=state.value, step=step.zh, step_code=step.value)
