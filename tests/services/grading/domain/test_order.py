"""The order, the portions and the repetitions in which events arrive never matter."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.grading.domain.course import Course
from tests.services.grading.domain.days import MONDAY, RULES
from tests.services.grading.domain.sayings import Saying, rearranged, stories

THOROUGH = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def heard(course: Course, batches: list[list[Saying]], day: int) -> Course:
    for batch in batches:
        course.hear([write for saying in batch for write in saying.writes()], day, RULES)
    return course


def outcome(course: Course) -> dict[str, Any]:
    return {"facts": course.facts.facts(), "level": course.level, "substance": course.substance, "standing": course.standing}


@THOROUGH
@given(st.data())
def test_any_order_any_batches_and_repetitions_on_one_day_give_the_same(data: st.DataObject) -> None:
    told = data.draw(stories())
    in_order = heard(Course(), [[saying] for saying in told], MONDAY)
    otherwise = heard(Course(), data.draw(rearranged(told)), MONDAY)

    assert outcome(otherwise) == outcome(in_order)


@THOROUGH
@given(st.data())
def test_the_same_holds_for_a_site_that_already_has_a_level(data: st.DataObject) -> None:
    told = data.draw(stories(longest=10))
    split = data.draw(st.integers(1, len(told)))
    earlier, later = told[:split], told[split:]
    days = data.draw(st.integers(1, 50))
    in_order = heard(heard(Course(), [earlier], MONDAY), [[saying] for saying in later], MONDAY + days)
    again = data.draw(st.lists(st.sampled_from(told), max_size=3))
    batches = data.draw(rearranged(later + again)) if later + again else []
    otherwise = heard(heard(Course(), data.draw(rearranged(earlier)), MONDAY), batches, MONDAY + days)

    if later:
        assert outcome(otherwise) == outcome(in_order)
