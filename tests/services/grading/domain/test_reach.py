"""The stories of the properties reach every rule, every veto and their recoveries; a property about nothing proves nothing."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from services.grading.domain.course import Course, Decision
from tests.services.grading.domain.days import MONDAY, POLICY, RULES
from tests.services.grading.domain.sayings import stories

STORIES = 2_500


@dataclass
class Seen:
    """What happened in some story: rules that counted, rules that counted no more, vetoes that came, vetoes that ended."""

    counted: set[str] = field(default_factory=set)
    recovered: set[str] = field(default_factory=set)
    levels: set[int] = field(default_factory=set)

    def look(self, decisions: list[Decision]) -> None:
        before: set[str] = set()
        for decision in decisions:
            answer = decision.assessment
            parts = (*answer.inherent, *answer.deductions, *answer.bonuses)
            now = {part.rule for part in parts} | {veto.rule for veto in answer.vetoes}
            self.counted |= now
            self.recovered |= before - now
            self.levels.add(answer.level)
            before = now


def test_the_stories_reach_every_rule_every_veto_and_their_recoveries() -> None:
    seen = Seen()

    def lived(told: list[Any]) -> None:
        course, decisions = Course(), []
        for day, saying in enumerate(told):
            decisions += course.hear(saying.writes(), MONDAY + day * 3, RULES)
        seen.look(decisions + course.pass_days(MONDAY + 500, RULES))

    much = [HealthCheck.too_slow, HealthCheck.data_too_large]
    tried = settings(max_examples=STORIES, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=much)
    tried(given(stories(longest=14))(lived))()

    rules = {rule.id for rule in POLICY.document.all_rules()} | {"inherent.unknown", "inherent.disproved"}
    assert sorted(rules - seen.counted) == []
    alike = {rule.id for rule in POLICY.document.inherent.rules}
    assert len(alike & seen.recovered) >= len(alike) - 4, "what a site is recovers by one way for all rules: it is taken back"
    assert sorted(rules - alike - seen.recovered) == []
    assert seen.levels == {0, 1, 2, 3}
