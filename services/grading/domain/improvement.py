"""What would better the level: the smallest changes, found by asking the same function again with the facts as they would be."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Final, NamedTuple

from services.grading.domain.assessment import Assessment, assess
from services.grading.domain.days import iso_of
from services.grading.domain.movement import RED, WorkingDays, band_of, cell_of
from services.grading.domain.policy.compiled import Policy
from services.grading.domain.registers import EVENT, FACT, HAZARD, SEQUENCE, VALUE, Registers, Value
from services.grading.domain.standing import Standing
from services.grading.domain.vetoes import LIFT

_MOST_SEARCHED: Final = 8
_MOST_TOGETHER: Final = 3
_OWNERS: Final = ("lease", "self_check", "certificate", "alarm", "tenant", "unreached")
_FAR_AWAY: Final = "2099-12-31"
SUPPOSED: Final = "supposed"
"""Stands for the event of a fact that is only supposed."""


class Step(NamedTuple):
    """One thing to do, about one fact or record; ``number`` is the hazard's."""

    rule: str
    action: str
    fact: str | None
    number: str | None


class Improvement(NamedTuple):
    """Steps that together give a better cell, and the level that it gives."""

    steps: tuple[Step, ...]
    gives: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    step: Step
    score: int
    risk: int
    effort: int
    event: str | None


def improvements(
    facts: Registers, policy: Policy, last: Standing | None, assessment: Assessment, working_days: WorkingDays
) -> list[Improvement]:
    """For every better level that can be reached by doing something: the fewest steps that reach it."""
    asked = _Question(facts, policy, last, assessment, working_days)
    return list(asked.answers())


@dataclass(slots=True)
class _Question:
    facts: Registers
    policy: Policy
    last: Standing | None
    assessment: Assessment
    working_days: WorkingDays

    def answers(self) -> Iterator[Improvement]:
        """For each better level in turn; what lifts the vetoes is part of every answer."""
        needed = [self._candidate(veto.rule, veto.subject, veto.event, veto.number) for veto in self.assessment.vetoes]
        must = tuple({candidate.step: candidate for candidate in needed if candidate}.values())
        base = self._ask(must) if must else self.assessment
        if None in needed or base.vetoes:
            return
        others = self._candidates(base)
        found: Improvement | None = None
        for goal in range((RED if must else base.cell.level) - 1, -1, -1):
            if found is None or found.gives > goal:
                found = self._smallest(must, others, base, goal)
                if found is None:
                    return
                yield found

    def _candidates(self, base: Assessment) -> list[_Candidate]:
        """What could be done about each contribution, the easiest first and then what weighs most."""
        known: dict[tuple[str, str | None], _Candidate] = {}
        costs = [(part, part.points, 0) for part in base.deductions]
        for part, score, risk in costs + [(part, 0, part.points) for part in base.inherent]:
            candidate = self._candidate(part.rule, part.fact, None, part.number)
            if candidate is not None:
                key = (candidate.step.action, candidate.step.fact)
                before = known.get(key)
                known[key] = replace(candidate, score=score + (before.score if before else 0), risk=risk)
        return sorted(known.values(), key=_easiest_first)

    def _candidate(self, rule: str, fact: str | None, event: str | None, number: str | None) -> _Candidate | None:
        remedy = self.policy.remedies.get(rule)
        return None if remedy is None else _Candidate(Step(rule, remedy.action, fact, number), 0, 0, remedy.effort, event)

    def _smallest(
        self, must: Sequence[_Candidate], others: Sequence[_Candidate], base: Assessment, goal: int
    ) -> Improvement | None:
        """The least effort first; only what adds up on paper is asked, and only what the question confirms is answered."""
        for chosen in self._choices(others):
            if self._adds_up(chosen, base, goal):
                answer = self._ask((*must, *chosen))
                if not answer.vetoes and answer.cell.level <= goal:
                    return Improvement(tuple(candidate.step for candidate in (*must, *chosen)), answer.cell.level)
        return None

    @staticmethod
    def _choices(others: Sequence[_Candidate]) -> Iterator[tuple[_Candidate, ...]]:
        """Every choice of up to three among the first few, the least effort first; then more and more of all."""
        searched = others[:_MOST_SEARCHED]
        few = [chosen for size in range(_MOST_TOGETHER + 1) for chosen in combinations(searched, size)]
        yield from sorted(few, key=lambda chosen: sum(candidate.effort for candidate in chosen))
        for size in range(_MOST_TOGETHER + 1, len(others) + 1):
            yield tuple(others[:size])

    def _adds_up(self, chosen: Iterable[_Candidate], base: Assessment, goal: int) -> bool:
        score = min(self.policy.full, base.score + sum(candidate.score for candidate in chosen))
        risk = max(0, base.inherent_points - sum(candidate.risk for candidate in chosen))
        return cell_of(score, band_of(risk, self.policy), self.policy).level <= goal

    def _ask(self, chosen: Iterable[_Candidate]) -> Assessment:
        supposed = Registers({family: dict(names) for family, names in self.facts.current.items()}, list(self.facts.past))
        for candidate in chosen:
            self._suppose(supposed, candidate)
        return assess(supposed, self.policy, self.assessment.today, self.last, self.working_days)

    def _suppose(self, facts: Registers, candidate: _Candidate) -> None:
        remedy = self.policy.remedies[candidate.step.rule]
        if remedy.effect:
            _EFFECTS[remedy.effect](facts, candidate.step, iso_of(self.assessment.today))
        for key, value in remedy.facts.items():
            self._answer(facts, key, value)
        if candidate.event:
            rule = candidate.step.rule
            put(facts, LIFT, f"{rule}:{candidate.event}", {"rule": rule, "events": [candidate.event]})

    def _answer(self, facts: Registers, key: str, value: Any) -> None:
        today = iso_of(self.assessment.today)
        standing = facts.value(FACT, value) if isinstance(value, str) else None
        answer = standing["value"] if standing and value in self.policy.document.facts else today if value == "today" else value
        put(facts, FACT, key, None if answer is None else {"value": answer, "since": today, "verified": True})


def _easiest_first(candidate: _Candidate) -> tuple[Any, ...]:
    return candidate.effort, -candidate.score - candidate.risk, candidate.step.rule, candidate.step.fact or ""


def put(facts: Registers, family: str, name: str, value: Value | None) -> None:
    """Suppose that a value stands, as if an event had just said so."""
    names = facts.current.setdefault(family, {})
    sequence = names[name][SEQUENCE] + 1 if name in names else 1
    names[name] = [sequence, SUPPOSED, 0, value]


def _close(facts: Registers, step: Step, today: str) -> None:
    register = facts.current.get(HAZARD, {}).get(step.fact or "")
    if register is not None and register[VALUE] is not None:
        facts.current[HAZARD][step.fact or ""] = [
            register[SEQUENCE] + 1,
            register[EVENT],
            register[2],
            {**register[VALUE], "state": "closed"},
        ]
        put(facts, "hazard_ended", step.fact or "", {"on": today, "overdue_days": 0})


def _drop(facts: Registers, step: Step, _today: str) -> None:
    for family in _OWNERS:
        if step.fact in facts.current.get(family, {}):
            put(facts, family, step.fact or "", None)


def _change(family: str, **fields: Any) -> Callable[[Registers, Step, str], None]:
    """The record that the step is about, or where it is about none, every one, with other fields."""

    def change(facts: Registers, step: Step, today: str) -> None:
        names = facts.current.get(family, {})
        for name in [step.fact] if step.fact in names else list(names):
            value = facts.value(family, name or "")
            if value is not None:
                put(
                    facts,
                    family,
                    name or "",
                    {**value, **{key: today if field == "today" else field for key, field in fields.items()}},
                )

    return change


def _add(family: str, name: str = SUPPOSED, **fields: Any) -> Callable[[Registers, Step, str], None]:
    """One more record."""

    def add(facts: Registers, step: Step, today: str) -> None:
        value = {key: today if field == "today" else step.fact if field == "fact" else field for key, field in fields.items()}
        put(facts, family, (step.fact or name) if name == "fact" else name, value)

    return add


def _test(facts: Registers, step: Step, today: str) -> None:
    if not facts.current.get("alarm"):
        put(facts, "alarm", SUPPOSED, {"on": today, "result": "working"})
    _change("alarm", on="today", result="working")(facts, step, today)


_EFFECTS: Final[dict[str, Callable[[Registers, Step, str], None]]] = {
    "close": _close,
    "drop": _drop,
    "renew": _add("trained", role="fact", on="today", until=_FAR_AWAY),
    "check": _add("tenant_check", "fact", on="today"),
    "sign": _change("lease", agreement="signed", agreement_until=_FAR_AWAY),
    "drill": _add("drill", on="today", passed=True),
    "test": _test,
    "better": _change("tenant", level="blue", overdue=0),
}
