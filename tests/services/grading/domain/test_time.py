"""Time alone changes an answer on the day that the answer names, and on no day before."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.grading.domain import course
from services.grading.domain.assessment import Assessment, assess
from services.grading.domain.course import Course
from services.grading.domain.days import NEVER
from shared.contracts.vocabulary import GradeCause
from tests.services.grading import builders as usual
from tests.services.grading.domain.days import MONDAY, POLICY, RULES
from tests.services.grading.domain.sayings import said, stories

A_YEAR = 366
THOROUGH = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def followed(told: list[Any]) -> Course:
    """A site as it stands at the end of the first day."""
    site = Course()
    site.hear([write for saying in told for write in saying.writes()], MONDAY, RULES)
    return site


def looked_at(day: int) -> Any:
    """A visit on a later day, without which no level ever rises."""
    at = datetime.fromordinal(day).replace(hour=4, tzinfo=UTC)
    return said(usual.visit_recorded(on=at), day, 1, day).writes()


def keeps_its_answer_until_then(told: Any, visits: set[int]) -> None:
    site = followed(told)
    for day in range(MONDAY + 1, MONDAY + A_YEAR):
        if day - MONDAY in visits:
            site.hear(looked_at(day), day, RULES)
        if day >= site.valid_until:
            site.pass_days(day, RULES)
            continue
        answer = assess(site.facts, POLICY, day, site.standing, RULES.working_days)
        assert answer.substance() == site.substance


def agrees_every_day(told: Any, visits: set[int]) -> None:
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


YEARS = given(stories(), st.sets(st.integers(1, A_YEAR - 1), max_size=30))


@THOROUGH
@YEARS
def test_no_day_before_valid_until_has_another_answer(told: Any, visits: set[int]) -> None:
    keeps_its_answer_until_then(told, visits)


@THOROUGH
@YEARS
def test_asking_every_day_of_a_year_agrees_with_the_jumps(told: Any, visits: set[int]) -> None:
    agrees_every_day(told, visits)


@pytest.mark.parametrize("agrees", [keeps_its_answer_until_then, agrees_every_day])
def test_a_review_that_is_a_day_late_is_found_out(
    monkeypatch: pytest.MonkeyPatch, agrees: Callable[[Any, set[int]], None]
) -> None:
    def late(*asked: Any) -> Assessment:
        answer = assess(*asked)
        answer.valid_until = min(NEVER, answer.valid_until + 1)
        return answer

    monkeypatch.setattr(course, "assess", late)
    much = [HealthCheck.too_slow, HealthCheck.data_too_large]
    tried = settings(max_examples=300, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=much)
    with pytest.raises(AssertionError):
        tried(YEARS(agrees))()


def test_an_overdue_hazard_costs_more_with_every_started_five_days() -> None:
    due = date.fromordinal(MONDAY + 1)
    hazard = usual.hazard_found(level="minor", due=due, found_at=datetime.fromordinal(MONDAY).replace(tzinfo=UTC))
    site = followed([said(usual.site_registered(), 1, 1), said(hazard, 2, 1)])
    scores = []
    for day in range(MONDAY + 1, MONDAY + 14):
        site.pass_days(day, RULES)
        scores.append(assess(site.facts, POLICY, day, site.standing, RULES.working_days).score)

    assert scores == [9900, *[9800] * 5, *[9700] * 5, *[9600] * 2]
    assert timedelta(days=site.valid_until - MONDAY) > timedelta(days=13)
