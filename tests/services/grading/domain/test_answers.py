"""An answer that is not of the declared kind is no answer; it never stops a site from being graded."""

from typing import Any

import pytest

from services.grading.domain.assessment import assess
from tests.services.grading.domain.cases import registers
from tests.services.grading.domain.days import MONDAY, POLICY, RULES


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("dust", ["metal"]),
        ("dust", True),
        ("dust", "plutonium"),
        ("fire_class_actual", "z"),
        ("building_fire_class_design", "z"),
        ("people_on_site", "many"),
        ("people_on_site", True),
        ("lithium", "packs"),
        ("occupancy_sleeping", "yes"),
        ("penalty_on", "last week"),
        ("penalty_on", ["2026-03-09"]),
        ("nobody_declared_this", {"any": "thing"}),
    ],
)
def test_an_answer_of_another_kind_is_none(key: str, value: Any) -> None:
    case = {"facts": {key: value, "building_fire_class_design": "c"} | {key: value}}
    answer = assess(registers(case), POLICY, MONDAY, None, RULES.working_days)
    assert (answer.level, answer.vetoes) == (0, ())
