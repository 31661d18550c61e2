"""From the document to the policy that grades; what makes no sense is told with its line and its rule."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Final

from services.grading.domain.language import Condition, Environment, Kind
from services.grading.domain.policy import compiled, visits
from services.grading.domain.policy.compiled import (
    BANDS,
    HUNDREDTHS,
    Cell,
    CompiledCase,
    CompiledFrequency,
    CompiledRule,
    CompiledVeto,
    PlainRule,
    Policy,
    RecordGuard,
    RulesOfKind,
    VetoRules,
    hundredths,
)
from services.grading.domain.policy.conditions import Conditions
from services.grading.domain.policy.document import MatrixRow, PolicyDocument
from services.grading.domain.policy.guards import Guard, asked
from services.grading.domain.policy.parts import Case, Growth, Rule, Veto
from services.grading.domain.policy.soundness import complaints
from services.grading.domain.policy.text import Lines, Path, PolicyInvalid
from shared.contracts.vocabulary import Level, SiteKind, VisitType

_CLASSES: Final[dict[str, frozenset[type]]] = {
    "truth": frozenset({bool}),
    "choice": frozenset({str}),
    "choices": frozenset({list}),
    "number": frozenset({int, float}),
    "date": frozenset({str}),
    "text": frozenset({str}),
}
_UNLIMITED: Final = HUNDREDTHS * HUNDREDTHS


def compile_policy(document: PolicyDocument, lines: Lines | None = None) -> Policy:
    """The compiled policy; PolicyInvalid where a condition cannot be read or asks for what there is not."""
    compiler = _Compiler(document, Conditions(document, lines or Lines({(): 1}, {})))
    policy = compiler.policy()
    for path, text in complaints(document):
        compiler.conditions.complain(path, text)
    if compiler.conditions.problems:
        raise PolicyInvalid(sorted(compiler.conditions.problems, key=lambda problem: problem.line))
    return policy


@dataclass(slots=True)
class _Compiler:
    document: PolicyDocument
    conditions: Conditions

    def policy(self) -> Policy:
        inherent, management = self.document.inherent, self.document.management
        frequencies = {level.rank: self._frequencies(level) for level in Level}
        return Policy(
            document=self.document,
            kinds={kind.value: self._rules_of(kind) for kind in SiteKind},
            classes={key: _CLASSES[fact.type] for key, fact in self.document.facts.items()},
            required=tuple(key for key, fact in self.document.facts.items() if fact.required),
            full=hundredths(management.full),
            most_bonus=hundredths(management.bonuses.most),
            most_inherent=hundredths(inherent.most),
            unknown_rule=inherent.unknown.id,
            unknown_kinds=frozenset(kind.value for kind in inherent.unknown.applies_to),
            unknown_points=hundredths(inherent.unknown.points),
            unknown_most=hundredths(inherent.unknown.most or inherent.most),
            disproved_points=hundredths(inherent.disproved.points),
            hysteresis=hundredths(self.document.movement.up.hysteresis),
            thresholds=tuple(hundredths(inherent.bands[band]) for band in BANDS),
            matrix=tuple(_matrix_rows(self.document.matrix)),
            frequencies=frequencies,
            usual=(usual := visits.filtered(frequencies, conditional=False)),
            usual_places={
                level: {f"{visit}": [row.place for row in rows] for visit, rows in table.items()}
                for level, table in usual.items()
            },
            conditional={
                level: tuple(visits.conditional(visit, rows) for visit, rows in table.items())
                for level, table in visits.filtered(frequencies, conditional=True).items()
            },
            visits=frozenset(visit.value for visit in self.document.movement.up.visits),
            visit_within=VisitType(self.document.movement.up.visit_within),
            waits=tuple(self.document.movement.up.wait_days.get(level, 0) for level in Level),
            remedies={rule.id: rule.remedy for rule in self.document.all_rules() if rule.remedy},
            texts={rule.id: rule for rule in (*self.document.all_rules(), inherent.unknown, inherent.disproved)},
        )

    def _rules_of(self, kind: SiteKind) -> RulesOfKind:
        inherent, management = self.document.inherent, self.document.management
        return RulesOfKind(
            inherent=self._rules(inherent.rules, ("inherent", "rules"), kind),
            deductions=self._rules(management.rules, ("management", "rules"), kind),
            bonuses=self._rules(management.bonuses.rules, ("management", "bonuses", "rules"), kind),
            vetoes=self._vetoes(kind),
        )

    def _frequencies(self, level: Level) -> dict[VisitType, tuple[CompiledFrequency, ...]]:
        path: Path = ("frequencies", level.value)
        return {
            visit: tuple(
                CompiledFrequency(
                    row, place, self.conditions.given(row.when, None, (*path, visit.value, place, "when")), visits.within(row)
                )
                for place, row in enumerate(rows)
            )
            for visit, rows in self.document.frequencies.get(level, {}).items()
        }

    def _rules(self, rules: Sequence[Rule], path: Path, kind: SiteKind) -> compiled.Rules:
        plain: list[tuple[Guard | None, PlainRule]] = []
        by_record: dict[str, list[CompiledRule]] = defaultdict(list)
        others: list[CompiledRule] = []
        for place, rule in enumerate(rules):
            if kind not in rule.applies_to:
                continue
            made = self._rule(rule, (*path, place))
            if made.is_plain:
                guard = self.conditions.guard(rule.when or rule.all_cases()[0].when)
                holds = None if guard is not None and guard.decides else made.of_site[0].holds
                plain.append((guard, PlainRule(holds, made.id, made.keys, min(made.of_site[0].points, made.most))))
            elif len(made.of_records) == 1 and not made.of_site:
                by_record[made.of_records[0][0]].append(made)
            else:
                others.append(made)
        tables = {owner: tuple(known) for owner, known in by_record.items()}
        return compiled.Rules(asked(plain), tables, tuple(others))

    def _rule(self, rule: Rule, path: Path) -> CompiledRule:
        by_owner: dict[str | None, list[CompiledCase]] = defaultdict(list)
        for place, case in enumerate(rule.all_cases()):
            owner = case.for_ or rule.for_
            by_owner[owner].append(self._case(case, owner, (*path, "cases", place) if rule.cases else path))
        of_site = tuple(by_owner.pop(None, ()))
        return CompiledRule(
            id=rule.id,
            keys=self._keys(rule),
            most=_UNLIMITED if rule.most is None else hundredths(rule.most),
            guard=self._guard(rule) if {*by_owner} == {rule.for_} else None,
            common=self.conditions.given(rule.when, rule.for_, (*path, "when")) if rule.cases else None,
            of_site=of_site,
            of_records=tuple((owner, tuple(cases)) for owner, cases in by_owner.items() if owner),
            twice=self._twice(rule, path),
            lingers=self._lingers(rule, path),
        )

    def _guard(self, rule: Rule) -> RecordGuard | None:
        return self.conditions.record_guard(rule.when, rule.for_) if rule.when and rule.for_ else None

    def _twice(self, rule: Rule, path: Path) -> tuple[int, Condition] | None:
        if rule.times is None:
            return None
        return rule.times.factor, self.conditions.needed(rule.times.when, rule.for_, (*path, "times", "when"))

    def _lingers(self, rule: Rule, path: Path) -> tuple[Condition, int, int] | None:
        if rule.lingers is None:
            return None
        after = self.conditions.value(rule.lingers.after, Kind.DATE, rule.for_, (*path, "lingers", "after"))
        return after, rule.lingers.days, rule.lingers.percent

    def _case(self, case: Case, owner: str | None, where: Path) -> CompiledCase:
        if sum(amount is not None for amount in (case.points, case.growth, case.share)) != 1:
            self.conditions.complain(where, "give exactly one of points, growth and share")
        if owner is None and case.points is None:
            self.conditions.complain(where, "growth and share are of records: for is missing")
        holds = self.conditions.needed(case.when, owner, (*where, "when"))
        return CompiledCase(holds, hundredths(case.points or Decimal()), self._amount(case, owner, where))

    def _amount(self, case: Case, owner: str | None, where: Path) -> Condition | None:
        if case.growth and owner:
            return _growth(
                owner, self.conditions.value(case.growth.days, Kind.DAYS, owner, (*where, "growth", "days")), case.growth
            )
        if case.share and owner:
            return _share(self.conditions.value(case.share.of, Kind.NUMBER, owner, (*where, "share", "of")), case.share.percent)
        return None

    def _vetoes(self, kind: SiteKind) -> VetoRules:
        by_id: dict[str, CompiledVeto] = {}
        by_owner: dict[str, list[tuple[CompiledVeto, Condition]]] = defaultdict(list)
        of_site: list[tuple[Guard | None, tuple[CompiledVeto, Condition]]] = []
        for place, veto in enumerate(self.document.vetoes):
            if kind not in veto.applies_to:
                continue
            made = by_id[veto.id] = CompiledVeto(veto.id, self._keys(veto), veto.approvers, veto.trusted, veto.ends_by_time)
            for number, case in enumerate(veto.cases):
                holds = self.conditions.needed(case.when, case.for_, ("vetoes", place, "cases", number, "when"))
                if case.for_ is None:
                    of_site.append((self.conditions.guard(case.when), (made, holds)))
                else:
                    by_owner[case.for_].append((made, holds))
        return VetoRules(by_id, asked(of_site), tuple((owner, tuple(vetoes)) for owner, vetoes in by_owner.items()))

    def _keys(self, rule: Rule | Veto) -> tuple[str, ...]:
        """The facts that a rule names about the site itself, in order of appearance: one of them is the fact of its reason."""
        cases = rule.all_cases() if isinstance(rule, Rule) else rule.cases
        words = " ".join(case.when or "" for case in cases if case.for_ is None)
        for sign in "().,[]<>=!":
            words = words.replace(sign, " ")
        return tuple(dict.fromkeys(word for word in words.split() if word in self.document.facts))


def _matrix_rows(rows: Sequence[MatrixRow]) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """From the best score down; the cells of a row by rank of the band."""
    above = HUNDREDTHS + 1
    for row in sorted(rows, key=lambda row: row.score, reverse=True):
        levels = {band: getattr(row, band.value).rank for band in BANDS}
        yield (
            hundredths(row.score),
            tuple(Cell(rank, f"{band.value}:{row.score:g}-{above - 1:g}") for band, rank in levels.items()),
        )
        above = int(row.score)


def _growth(owner: str, days: Condition, growth: Growth) -> Condition:
    """Points for every started period; while the days run, the next started period is a new answer."""
    every, points, most = growth.every, hundredths(growth.points), hundredths(growth.most)
    record = attrgetter(owner)

    def grown(env: Environment) -> int:
        late: int = days(env)
        started = -(-late // every)
        if record(env).running and started * points < most:
            env.horizon = min(env.horizon, env.today + started * every + 1 - late)
        return min(most, started * points)

    return grown


def _share(of: Condition, percent: int) -> Condition:
    return lambda env: int(of(env) or 0) * percent // HUNDREDTHS
