"""The order, the portions and the repetitions in which events arrive never matter."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.grading.domain.course import Course
from services.grading.domain.registers import EVENT, SEQUENCE, Registers, Write
from tests.services.grading.domain.days import MONDAY, RULES
from tests.services.grading.domain.sayings import Saying, rearranged, stories

CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large]
THOROUGH = settings(max_examples=250, deadline=None, suppress_health_check=CHECKS)


def heard(course: Course, batches: list[list[Saying]], day: int) -> Course:
    for batch in batches:
        course.hear([write for saying in batch for write in saying.writes()], day, RULES)
    return course


def outcome(course: Course) -> dict[str, Any]:
    """Facts, level and reasons; not the day of the last decision, which a decision that was taken back the same day moves."""
    standing = course.standing and course.standing[1:]
    return {"facts": course.facts.facts(), "level": course.level, "substance": course.substance, "standing": standing}


def agrees_on_one_day(data: st.DataObject) -> None:
    told = data.draw(stories())
    in_order = heard(Course(), [[saying] for saying in told], MONDAY)
    otherwise = heard(Course(), data.draw(rearranged(told)), MONDAY)

    assert outcome(otherwise) == outcome(in_order)


def agrees_on_a_later_day(data: st.DataObject) -> None:
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


@THOROUGH
@given(st.data())
def test_any_order_any_batches_and_repetitions_on_one_day_give_the_same(data: st.DataObject) -> None:
    agrees_on_one_day(data)


@THOROUGH
@given(st.data())
def test_the_same_holds_for_a_site_that_already_has_a_level(data: st.DataObject) -> None:
    agrees_on_a_later_day(data)


_TAKE = Registers._take


def last_to_arrive_wins(facts: Registers, write: Write, today: int) -> bool:
    facts.current.setdefault(write.family, {})[write.name] = [write.sequence, write.event, today, write.value]
    return True


def ties_go_to_the_last(facts: Registers, write: Write, today: int) -> bool:
    standing = facts.current.get(write.family, {}).get(write.name)
    if standing is not None and standing[SEQUENCE] == write.sequence:
        return last_to_arrive_wins(facts, write, today)
    return _TAKE(facts, write, today)


def forgets_what_comes_late(facts: Registers, write: Write, today: int) -> bool:
    """A veto of today that was ended before it arrived would never have been."""
    standing = facts.current.get(write.family, {}).get(write.name)
    if standing is not None and (write.sequence, write.event) < (standing[SEQUENCE], standing[EVENT]):
        return False
    return _TAKE(facts, write, today)


@pytest.mark.parametrize("agrees", [agrees_on_one_day, agrees_on_a_later_day])
@pytest.mark.parametrize("careless", [last_to_arrive_wins, ties_go_to_the_last, forgets_what_comes_late])
def test_careless_registers_are_found_out(
    monkeypatch: pytest.MonkeyPatch,
    careless: Callable[[Registers, Write, int], bool],
    agrees: Callable[[st.DataObject], None],
) -> None:
    """The negative control of both."""
    monkeypatch.setattr(Registers, "_take", careless)
    tried = settings(max_examples=2_000, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=CHECKS)
    with pytest.raises(AssertionError):
        tried(given(st.data())(agrees))()
