"""How a level moves: never up by more than one, whatever ends and whatever is put right."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.grading.domain.course import Course
from shared.contracts.registry import SiteFactsChanged
from tests.services.grading.domain.days import MONDAY, RULES
from tests.services.grading.domain.sayings import stories


def is_taken_back(saying: Any) -> bool:
    """Whether it says that something declared is not known any more."""
    event = getattr(saying, "event", None)
    return isinstance(event, SiteFactsChanged) and bool(event.removed)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories(longest=12), st.data())
def test_no_event_raises_a_level_by_more_than_one(told: list, data: st.DataObject) -> None:  # type: ignore[type-arg]
    course = Course()
    split = data.draw(st.integers(1, len(told)))
    course.hear([write for saying in told[:split] for write in saying.writes()], MONDAY, RULES)
    day, morning, vetoed = MONDAY, course.level, bool(course.standing and course.standing.vetoes)
    for saying in told[split:]:
        later = max(day + data.draw(st.sampled_from([1, 0, 0, 35, 95])), MONDAY + 1)
        before = course.level
        morning, day = (before if later > day else morning), later
        for decision in course.hear(saying.writes(), day, RULES):
            # What is declared and taken back on one day is as if it had not been said, and a drop that is due today and undone
            # today has not come: one step counts from the morning's level. A veto has been there however short it was.
            least = before
            if (is_taken_back(saying) or not vetoed) and before is not None and morning is not None:
                least = min(before, morning)
            assert least is None or decision.assessment.level >= least - 1
            before, vetoed = decision.assessment.level, bool(decision.assessment.vetoes)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories())
def test_a_site_with_a_veto_is_red(told: list) -> None:  # type: ignore[type-arg]
    course = Course()
    for decision in course.hear([write for saying in told for write in saying.writes()], MONDAY, RULES):
        assert (decision.assessment.level == 3) or not decision.assessment.vetoes
