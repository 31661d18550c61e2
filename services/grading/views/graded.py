"""What grading answers: a level with everything that explains it, in numbers and in words."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.vocabulary import GradeCause, Level, RiskBand


class Text(BaseModel):
    zh: str
    en: str


class Part(BaseModel):
    rule: str
    text: Text
    fact: str | None
    name: str | None = Field(default=None, description="of the tenant's site that the fact names")
    points: float
    since: date
    event_id: UUID | None
    number: str | None = None
    clause: str | None = None


class Inherent(BaseModel):
    points: float
    band: RiskBand
    band_of: list[UUID] = Field(default=[], description="the tenants' sites whose band a landlord's site takes")
    facts: list[Part]


class Management(BaseModel):
    score: float
    deductions: list[Part]
    bonuses: list[Part]


class VetoView(BaseModel):
    rule: str
    text: Text
    fact: str | None
    since: date
    event_id: UUID | None
    number: str | None
    clause: str | None
    disputed: bool = Field(default=False, description="an appeal about it is open")


class Warned(BaseModel):
    to: Level
    from_date: date


class RiseView(BaseModel):
    to: Level
    from_date: date
    missing: list[str]


class OverrideView(BaseModel):
    id: UUID
    level: Level
    from_date: date
    until: date
    label: str = "人工调整"


class StepView(BaseModel):
    action: str
    text: Text
    fact: str | None
    number: str | None


class ImprovementView(BaseModel):
    change: list[StepView]
    gives: Level


class FrequencyView(BaseModel):
    visit_type: str
    times: int | None = None
    every: int | None = None
    period: str | None = None
    scope: str | None = None
    first_within_days: int | None = None
    by: str | None = None
    ceiling_per_year: int | None = None


class Graded(BaseModel):
    """The level of a site, why it is so, what would better it, and what comes."""

    site_id: UUID
    name: str | None = None
    level: Level
    letter: str
    since: date
    revision: int
    decided_on: date
    is_followed: bool = True
    inherent: Inherent
    management: Management
    vetoes: list[VetoView]
    cell: str
    by_rules: Level = Field(description="the level that the rules give, where people have set another one")
    policy: str
    valid_until: date | None
    warned: Warned | None = None
    rise: RiseView | None = None
    override: OverrideView | None = None
    to_improve: list[ImprovementView]
    frequencies: list[FrequencyView]
    explanation: Text
    appeal: UUID | None = Field(default=None, description="an appeal that is open; the level stands meanwhile")


class HistoryEntry(BaseModel):
    revision: int
    day: date
    decided_at: datetime
    from_: Level | None = Field(serialization_alias="from")
    to: Level
    cause: GradeCause
    policy: str
    score: float
    points: float
    vetoes: list[str]


class Recomputed(BaseModel):
    """A stored decision, found again from its stored facts, policy, day and standing."""

    decision: Graded
    same_bytes: bool
