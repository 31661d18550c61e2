"""The parts of which a policy is written: rules with their conditions and points, vetoes, facts, remedies."""

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.grading.domain.registers import PAST_DAYS
from shared.contracts.vocabulary import SiteKind

RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$", max_length=60)]
Points = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
Mark = Literal["D", "M", "R", "S"]


class Part(BaseModel):
    """Any part of a policy: frozen, and refusing what it does not know, because a misspelt rule would never hold."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, populate_by_name=True)


class Named(Part):
    """A part with texts for people."""

    zh: str
    en: str


class FactDeclared(Named):
    """A key that conditions may ask about."""

    type: Literal["truth", "choice", "choices", "number", "date", "text"]
    values: tuple[str, ...] = ()
    required: bool = False
    proposed: bool = False

    @model_validator(mode="after")
    def choices_have_values(self) -> Self:
        """Values belong to choices and only to them."""
        if bool(self.values) != self.type.startswith("choice"):
            message = "values are given for choices, and for nothing else"
            raise ValueError(message)
        return self


class Remedy(Part):
    """What can be done about a rule, and how the facts would stand then."""

    action: RuleId
    zh: str
    en: str
    effect: Literal["close", "drop", "renew", "check", "sign", "drill", "test", "better"] | None = None
    effort: int = Field(default=1, ge=1, le=10, description="how much harder than closing a hazard; the least is proposed first")
    facts: dict[str, Any] = {}


class Growth(Part):
    """Points for every started period."""

    days: str
    every: int = Field(ge=1)
    points: Points
    most: Points


class Share(Part):
    """A percentage of a number that is counted in hundredths of a point."""

    of: str
    percent: int = Field(ge=0, le=100)


class Times(Part):
    """A factor where a condition holds."""

    factor: int = Field(ge=1, le=10)
    when: str


class Lingers(Part):
    """What is left of the points for some days after a date."""

    after: str
    days: int = Field(ge=0)
    percent: int = Field(ge=0, le=100)


class Case(Part):
    """When a rule holds, and how much it costs; exactly one of points, growth and share, none for a veto."""

    for_: str | None = Field(default=None, alias="for")
    when: str | None = None
    points: Points | None = None
    growth: Growth | None = None
    share: Share | None = None


class Rule(Case, Named):
    """A rule with one case of its own, or with several."""

    id: RuleId
    clause: str | None = None
    mark: Mark | None = None
    applies_to: tuple[SiteKind, ...] = tuple(SiteKind)
    cases: tuple[Case, ...] = ()
    most: Points | None = None
    times: Times | None = None
    lingers: Lingers | None = None
    remedy: Remedy | None = None

    def all_cases(self) -> tuple[Case, ...]:
        """The cases, or the rule itself as its only case."""
        return self.cases or (self,)


class Veto(Named):
    """A rule that makes a site red at once."""

    id: RuleId
    clause: str | None = None
    mark: Mark | None = None
    applies_to: tuple[SiteKind, ...] = tuple(SiteKind)
    cases: tuple[Case, ...] = Field(min_length=1)
    approvers: int = Field(default=1, ge=1, le=2)
    trusted: Literal["hazard"] | None = None
    ends_by_time: bool = False
    remedy: Remedy | None = None


class Flat(Named):
    """A rule that the program applies to each of something."""

    id: RuleId
    points: Points
    most: Points | None = None
    applies_to: tuple[SiteKind, ...] = tuple(SiteKind)


class Disproved(Flat):
    """What a declaration that a visit disproved costs, and how long."""

    days: int = Field(ge=1, le=PAST_DAYS - 1)
