"""The policy that grades: every condition a closure, every number counted in hundredths of a point, nothing looked up twice."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final, NamedTuple

from services.grading.domain.language import (
    Checker,
    Condition,
    ConditionError,
    Environment,
    Kind,
    Schema,
    Type,
    condition_of,
    read,
)
from services.grading.domain.language.tree import Node
from services.grading.domain.policy.document import Case, FrequencyRow, Growth, MatrixRow, PolicyDocument, Remedy, Rule, Veto
from services.grading.domain.policy.text import Lines, Path, PolicyInvalid, Problem
from services.grading.domain.records import FIELDS
from shared.contracts.vocabulary import Level, RiskBand, SiteKind, VisitType

HUNDREDTHS: Final = 100
BANDS: Final = (RiskBand.R4, RiskBand.R3, RiskBand.R2, RiskBand.R1)
"""By rank: 0 is the least risk, as 0 is the best level."""


@dataclass(frozen=True, slots=True)
class CompiledCase:
    """One condition and what it costs; ``amount`` is given the environment where the points are not fixed."""

    holds: Condition
    points: int
    amount: Condition | None


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule for one kind of site: cases of the site itself, and cases by kind of record."""

    id: str
    keys: tuple[str, ...]
    most: int
    common: Condition | None
    of_site: tuple[CompiledCase, ...]
    of_records: tuple[tuple[str, tuple[CompiledCase, ...]], ...]
    twice: tuple[int, Condition] | None
    lingers: tuple[Condition, int, int] | None


class PlainRule(NamedTuple):
    """A rule with one condition of the site alone, as most of them are."""

    holds: Condition
    id: str
    keys: tuple[str, ...]
    points: int


class Rules(NamedTuple):
    """The rules of one axis: the plain ones, and the others."""

    plain: tuple[PlainRule, ...]
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
    of_site: tuple[tuple[CompiledVeto, Condition], ...]
    of_records: tuple[tuple[str, tuple[tuple[CompiledVeto, Condition], ...]], ...]


@dataclass(frozen=True, slots=True)
class CompiledFrequency:
    """One row of how often."""

    row: FrequencyRow
    place: int
    holds: Condition | None


Frequencies = dict[int, dict[VisitType, tuple[CompiledFrequency, ...]]]
"""Rows by rank of level and type of visit."""


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
    required: tuple[str, ...]
    full: int
    most_bonus: int
    unknown_rule: str
    unknown_points: int
    unknown_most: int
    disproved_points: int
    hysteresis: int
    thresholds: tuple[int, ...]
    matrix: tuple[tuple[int, tuple[int, int, int, int], str], ...]
    frequencies: Frequencies
    usual: Frequencies
    conditional: Frequencies
    visits: frozenset[str]
    remedies: dict[str, Remedy]
    texts: dict[str, Any] = field(repr=False)

    @property
    def id(self) -> str:
        """The version, such as DEFAULT-2026.1."""
        return self.document.id


def compile_policy(document: PolicyDocument, lines: Lines | None = None) -> Policy:
    """The compiled policy; PolicyInvalid where a condition cannot be read or asks for what there is not."""
    compiler = _Compiler(document, lines or Lines({(): 1}, {}))
    frequencies = {level.rank: compiler.frequencies_of(level) for level in Level}
    policy = Policy(
        document=document,
        kinds={kind.value: compiler.rules_of(kind) for kind in SiteKind},
        required=tuple(key for key, fact in document.facts.items() if fact.required),
        full=hundredths(document.management.full),
        most_bonus=hundredths(document.management.bonuses.most),
        unknown_rule=document.inherent.unknown.id,
        unknown_points=hundredths(document.inherent.unknown.points),
        unknown_most=hundredths(document.inherent.unknown.most or document.inherent.most),
        disproved_points=hundredths(document.inherent.disproved.points),
        hysteresis=hundredths(document.movement.up.hysteresis),
        thresholds=tuple(hundredths(document.inherent.bands[band]) for band in BANDS),
        matrix=tuple(_matrix_rows(document.matrix)),
        frequencies=frequencies,
        usual=_filtered(frequencies, conditional=False),
        conditional=_filtered(frequencies, conditional=True),
        visits=frozenset(visit.value for visit in document.movement.up.visits),
        remedies={rule.id: rule.remedy for rule in document.all_rules() if rule.remedy},
        texts={rule.id: rule for rule in (*document.all_rules(), document.inherent.unknown, document.inherent.disproved)},
    )
    compiler.check_rest()
    if compiler.problems:
        raise PolicyInvalid(sorted(compiler.problems, key=lambda problem: problem.line))
    return policy


def _filtered(frequencies: Frequencies, *, conditional: bool) -> Frequencies:
    """The types of visit whose rows have conditions, or those whose rows have none."""
    return {
        level: kept
        for level, table in frequencies.items()
        if (kept := {visit: rows for visit, rows in table.items() if any(row.holds for row in rows) is conditional})
        or not conditional
    }


def hundredths(points: Decimal) -> int:
    """Points as a whole number of hundredths, so that sums are exact."""
    return int(points * HUNDREDTHS)


def _matrix_rows(rows: Sequence[MatrixRow]) -> Iterator[tuple[int, tuple[int, int, int, int], str]]:
    above = HUNDREDTHS + 1
    for row in sorted(rows, key=lambda row: row.score, reverse=True):
        name = f"{row.score:g}-{above - 1:g}"
        yield hundredths(row.score), (row.r4.rank, row.r3.rank, row.r2.rank, row.r1.rank), name
        above = int(row.score)


@dataclass(slots=True)
class _Compiler:
    document: PolicyDocument
    lines: Lines
    schema: Schema = field(init=False)
    problems: list[Problem] = field(default_factory=list)
    _done: dict[Path, Condition] = field(default_factory=dict)

    def __post_init__(self) -> None:
        facts = {key: Type(Kind(fact.type), fact.values) for key, fact in self.document.facts.items()}
        self.schema = Schema(facts, FIELDS)

    def rules_of(self, kind: SiteKind) -> RulesOfKind:
        inherent, management = self.document.inherent, self.document.management
        return RulesOfKind(
            inherent=self._rules(inherent.rules, ("inherent", "rules"), kind),
            deductions=self._rules(management.rules, ("management", "rules"), kind),
            bonuses=self._rules(management.bonuses.rules, ("management", "bonuses", "rules"), kind),
            vetoes=self._vetoes(kind),
        )

    def frequencies_of(self, level: Level) -> dict[VisitType, tuple[CompiledFrequency, ...]]:
        table = self.document.frequencies.get(level, {})
        return {
            visit: tuple(
                CompiledFrequency(
                    row, place, self._condition(row.when, None, ("frequencies", level.value, visit.value, place, "when"))
                )
                for place, row in enumerate(rows)
            )
            for visit, rows in table.items()
        }

    def check_rest(self) -> None:
        """What no single field can tell: ids used twice, levels without frequencies, a matrix that does not begin at 0."""
        seen: set[str] = set()
        for path, rule in self._placed():
            if rule.id in seen:
                self._complain(path, f"the id {rule.id!r} is used twice")
            seen.add(rule.id)
        missing = [level.value for level in Level if VisitType.PATROL not in self.document.frequencies.get(level, {})]
        if missing:
            self._complain(("frequencies",), f"no patrol for {', '.join(missing)}")
        if min(row.score for row in self.document.matrix) != 0:
            self._complain(("matrix",), "the lowest row begins at score 0")
        self._check_matrix()

    def _check_matrix(self) -> None:
        rows = sorted(self.document.matrix, key=lambda row: row.score)
        for worse, better in zip(rows, rows[1:], strict=False):
            if any(getattr(better, band.value).rank > getattr(worse, band.value).rank for band in BANDS):
                self._complain(("matrix",), f"score {better.score:g} gives a worse level than score {worse.score:g}")

    def _placed(self) -> Iterator[tuple[Path, Rule | Veto]]:
        management = self.document.management
        for path, rules in (
            (("inherent", "rules"), self.document.inherent.rules),
            (("management", "rules"), management.rules),
            (("management", "bonuses", "rules"), management.bonuses.rules),
            (("vetoes",), self.document.vetoes),
        ):
            for place, rule in enumerate(rules):
                yield (*path, place), rule

    def _rules(self, rules: Sequence[Rule], path: Path, kind: SiteKind) -> Rules:
        compiled = [self._rule(rule, (*path, place)) for place, rule in enumerate(rules) if kind in rule.applies_to]
        plain = [rule for rule in compiled if len(rule.of_site) == 1 and not rule.of_records and rule.twice is None]
        return Rules(
            tuple(PlainRule(rule.of_site[0].holds, rule.id, rule.keys, min(rule.of_site[0].points, rule.most)) for rule in plain),
            tuple(rule for rule in compiled if rule not in plain),
        )

    def _rule(self, rule: Rule, path: Path) -> CompiledRule:
        by_owner: dict[str | None, list[CompiledCase]] = defaultdict(list)
        for place, case in enumerate(rule.all_cases()):
            where = (*path, "cases", place) if rule.cases else path
            owner = case.for_ or rule.for_
            by_owner[owner].append(self._case(case, owner, where))
        of_site = tuple(by_owner.pop(None, ()))
        return CompiledRule(
            id=rule.id,
            keys=self._keys(rule),
            common=self._condition(rule.when, rule.for_, (*path, "when")) if rule.cases else None,
            most=HUNDREDTHS * HUNDREDTHS if rule.most is None else hundredths(rule.most),
            of_site=of_site,
            of_records=tuple((owner, tuple(cases)) for owner, cases in by_owner.items() if owner),
            twice=rule.times and (rule.times.factor, self._sure(rule.times.when, rule.for_, (*path, "times", "when"))),
            lingers=rule.lingers
            and (
                self._value(rule.lingers.after, Kind.DATE, rule.for_, (*path, "lingers", "after")),
                rule.lingers.days,
                rule.lingers.percent,
            ),
        )

    def _case(self, case: Case, owner: str | None, where: Path) -> CompiledCase:
        if sum(amount is not None for amount in (case.points, case.growth, case.share)) != 1:
            self._complain(where, "give exactly one of points, growth and share")
        if owner is None and case.points is None:
            self._complain(where, "growth and share are of records: for is missing")
        holds = self._sure(case.when, owner, (*where, "when"))
        amount: Condition | None = None
        if case.growth and owner:
            days = self._value(case.growth.days, Kind.DAYS, owner, (*where, "growth", "days"))
            amount = _growth(owner, days, case.growth)
        if case.share and owner:
            amount = _share(self._value(case.share.of, Kind.NUMBER, owner, (*where, "share", "of")), case.share.percent)
        return CompiledCase(holds, hundredths(case.points or Decimal()), amount)

    def _vetoes(self, kind: SiteKind) -> VetoRules:
        by_id: dict[str, CompiledVeto] = {}
        by_owner: dict[str | None, list[tuple[CompiledVeto, Condition]]] = defaultdict(list)
        for place, veto in enumerate(self.document.vetoes):
            if kind not in veto.applies_to:
                continue
            compiled = CompiledVeto(veto.id, self._keys(veto), veto.approvers, veto.trusted, veto.ends_by_time)
            by_id[veto.id] = compiled
            for number, case in enumerate(veto.cases):
                holds = self._sure(case.when, case.for_, ("vetoes", place, "cases", number, "when"))
                by_owner[case.for_].append((compiled, holds))
        of_site = tuple(by_owner.pop(None, ()))
        return VetoRules(by_id, of_site, tuple((owner, tuple(vetoes)) for owner, vetoes in by_owner.items() if owner))

    def _sure(self, text: str | None, owner: str | None, path: Path) -> Condition:
        condition = self._condition(text, owner, path)
        if condition is None:
            self._complain(path[:-1], "a condition is missing: when")
            return lambda _: None
        return condition

    def _condition(self, text: str | None, owner: str | None, path: Path) -> Condition | None:
        if text is None:
            return None
        return self._compiled(text, owner, path, lambda checker, node: checker.condition(node))

    def _value(self, text: str, kind: Kind, owner: str | None, path: Path) -> Condition:
        return self._compiled(text, owner, path, lambda checker, node: checker.value(node, kind))

    def _compiled(self, text: str, owner: str | None, path: Path, check: Callable[[Checker, Node], Node]) -> Condition:
        if path in self._done:
            return self._done[path]
        condition: Condition = lambda _: None  # noqa: E731 - stands in for one that cannot be read
        try:
            if owner is not None and (owner not in FIELDS or owner == "site"):
                message = f"there are no records of kind {owner!r}"
                raise ConditionError(message, 1)
            condition = condition_of(check(Checker(self.schema, owner), read(text)))
        except ConditionError as error:
            self._complain(path, f"{error.text} (column {error.column} of the condition)")
        return self._done.setdefault(path, condition)

    def _complain(self, path: Path, text: str) -> None:
        problem = self.lines.problem(path, text)
        if problem not in self.problems:
            self.problems.append(problem)

    def _keys(self, rule: Rule | Veto) -> tuple[str, ...]:
        """The declared facts that a rule of the site names, in order of appearance: one of them is the fact of its reason."""
        cases = rule.cases or ((rule,) if isinstance(rule, Rule) else ())
        words = " ".join(case.when or "" for case in cases if case.for_ is None)
        for sign in "().,[]<>=!":
            words = words.replace(sign, " ")
        return tuple(dict.fromkeys(word for word in words.split() if word in self.document.facts))


def _growth(owner: str, days: Condition, growth: Growth) -> Condition:
    """Points for every started period; while the days run, the next started period is a new answer."""
    every, points, most = growth.every, hundredths(growth.points), hundredths(growth.most)
    record = attrgetter(owner)

    def grown(env: Environment) -> int:
        late = days(env)
        started = -(-late // every)
        if record(env).running and started * points < most:
            env.horizon = min(env.horizon, env.today + started * every + 1 - late)
        return min(most, started * points)

    return grown


def _share(of: Condition, percent: int) -> Condition:
    return lambda env: of(env) * percent // HUNDREDTHS
