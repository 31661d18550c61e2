"""The policy that grades: every condition a closure, every number in hundredths of a point, nothing looked up twice."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple

from services.grading.domain.language import Condition
from services.grading.domain.policy.document import FrequencyRow, PolicyDocument
from services.grading.domain.policy.parts import Remedy
from shared.contracts.vocabulary import RiskBand, VisitType

HUNDREDTHS: Final = 100
BANDS: Final = (RiskBand.R4, RiskBand.R3, RiskBand.R2, RiskBand.R1)
"""By rank: 0 is the least risk, as 0 is the best level."""


@dataclass(frozen=True, slots=True)
class CompiledCase:
    """One condition and what it costs; ``amount`` is given the environment where the points are not fixed."""

    holds: Condition
    points: int
    amount: Condition | None


class RecordGuard(NamedTuple):
    """Fields of a record, all at once, and how they must stand; where they do not, its condition need not be asked."""

    fields: Callable[[Any], Any]
    wanted: Any


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule for one kind of site: cases of the site itself, and cases by kind of record."""

    id: str
    keys: tuple[str, ...]
    most: int
    guard: RecordGuard | None
    common: Condition | None
    of_site: tuple[CompiledCase, ...]
    of_records: tuple[tuple[str, tuple[CompiledCase, ...]], ...]
    twice: tuple[int, Condition] | None
    lingers: tuple[Condition, int, int] | None

    @property
    def is_plain(self) -> bool:
        """One condition of the site alone, and a fixed number of points."""
        return len(self.of_site) == 1 and not self.of_records and self.twice is None


class PlainRule(NamedTuple):
    """A rule with one condition of the site alone, as most of them are; no condition where its guard has decided."""

    holds: Condition | None
    id: str
    keys: tuple[str, ...]
    points: int


class Asked(NamedTuple):
    """Rules or vetoes of the site itself: always asked, able to hold only while a fact is known, or only with its answers."""

    always: tuple[Any, ...]
    known: tuple[tuple[str, tuple[Any, ...]], ...]
    by_answer: tuple[tuple[str, dict[Any, tuple[Any, ...]]], ...]

    def by(self, answers: dict[str, Any]) -> list[Any]:
        """Those that can hold with these answers; all others need not be asked."""
        found, answer = list(self.always), answers.get
        for key, rules in self.known:
            if key in answers:
                found += rules
        for key, by_answer in self.by_answer:
            if hits := by_answer.get(answer(key)):
                found += hits
        return found


class Rules(NamedTuple):
    """The rules of one axis: plain ones, those of one kind of record by its kind, and the others."""

    plain: Asked
    by_record: dict[str, tuple[CompiledRule, ...]]
    others: tuple[CompiledRule, ...]


@dataclass(frozen=True, slots=True)
class CompiledVeto:
    """What becomes of a veto once it is raised."""

    id: str
    keys: tuple[str, ...]
    approvers: int
    trusted: str | None
    ends_by_time: bool


@dataclass(frozen=True, slots=True)
class VetoRules:
    """The conditions that raise vetoes for one kind of site: of the site itself, and by kind of record."""

    by_id: dict[str, CompiledVeto]
    of_site: Asked
    of_records: tuple[tuple[str, tuple[tuple[CompiledVeto, Condition], ...]], ...]


@dataclass(frozen=True, slots=True)
class CompiledFrequency:
    """One row of how often; ``within``: the days and months within which one visit lies, where it has a period."""

    row: FrequencyRow
    place: int
    holds: Condition | None
    within: tuple[int, int] | None


class Conditional(NamedTuple):
    """The rows of one type of visit of which conditions choose: the first that holds, and those that come on top of it."""

    visit: VisitType
    word: str
    rows: tuple[CompiledFrequency, ...]
    also: tuple[CompiledFrequency, ...]


Frequencies = dict[int, dict[VisitType, tuple[CompiledFrequency, ...]]]
"""Rows by rank of level and type of visit."""


class Cell(NamedTuple):
    """Where a site stands in the matrix."""

    level: int
    name: str


@dataclass(frozen=True, slots=True)
class RulesOfKind:
    """What applies to one kind of site."""

    inherent: Rules
    deductions: Rules
    bonuses: Rules
    vetoes: VetoRules


@dataclass(frozen=True, slots=True)
class Policy:
    """A compiled policy; made once, used for millions of sites."""

    document: PolicyDocument
    kinds: dict[str, RulesOfKind]
    classes: dict[str, frozenset[type]]
    """What an answer to each declared fact can be; anything else is no answer."""
    required: tuple[str, ...]
    full: int
    most_bonus: int
    most_inherent: int
    unknown_rule: str
    unknown_kinds: frozenset[str]
    unknown_points: int
    unknown_most: int
    disproved_points: int
    hysteresis: int
    thresholds: tuple[int, ...]
    matrix: tuple[tuple[int, tuple[Cell, ...]], ...]
    frequencies: Frequencies
    usual: Frequencies
    usual_places: dict[int, dict[str, list[int]]]
    conditional: dict[int, tuple[Conditional, ...]]
    visits: frozenset[str]
    visit_within: VisitType
    waits: tuple[int, ...]
    """Days before the next better level, by the rank of the level that stands; 0 at the best."""
    remedies: dict[str, Remedy]
    texts: dict[str, Any] = field(repr=False)

    @property
    def id(self) -> str:
        """The version, such as DEFAULT-2026.1."""
        return self.document.id


def hundredths(points: Decimal) -> int:
    """Points as a whole number of hundredths, so that sums are exact."""
    return int(points * HUNDREDTHS)
