"""A decision of two persons, while it waits for the second and after."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.vocabulary import Approval, Level

Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=2000)]


class ProposalKind(StrEnum):
    """What is proposed."""

    OVERRIDE = "override"
    LIFT = "lift"
    VERDICT = "verdict"


class ProposalState(StrEnum):
    """How far it has come; ``effective`` once enough persons have agreed."""

    PENDING = "pending"
    EFFECTIVE = "effective"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


SHOWN_AS = {ProposalKind.OVERRIDE: "人工调整", ProposalKind.LIFT: "解除一票否决", ProposalKind.VERDICT: "申诉结论"}


class ProposalView(BaseModel):
    """``subject`` is the rule of a lift, the appeal of a verdict; ``proposed`` is what was asked for."""

    id: UUID
    site_id: UUID
    kind: ProposalKind
    shown_as: str
    subject: str
    proposed: dict[str, Any]
    state: ProposalState
    needed: int
    named: list[str]
    approvals: list[Approval]
    waiting_for: list[str]
    proposed_by: str
    proposed_at: datetime
    expires_on: date = Field(description="the last day on which it may be confirmed")
    ended_by: str | None = None
    ended_at: datetime | None = None
    note: str | None = None
    stands: Level | None = Field(default=None, description="the level that is shown now")


class Refusal(BaseModel):
    """Why one does not agree."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    reason: Note


class Withdrawal(BaseModel):
    """Why one takes it back."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    reason: Note | None = None
