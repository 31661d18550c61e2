"""Time alone changes an answer on the day that the answer names, and on no day before."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.grading.domain.assessment import assess
from services.grading.domain.course import Course
from shared.contracts.vocabulary import GradeCause
from tests.services.grading import builders as usual
from tests.services.grading.domain.days import MONDAY, POLICY, RULES
from tests.services.grading.domain.sayings import said, stories

A_YEAR = 366
THOROUGH = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def followed(told: list[Any]) -> Course:
    """A site as it stands at the end of the first day."""
    course = Course()
    course.hear([write for saying in told for write in saying.writes()], MONDAY, RULES)
    return course


def looked_at(day: int) -> Any:
    """A visit on a later day, without which no level ever rises."""
    at = datetime.fromordinal(day).replace(hour=4, tzinfo=UTC)
    return said(usual.visit_recorded(on=at), day, 1, day).writes()


@THOROUGH
@given(stories(), st.sets(st.integers(1, A_YEAR - 1), max_size=30))
def test_no_day_before_valid_until_has_another_answer(told: Any, visits: set[int]) -> None:
    course = followed(told)
    for day in range(MONDAY + 1, MONDAY + A_YEAR):
        if day - MONDAY in visits:
            course.hear(looked_at(day), day, RULES)
        if day >= course.valid_until:
            course.pass_days(day, RULES)
            continue
        answer = assess(course.facts, POLICY, day, course.standing, RULES.working_days)
        assert answer.substance() == course.substance


@THOROUGH
@given(stories(), st.sets(st.integers(1, A_YEAR - 1), max_size=30))
def test_asking_every_day_of_a_year_agrees_with_the_jumps(told: Any, visits: set[int]) -> None:
    daily, jumping = followed(told), followed(told)
    seen: list[int | None] = []
    for day in range(MONDAY + 1, MONDAY + A_YEAR):
        if day - MONDAY in visits:
            daily.hear(looked_at(day), day, RULES)
        daily.decide(day, POLICY, RULES.working_days, GradeCause.TIME)
        seen.append(daily.level)

    expected: list[int | None] = []
    for day in range(MONDAY + 1, MONDAY + A_YEAR):
        if day - MONDAY in visits:
            jumping.hear(looked_at(day), day, RULES)
        if day >= jumping.valid_until:
            jumping.pass_days(day, RULES)
        expected.append(jumping.level)

    assert expected == seen
    assert daily.substance == jumping.substance


def test_an_overdue_hazard_costs_more_with_every_started_five_days() -> None:
    due = date.fromordinal(MONDAY + 1)
    hazard = usual.hazard_found(level="minor", due=due, found_at=datetime.fromordinal(MONDAY).replace(tzinfo=UTC))
    course = followed([said(usual.site_registered(), 1, 1), said(hazard, 2, 1)])
    scores = []
    for day in range(MONDAY + 1, MONDAY + 14):
        course.pass_days(day, RULES)
        scores.append(assess(course.facts, POLICY, day, course.standing, RULES.working_days).score)

    assert scores == [9900, *[9800] * 5, *[9700] * 5, *[9600] * 2]
    assert timedelta(days=course.valid_until - MONDAY) > timedelta(days=13)
