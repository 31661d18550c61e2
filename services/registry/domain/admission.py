"""The admission gate's steps: who is asked in which order, by when, and what the opinions amount to: 联合会审意见, no licence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from services.registry.domain.gate import Check, Department
from shared.calendar import Calendar
from shared.contracts.vocabulary import AdmissionDecision
from shared.errors import Refused


class AdmissionState(StrEnum):
    """Where an application stands. The outcome is a joint-review opinion, never a licence."""

    DRAFT = "draft"
    STOPPED = "stopped"
    SUBMITTED = "submitted"
    VILLAGE_REVIEW = "village_review"
    DEPT_REVIEW = "dept_review"
    SITE_CHECK = "site_check"
    APPROVED = "approved"
    APPROVED_WITH_CONDITIONS = "approved_with_conditions"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    CONTRACT_SIGNED = "contract_signed"
    MOVED_IN = "moved_in"
    ACTIVE = "active"
    CHANGE_REQUEST = "change_request"
    EXIT = "exit"


class Verdict(StrEnum):
    """What a department thinks."""

    APPROVE = "approve"
    APPROVE_WITH_CONDITIONS = "approve_with_conditions"
    REJECT = "reject"


OUTCOME_ZH: Final = {
    AdmissionDecision.APPROVED: "联合会审意见：同意入驻",
    AdmissionDecision.APPROVED_WITH_CONDITIONS: "联合会审意见：有条件同意入驻",
    AdmissionDecision.REJECTED: "联合会审意见：不同意入驻",
}
APPROVALS: Final = frozenset({AdmissionState.APPROVED, AdmissionState.APPROVED_WITH_CONDITIONS})
REVIEWING: Final = frozenset({AdmissionState.VILLAGE_REVIEW, AdmissionState.DEPT_REVIEW, AdmissionState.SITE_CHECK})
SUBMITTABLE: Final = frozenset({AdmissionState.DRAFT, AdmissionState.STOPPED})
_STEPS: Final = (AdmissionState.VILLAGE_REVIEW, AdmissionState.DEPT_REVIEW, AdmissionState.SITE_CHECK)


class AdmissionStopped(Refused):
    """A hard stop of the gate: the reasons are listed with their clauses."""

    code = "admission_stopped"
    status = 409
    zh = "准入自动检查未通过：{reasons}"
    en = "Stopped by the automatic check: {reasons}"


class AdmissionStateConflict(Refused):
    """The application is not where this step could be taken."""

    code = "admission_state"
    status = 409
    zh = "申请当前处于“{state}”环节，不能执行此操作"
    en = "The application is at {state}; this step cannot be taken"


class DepartmentNotAsked(Refused):
    """An opinion that nobody asked for."""

    code = "department_not_asked"
    zh = "该部门不在本次联合会审范围内"
    en = "This department was not asked in this review"


class StepNotOpen(Refused):
    """Steps are answered in their order: none before it is open, none again once it is over."""

    code = "step_not_open"
    status = 409
    zh = "该部门所在环节（{step}）尚未开始或已经结束"
    en = "The step of this department ({step}) is not open"


class ProofMissing(Refused):
    """Whoever finds a condition met shows by what."""

    code = "proof_missing"
    zh = "请附上条件已落实的证明文件或说明"
    en = "Say by a file or a note how the condition was met"


class ConditionsMissing(Refused):
    """Whoever approves with conditions says which."""

    code = "conditions_missing"
    zh = "有条件同意或不同意必须写明条件或理由"
    en = "An approval with conditions, or a rejection, must say which or why"


class ConditionsOpen(Refused):
    """An approval with conditions lets nobody in before they are met."""

    code = "conditions_open"
    status = 409
    zh = "仍有 {count} 项入驻条件未落实"
    en = "{count} conditions of the approval are still open"


@dataclass(frozen=True, slots=True)
class Opinion:
    """One department's place in a review: asked, perhaps answered, due on a working day."""

    department: str
    step: AdmissionState
    verdict: Verdict | None = None
    due: date | None = None


def require_state(state: AdmissionState, allowed: Iterable[AdmissionState]) -> None:
    """Refuse a step that cannot be taken from here."""
    if state not in allowed:
        raise AdmissionStateConflict(state=state.value)


def require_reasoned(verdict: Verdict, conditions: Sequence[str]) -> None:
    """Refuse a verdict that owes an explanation and has none."""
    if verdict is not Verdict.APPROVE and not any(text.strip() for text in conditions):
        raise ConditionsMissing(pointer="/conditions")


def require_open(department: str, opinions: Sequence[Opinion]) -> None:
    """Refuse the opinion of a department that was not asked, or whose step is not the one that is open now."""
    step = next((opinion.step for opinion in opinions if opinion.department == department), None)
    if step is None:
        raise DepartmentNotAsked(pointer="/department")
    if step is not state_of_review(opinions):
        raise StepNotOpen(pointer="/department", step=step.value)


def state_of_review(opinions: Sequence[Opinion]) -> AdmissionState:
    """Where the opinions have brought the review.

    One rejection ends it at once. Within a step departments answer in parallel; a step opens when the one before is complete.
    """
    if any(opinion.verdict is Verdict.REJECT for opinion in opinions):
        return AdmissionState.REJECTED
    for step in _STEPS:
        if any(opinion.step is step and opinion.verdict is None for opinion in opinions):
            return step
    if any(opinion.verdict is Verdict.APPROVE_WITH_CONDITIONS for opinion in opinions):
        return AdmissionState.APPROVED_WITH_CONDITIONS
    return AdmissionState.APPROVED


def opened(opinions: Sequence[Opinion], departments: Iterable[Department], today: date, calendar: Calendar) -> dict[str, date]:
    """The due dates of the departments whose step is open now and who have none yet, counted in working days from today."""
    step = state_of_review(opinions)
    days = {department.code: department.working_days for department in departments}
    waiting = (opinion.department for opinion in opinions if opinion.step is step and opinion.due is None)
    return {department: calendar.add_working_days(today, days[department]).date for department in waiting}


def overdue(opinions: Iterable[Opinion], today: date) -> tuple[str, ...]:
    """Departments that should have answered before today."""
    return tuple(
        opinion.department for opinion in opinions if opinion.verdict is None and opinion.due is not None and opinion.due < today
    )


def reasons(stopping: Iterable[Check], language: str = "zh-CN") -> str:
    """The hard stops in one sentence, each with its clause."""
    if language.startswith("en"):
        return "; ".join(f"{check.reason_en} [{check.clause}]" for check in stopping)
    return "；".join(f"{check.reason}（{check.clause}）" for check in stopping)
