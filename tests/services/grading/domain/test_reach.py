"""The stories of the properties reach every rule, every veto and their recoveries; a property about nothing proves nothing."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from services.grading.domain.course import Course, Decision
from tests.services.grading.domain.days import MONDAY, POLICY, RULES
from tests.services.grading.domain.sayings import stories

MOST_STORIES = 8_000
RULES_OF_THE_POLICY = {rule.id for rule in POLICY.document.all_rules()} | {"inherent.unknown", "inherent.disproved"}
ONE_WAY = {rule.id for rule in POLICY.document.inherent.rules} | {"inherent.unknown"}
"""What a site is recovers by one way for all rules: it is taken back."""


class Reached(Exception):
    """Nothing is missing any more."""


@dataclass
class Missing:
    """What no story has told yet: rules that count, rules that count no more, levels."""

    counted: set[str] = field(default_factory=lambda: set(RULES_OF_THE_POLICY))
    recovered: set[str] = field(default_factory=lambda: RULES_OF_THE_POLICY - ONE_WAY)
    levels: set[int] = field(default_factory=lambda: {0, 1, 2, 3})

    def look(self, decisions: list[Decision]) -> None:
        before: set[str] = set()
        for decision in decisions:
            answer = decision.assessment
            parts = (*answer.inherent, *answer.deductions, *answer.bonuses)
            now = {part.rule for part in parts} | {veto.rule for veto in answer.vetoes}
            self.counted -= now
            self.recovered -= before - now
            self.levels.discard(answer.level)
            before = now
        if not (self.counted or self.recovered or self.levels):
            raise Reached


def test_the_stories_reach_every_rule_every_veto_and_their_recoveries() -> None:
    missing = Missing()

    def lived(told: list[Any]) -> None:
        course, decisions = Course(), []
        for day, saying in enumerate(told):
            decisions += course.hear(saying.writes(), MONDAY + day * 3, RULES)
        missing.look(decisions + course.pass_days(MONDAY + 500, RULES))

    much = [HealthCheck.too_slow, HealthCheck.data_too_large]
    tried = settings(
        max_examples=MOST_STORIES, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=much
    )
    with suppress(Reached):
        tried(given(stories())(lived))()

    assert (sorted(missing.counted), sorted(missing.recovered), missing.levels) == ([], [], set())
