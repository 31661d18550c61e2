"""The policy as a bureau writes it: the shape of the YAML file, checked field by field."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.grading.domain.registers import PAST_DAYS
from shared.contracts.vocabulary import Level, Period, RiskBand, SiteKind, VisitType

RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$", max_length=60)]
Points = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
Mark = Literal["D", "M", "R", "S"]
_BEST_FIRST = tuple(RiskBand)[::-1]


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


class Disproved(Flat):
    """What a declaration that a visit disproved costs, and how long."""

    days: int = Field(ge=1, le=PAST_DAYS - 1)


class Inherent(Part):
    """Axis 1."""

    most: Points
    bands: dict[RiskBand, Points]
    unknown: Flat
    disproved: Disproved
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def bands_rise(self) -> Self:
        """Every band has a threshold, and the thresholds rise from r4 at 0 to r1."""
        thresholds = [self.bands.get(band) for band in _BEST_FIRST]
        if None in thresholds or thresholds[0] != 0 or sorted(set(thresholds)) != thresholds:  # type: ignore[type-var]
            message = "bands: give r4: 0 and rising thresholds for r3, r2 and r1"
            raise ValueError(message)
        return self


class Bonuses(Part):
    """What betters the score."""

    most: Points
    rules: tuple[Rule, ...]


class Management(Part):
    """Axis 2."""

    full: Points
    rules: tuple[Rule, ...]
    bonuses: Bonuses


class MatrixRow(Part):
    """The levels from a score on."""

    score: Points
    r1: Level
    r2: Level
    r3: Level
    r4: Level

    @model_validator(mode="after")
    def risk_never_betters(self) -> Self:
        """A greater inherent risk never gives a better level."""
        ranks = [level.rank for level in (self.r4, self.r3, self.r2, self.r1)]
        if ranks != sorted(ranks):
            message = "a greater risk gives a better level"
            raise ValueError(message)
        return self


class Notice(Part):
    """Working days of notice before a drop; 0 means the next night."""

    by_score: int = Field(ge=0, le=30)
    by_inherent_risk: int = Field(ge=0, le=30)


class AfterVeto(Part):
    """Whether a level that stood on a veto alone waits like any other once the veto has ended."""

    waits: bool


class Up(Part):
    """What must be so before a level becomes one better."""

    wait_days: dict[Literal[Level.RED, Level.ORANGE, Level.YELLOW], int]
    hysteresis: Points
    visits: tuple[VisitType, ...]
    visit_within: VisitType
    after_veto: AfterVeto

    @model_validator(mode="after")
    def every_level_waits(self) -> Self:
        """Red, orange and yellow each have a waiting time."""
        if len(self.wait_days) != len(Level) - 1 or min(self.wait_days.values()) < 0:
            message = "wait_days: give red, orange and yellow, each 0 or more"
            raise ValueError(message)
        return self


class Override(Part):
    """How people may set a level."""

    most_days: int = Field(ge=1, le=366)
    approvals: int = Field(ge=2, le=5)


class Appeal(Part):
    """How long one may dispute, and how long it may take to decide."""

    file_working_days: int = Field(ge=1)
    decide_working_days: int = Field(ge=1)


class Movement(Part):
    """How the level follows the cell."""

    notice: Notice
    up: Up
    override: Override
    appeal: Appeal


class Places(Part):
    """How a building's colour follows those of its sites."""

    better_if_landlord_reported: bool


class FrequencyRow(Part):
    """How often at least; ``by`` instead where somebody else plans it."""

    times: int = Field(default=1, ge=1)
    every: int = Field(default=1, ge=1)
    period: Period | None = None
    when: str | None = None
    scope: Literal["quick", "full"] | None = None
    also: bool = False
    first_within_days: int | None = None
    by: Literal["plan", "plan_or_clue", "sample", "sample_or_none", "request"] | None = None

    @model_validator(mode="after")
    def period_or_planner(self) -> Self:
        """Either a period or who plans it."""
        if (self.period is None) == (self.by is None):
            message = "give either a period or by"
            raise ValueError(message)
        return self


class Ceiling(Part):
    """The most administrative inspections a year, by standardisation."""

    mark: Mark
    basis: str
    high_risk: dict[str, int]
    other: dict[str, int]


class Warnings(Part):
    """When a distribution is more likely a fault than the truth."""

    red_percent: int = Field(ge=0, le=100)
    grid_moved_percent: int = Field(ge=0, le=100)


class PolicyDocument(Named):
    """A whole policy."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9._-]*$", max_length=60)]
    effective_from: date
    effective_to: date | None = None
    mark: Mark | None = None
    facts: dict[RuleId, FactDeclared]
    inherent: Inherent
    management: Management
    matrix: tuple[MatrixRow, ...] = Field(min_length=1)
    vetoes: tuple[Veto, ...]
    movement: Movement
    places: Places
    frequencies: dict[Level, dict[VisitType, tuple[FrequencyRow, ...]]]
    ceiling: Ceiling
    warnings: Warnings

    def all_rules(self) -> tuple[Rule | Veto, ...]:
        """Every rule with a condition."""
        return (*self.inherent.rules, *self.management.rules, *self.management.bonuses.rules, *self.vetoes)
