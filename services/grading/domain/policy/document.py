"""The policy as a bureau writes it: the shape of the YAML file, checked field by field."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from services.grading.domain.policy.parts import Disproved, FactDeclared, Flat, Mark, Named, Part, Points, Rule, RuleId, Veto
from services.grading.domain.policy.phrases import AllPhrases
from shared.contracts.vocabulary import Level, Period, RiskBand, VisitType

_BEST_FIRST = tuple(RiskBand)[::-1]


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

    wait_days: dict[Level, int]
    hysteresis: Points
    visits: tuple[VisitType, ...]
    visit_within: VisitType
    after_veto: AfterVeto

    @model_validator(mode="after")
    def every_level_waits(self) -> Self:
        """Red, orange and yellow each have a waiting time."""
        if set(self.wait_days) != set(Level) - {Level.BLUE} or min(self.wait_days.values()) < 0:
            message = "wait_days: give red, orange and yellow, each 0 or more"
            raise ValueError(message)
        return self


class Override(Part):
    """How people may set a level."""

    most_days: int = Field(ge=1, le=366)
    approvals: int = Field(ge=2, le=5)
    second_signs_in: bool = Field(default=False, description="the second person confirms by a request of his own (D)")
    confirm_days: int = Field(default=7, ge=1, le=90, description="how long a proposal waits for its second person (D)")


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
    phrases: AllPhrases

    def all_rules(self) -> tuple[Rule | Veto, ...]:
        """Every rule with a condition."""
        return (*self.inherent.rules, *self.management.rules, *self.management.bonuses.rules, *self.vetoes)
