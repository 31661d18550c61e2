"""Nothing bad ever betters a level, and nothing that is put right ever worsens it."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from services.grading.domain.assessment import Assessment, assess
from services.grading.domain.course import Course
from services.grading.domain.days import day_of
from services.grading.domain.policy import compile_policy, read_policy
from services.grading.domain.registers import VALUE, Registers, Write
from services.grading.domain.standing import Notice, Standing
from services.grading.rulings import shipped_text
from tests.services.grading.builders import MILL, MILLER
from tests.services.grading.domain.days import MONDAY, POLICY, RULES, iso
from tests.services.grading.domain.sayings import stories

THOROUGH = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
NEW = "0192f300-0000-7000-a000-000000000999"


@st.composite
def standings(draw: Any) -> Standing | None:
    """Anything that may have stood when the day began."""
    if draw(st.integers(0, 4)) == 0:
        return None
    level = draw(st.integers(0, 3))
    notices = tuple(
        Notice(worse, MONDAY + draw(st.integers(-2, 3))) for worse in range(level + 1, draw(st.integers(level, 3)) + 1)
    )
    since = MONDAY - draw(st.integers(0, 120))
    return Standing(MONDAY - 1, level, since, level == 3 and draw(st.booleans()), draw(st.integers(0, 3)), notices)


def hazard(**more: Any) -> tuple[str, str, dict[str, Any]]:
    usual = {"number": "0999", "item": "LF-21", "level": "medium", "source": "patrol", "state": "confirmed", "by": [str(MILLER)]}
    return "hazard", NEW, usual | {"due": iso(MONDAY + 5), "found": iso(MONDAY - 2)} | more


BAD: list[tuple[str, str, dict[str, Any]]] = [
    hazard(),
    hazard(level="minor", source="worker"),
    hazard(level="serious", due=iso(MONDAY - 12)),
    hazard(level="serious", repeat=True),
    hazard(level="major", state="major_confirmed", item="LF-12"),
    ("self_check", NEW, {"last": iso(MONDAY - 3), "due": iso(MONDAY - 3), "result": "missed"}),
    ("self_check", NEW, {"last": iso(MONDAY - 3), "due": iso(MONDAY - 3), "result": "late"}),
    ("contradiction", NEW, {"on": iso(MONDAY - 1)}),
    ("certificate", NEW, {"role": "special_operator", "type": "welder", "state": "missing", "required": True}),
    ("complaint", NEW, {"on": iso(MONDAY), "founded": True}),
    ("refusal", NEW, {"on": iso(MONDAY)}),
    ("lease", NEW, {"state": "active", "agreement": "missing", "depth": 1, "start": iso(MONDAY - 300), "end": iso(MONDAY - 60)}),
    *(
        ("fact", key, {"value": value, "since": iso(MONDAY), "qty": 20})
        for key, value in {
            "building_fire_system_absent": True,
            "building_sandwich_panel": "b2_b3",
            "building_shared_escape": True,
            "hazwaste": True,
            "principal_unreachable": True,
            "exit_locked": True,
            "forged_evidence": True,
            "resumed_after_stop": True,
            "accident_on": iso(MONDAY - 4),
            "sublet_depth": 2,
            "building_tenants": 9,
        }.items()
    ),
]


def answered(facts: Registers, last: Standing | None) -> Assessment:
    return assess(facts, POLICY, MONDAY, last, RULES.working_days)


def with_one_more(facts: Registers, bad: tuple[str, str, dict[str, Any]]) -> Registers:
    family, name, value = bad
    more = Registers.of_json(facts.json())
    more.fold([Write(MILL, family, name, 1, NEW, value)], MONDAY)
    return more


def told(sayings: Any) -> Registers:
    course = Course()
    course.hear([write for saying in sayings for write in saying.writes()], MONDAY, RULES)
    return course.facts


ANY = given(stories(), st.sampled_from(BAD), standings())


def never_betters(sayings: Any, bad: Any, last: Standing | None) -> None:
    before = told(sayings)
    family, name, _ = bad
    assume(before.value(family, name) is None)
    without, with_it = answered(before, last), answered(with_one_more(before, bad), last)

    assert with_it.level >= without.level
    assert with_it.cell.level >= without.cell.level
    assert with_it.score <= without.score
    assert with_it.inherent_points >= without.inherent_points


@THOROUGH
@ANY
def test_one_more_bad_fact_never_betters_the_level(sayings: Any, bad: Any, last: Standing | None) -> None:
    never_betters(sayings, bad, last)


def never_worsens(sayings: Any, bad: Any, last: Standing | None) -> None:
    """What was bad is said to be no more: it is taken back, and an officer has seen it."""
    before = told(sayings)
    family, name, value = bad
    assume(before.value(family, name) is None)
    with_it = with_one_more(before, bad)
    after = Registers.of_json(with_it.json())
    over = {**value, "state": "closed"} if family == "hazard" else None
    after.fold([Write(MILL, family, name, 2, NEW, over)], MONDAY)

    assert answered(after, last).level <= answered(with_it, last).level
    assert answered(after, last).score >= answered(with_it, last).score


@THOROUGH
@ANY
def test_taking_a_bad_fact_back_never_worsens_the_level(sayings: Any, bad: Any, last: Standing | None) -> None:
    never_worsens(sayings, bad, last)


REWARDED = shipped_text().replace('when: "landlord_monitoring is true"', 'when: "hazwaste is true or exit_locked is true"')
"""The shipped policy, but hazardous waste is a merit."""


@pytest.mark.parametrize("holds", [never_betters, never_worsens])
def test_a_policy_that_rewards_what_is_bad_is_found_out(
    monkeypatch: pytest.MonkeyPatch, holds: Callable[[Any, Any, Standing | None], None]
) -> None:
    assert shipped_text() != REWARDED
    monkeypatch.setattr(f"{__name__}.POLICY", compile_policy(*read_policy(REWARDED)))
    much = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    tried = settings(max_examples=3_000, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=much)
    with pytest.raises(AssertionError):
        tried(ANY(holds))()


@THOROUGH
@given(stories(), standings(), st.data())
def test_closing_a_hazard_never_worsens_the_level(sayings: Any, last: Standing | None, data: st.DataObject) -> None:
    before = told(sayings)
    open_hazards = [name for name, value, _ in before.values("hazard") if value["state"] not in {"closed", "rejected"}]
    assume(open_hazards)
    name = data.draw(st.sampled_from(open_hazards))
    after = Registers.of_json(before.json())
    register = after.current["hazard"][name]
    closed = {**register[VALUE], "state": "closed"}
    late = max(0, MONDAY - usual_due(register[VALUE]))
    after.fold(
        [
            Write(MILL, "hazard", name, 99, NEW, closed),
            Write(MILL, "hazard_ended", name, 99, NEW, {"on": iso(MONDAY), "overdue_days": late}),
        ],
        MONDAY,
    )

    without, with_it = answered(after, last), answered(before, last)
    assert without.level <= with_it.level
    assert without.score >= with_it.score


def usual_due(value: dict[str, Any]) -> int:
    return day_of(value["due"])


@THOROUGH
@given(stories(), standings(), st.data())
def test_a_hazard_that_was_never_there_never_worsens_the_level(sayings: Any, last: Standing | None, data: st.DataObject) -> None:
    before = told(sayings)
    names = [name for name, _, _ in before.values("hazard")]
    assume(names)
    after = Registers.of_json(before.json())
    gone = data.draw(st.sampled_from(names))
    del after.current["hazard"][gone]
    after.past = [entry for entry in after.past if entry.name != gone]
    # A worker's report that was put right is a good fact, not a bad one.
    assume(before.current["hazard"][gone][VALUE]["source"] != "worker")

    assert answered(after, last).level <= answered(before, last).level
