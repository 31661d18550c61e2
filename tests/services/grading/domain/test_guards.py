"""Rules behind guards are only asked where they can hold: with and without guards the answer is the same, to the byte."""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.grading.domain.assessment import assess
from services.grading.domain.course import Course, Rules
from services.grading.domain.policy import Policy, compile_policy, read_policy
from services.grading.domain.policy import conditions as compiling
from services.grading.domain.policy.compiled import RecordGuard
from services.grading.domain.policy.guards import Guard, guard_of
from services.grading.rulings import shipped_policy, shipped_text
from shared.contracts.vocabulary import SiteKind
from tests.services.grading.domain.cases import registers
from tests.services.grading.domain.days import MONDAY, POLICY, RULES
from tests.services.grading.domain.sayings import stories

FACTS = shipped_policy().document.facts


def compiled_with(guards: Any, record_guards: Any = lambda _node: None) -> Policy:
    """The shipped policy, its guards made by other functions."""
    with patch.object(compiling, "guard_of", guards), patch.object(compiling, "record_guard_of", record_guards):
        return compile_policy(*read_policy(shipped_text()))


UNGUARDED = compiled_with(lambda _node: None)


@dataclass(frozen=True)
class Answered:
    """How one declared fact may be answered."""

    key: str

    def values(self) -> st.SearchStrategy[Any]:
        fact = FACTS[self.key]
        if fact.type == "truth":
            return st.booleans()
        if fact.type == "choice":
            return st.sampled_from(fact.values)
        if fact.type == "choices":
            return st.lists(st.sampled_from(fact.values), min_size=1, max_size=2)
        return st.integers(-500, 5) if fact.type == "date" else st.integers(0, 400)


@st.composite
def answers(draw: Any) -> dict[str, Any]:
    keys = draw(st.sets(st.sampled_from(sorted(FACTS))))
    return {key: draw(Answered(key).values()) for key in sorted(keys)}


@pytest.mark.parametrize("kind", [kind.value for kind in SiteKind])
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(answers())
def test_a_guard_never_changes_an_answer(kind: str, known: dict[str, Any]) -> None:
    facts = registers({"kind": kind, "facts": known})
    guarded, plain = (assess(facts, policy, MONDAY, None, RULES.working_days) for policy in (POLICY, UNGUARDED))
    assert guarded.substance() == plain.substance()


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(stories())
def test_a_guard_of_records_never_changes_an_answer_nor_its_day(told: list[Any]) -> None:
    assert _life(POLICY, told) == _life(UNGUARDED, told)


def test_a_guard_of_records_that_says_too_much_would_be_noticed() -> None:
    """The control: a guard that wants what a hazard is not loses its points."""
    too_narrow = compiled_with(guard_of, lambda _node: RecordGuard(attrgetter("since"), None))
    facts = registers({"hazards": [{"level": "serious"}]})
    assert assess(facts, too_narrow, MONDAY, None, RULES.working_days).score > _score(facts)


def _life(policy: Policy, told: list[Any]) -> list[Any]:
    """Every decision of a story and of a year of silence after it."""
    rules, course, decisions = Rules(((0, policy),), RULES.working_days), Course(), []
    for day, saying in enumerate(told):
        decisions += course.hear(saying.writes(), MONDAY + day * 3, rules)
    return [(decision.day, decision.assessment.substance()) for decision in decisions + course.pass_days(MONDAY + 400, rules)]


def _score(facts: Any) -> int:
    return assess(facts, UNGUARDED, MONDAY, None, RULES.working_days).score


def test_a_guard_that_says_too_much_would_be_noticed() -> None:
    """The control: a guard that misses an answer loses the rule."""
    too_narrow = compiled_with(lambda _node: Guard("spray", frozenset({"water"})))
    facts = registers({"facts": {"spray": "solvent", "dust": "metal", "dust_collector": "wet"}})
    assert assess(facts, too_narrow, MONDAY, None, RULES.working_days).inherent_points < _points(facts)


def _points(facts: Any) -> int:
    return assess(facts, UNGUARDED, MONDAY, None, RULES.working_days).inherent_points


def conditions() -> Iterator[tuple[str, Guard | None]]:
    yield "dust == metal", Guard("dust", frozenset({"metal"}), decides=True)
    yield "hazwaste is true", Guard("hazwaste", frozenset({True}), decides=True)
    yield "people_on_site > 100", Guard("people_on_site")
    yield "molten_metal is true and molten_metal.qty >= 1", Guard("molten_metal", frozenset({True}))
    yield "age(penalty_on) <= 12 months", Guard("penalty_on")
    yield "floor >= 3 and people_on_site > 30", Guard("floor")
    yield "dust == metal or dust == wood", Guard("dust", frozenset({"metal", "wood"}))
    yield "spray == solvent or printing == solvent", None
    yield "not (dust == metal)", None
    yield "building_fire_resistance is unknown", None
    yield "dust == metal or age(latest(site.last_drill_on, site.registered_on)) > 12 months", None


@pytest.mark.parametrize(("text", "expected"), list(conditions()))
def test_the_guard_of_a_condition(text: str, expected: Guard | None) -> None:
    assert compiling.Conditions(*read_policy(shipped_text())).guard(text) == expected


@pytest.mark.parametrize(
    ("text", "owner", "wanted"),
    [
        ("hazard.open and hazard.own and hazard.overdue_days is known", "hazard", (True, True)),
        ("training.role == principal and passed(training.until)", "training", "principal"),
        ("complaint.founded and age(complaint.since) <= 90 days", "complaint", True),
        ("hazard.open or hazard.late", "hazard", None),
        ("not hazard.open", "hazard", None),
        ("hazard.level in [minor, medium]", "hazard", None),
        ("age(refusal.since) <= 6 months", "refusal", None),
    ],
)
def test_the_guard_of_a_condition_about_records(text: str, owner: str, wanted: Any) -> None:
    found = compiling.Conditions(*read_policy(shipped_text())).record_guard(text, owner)
    assert (found.wanted if found else None) == wanted
