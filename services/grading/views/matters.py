"""What people decide about levels: suppositions, overrides, lifted vetoes, appeals."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from services.grading.views.proposals import ProposalState
from shared.contracts.vocabulary import AccountId, AppealDecision, Level
from shared.web import Moment

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=2000)]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SupposedFact(Asked):
    value: bool | float | str | list[str] | None = None
    qty: float | None = None
    verified: bool = Field(default=True, description="an officer would have seen it: only that ends a veto")


class Supposition(Asked):
    """What if: answers about the site, hazards that are closed, a visit today; and how it would stand on a later day."""

    facts: dict[str, SupposedFact] = {}
    close_hazards: list[UUID] = []
    visited: bool = False
    on: date | None = None

    @field_validator("facts", mode="before")
    @classmethod
    def a_bare_value_is_an_answer(cls, facts: Any) -> Any:
        """``{"spray": "none"}`` is short for ``{"spray": {"value": "none"}}``."""
        if not isinstance(facts, dict):
            return facts
        return {key: value if isinstance(value, dict) else {"value": value} for key, value in facts.items()}


class ApprovalGiven(Asked):
    """Who is to agree. That he has is shown by a request of his own alone; ``role`` and ``at`` are taken from that."""

    by: AccountId
    role: str | None = None
    at: Moment | None = None


class Decided(Asked):
    """What two persons decide: who they are, why, and the document."""

    id: UUID | None = None
    reason: Reason
    file_id: UUID
    approvals: list[ApprovalGiven] = Field(min_length=1, max_length=5)

    @field_validator("approvals", mode="before")
    @classmethod
    def a_bare_account_is_an_approval(cls, approvals: Any) -> Any:
        """``["officer-1", "officer-2"]`` names the accounts."""
        return (
            [{"by": item} if isinstance(item, str) else item for item in approvals] if isinstance(approvals, list) else approvals
        )


class NewOverride(Decided):
    level: Level
    until: date


class LiftedVeto(Decided):
    pass


class Waiting(BaseModel):
    """How far a decision of several persons has come; its ``id`` is that of the proposal."""

    state: ProposalState
    waiting_for: list[str] = Field(default=[], description="the accounts that have to confirm it still")
    expires_on: date | None = Field(default=None, description="the last day on which they may")


class OverrideSet(Waiting):
    id: UUID
    site_id: UUID
    level: Level
    effective_from: date | None = Field(default=None, description="the day on which the last one confirmed")
    until: date
    shown_as: str = "人工调整"
    stands: Level = Field(description="the level that is shown now; a veto is stronger")


class LiftView(Waiting):
    id: UUID
    site_id: UUID
    rule: str
    level: Level


class NewAppeal(Asked):
    id: UUID | None = None
    site_id: UUID
    reason: Reason
    rules: list[str] = Field(default=[], max_length=50, description="the rules in dispute; none means the level as a whole")
    file_ids: list[UUID] = Field(default=[], max_length=20)


class AppealVerdict(Asked):
    """How an appeal ends; where it is upheld, the two persons may set a level until a day."""

    decision: AppealDecision
    reason: Reason
    file_id: UUID | None = None
    approvals: list[ApprovalGiven] = Field(default=[], max_length=5)
    level: Level | None = None
    until: date | None = None

    @field_validator("approvals", mode="before")
    @classmethod
    def a_bare_account_is_an_approval(cls, approvals: Any) -> Any:
        """As in an override."""
        return Decided.a_bare_account_is_an_approval(approvals)

    @model_validator(mode="after")
    def a_level_has_its_day_and_its_document(self) -> Self:
        """A level that is set by a verdict is an override like any other."""
        if self.level is not None and (self.until is None or self.file_id is None):
            message = "a level needs until and file_id"
            raise ValueError(message)
        return self


class AppealView(BaseModel):
    id: UUID
    site_id: UUID
    state: str
    level: Level
    revision: int
    rules: list[str]
    reason: str
    file_ids: list[UUID]
    filed_on: date
    due: date
    is_late: bool = False
    decision: AppealDecision | None = None
    decision_reason: str | None = None
    decided_at: datetime | None = None
    override_id: UUID | None = None
    proposal_id: UUID | None = Field(default=None, description="a verdict that sets a level and waits for its second person")
