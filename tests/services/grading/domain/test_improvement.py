"""What would better a level: the fewest steps, and they do what they promise."""

from datetime import date

import pytest

from services.grading.domain.assessment import LEVELS, Assessment, assess
from services.grading.domain.explanation import sentence
from services.grading.domain.improvement import Improvement, improvements
from services.grading.domain.standing import Standing
from tests.services.grading.domain.cases import Case, last_of, registers, spelt_out
from tests.services.grading.domain.days import MONDAY, POLICY, RULES


def improved(case: Case) -> tuple[Assessment, list[Improvement]]:
    told = spelt_out(case)
    facts, last = registers(told), last_of(told)
    answer = assess(facts, POLICY, MONDAY, last, RULES.working_days)
    return answer, improvements(facts, POLICY, last, answer, RULES.working_days)


def ways(case: Case) -> list[tuple[list[str], str]]:
    return [([step.action for step in way.steps], LEVELS[way.gives].value) for way in improved(case)[1]]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({}, []),
        (
            {"risk": "r3", "hazards": [{"level": "serious"}, {"level": "serious"}, {"level": "minor"}]},
            [(["close_hazard"], "blue")],
        ),
        (
            {"risk": "r3", "hazards": [{"level": "serious"}, {"level": "serious"}, {"level": "serious"}, {"level": "minor"}]},
            [(["close_hazard", "close_hazard"], "blue")],
        ),
        ({"risk": "r3", "conduct": 70}, []),
        ({"hazards": [{"level": "major", "state": "major_confirmed", "item": "LF-06"}]}, [(["close_hazard"], "blue")]),
        ({"facts": {"occupancy_sleeping": True}}, [(["remove_dormitory"], "blue")]),
        (
            {"facts": {"refused_order": True, "safety_agreement": "missing", "spray": "solvent", "hazwaste": True}},
            [(["follow_order"], "yellow"), (["follow_order", "sign_agreement"], "blue")],
        ),
        ({"facts": {"forged_evidence": True}}, []),
        ({"risk": "r3", "facts": {"penalty_on": -5}, "unreached": [-1]}, [(["answer_call"], "blue")]),
        ({"risk": "r3", "facts": {"penalty_on": -5, "principal_unreachable": True}}, [(["answer_call"], "blue")]),
        (
            {"kind": "landlord", "tenants": [{"level": "red", "band": "r3"}] * 5, "alarms": [{"at": -1, "result": "no_power"}]},
            [(["test_alarm", "urge_tenant", "urge_tenant"], "blue")],
        ),
        ({"facts": {"fire_class_actual": "b", "building_fire_class_design": "c"}}, [(["lower_fire_class"], "blue")]),
    ],
)
def test_the_fewest_steps_that_better_the_cell_are_found(case: Case, expected: list[tuple[list[str], str]]) -> None:
    found = ways(case)
    assert [(sorted(steps), gives) for steps, gives in found] == [(sorted(steps), gives) for steps, gives in expected]


def test_the_steps_name_the_hazard_by_its_number() -> None:
    _, found = improved(
        {
            "risk": "r3",
            "hazards": [{"level": "serious", "number": "0142"}] + [{"level": "medium", "number": f"{n}"} for n in range(2)],
        }
    )
    assert [step.number for step in found[0].steps] == ["0142"]


def test_a_red_site_is_explained_in_chinese_and_in_english() -> None:
    case = {"risk": "r3", "hazards": [{"level": "major", "state": "major_confirmed", "item": "LF-12", "number": "0142"}]}
    answer, found = improved(case)
    zh, en = (
        sentence(answer, found, "第一磨坊", date(2026, 3, 9)),
        sentence(answer, found, "First Mill", date(2026, 3, 9), zh=False),
    )

    assert zh.startswith(
        "「第一磨坊」自2026-03-09起安全等级为红色（D级）。一票否决事项：有人作业时安全出口或疏散通道锁闭、封堵（隐患0142）；"
    )
    assert "完成以下整改后可逐级升至蓝色：" in zh
    assert "打开并保持安全出口和疏散通道畅通" in zh
    assert '"First Mill" has been red (class D) since 2026-03-09' in en


def test_a_level_set_by_hand_says_so() -> None:
    answer, found = improved({"override": {"level": "orange", "from": -3, "until": 30}})
    assert "（人工调整）" in sentence(answer, found, "第一磨坊", date(2026, 3, 9))


def test_what_keeps_a_level_from_rising_is_told() -> None:
    answer, found = improved({"last": ["yellow", 89], "visited": -80})
    told = sentence(answer, found, "第一磨坊", date(2026, 3, 9))
    assert "最早于2026-03-10升为蓝色，尚需：观察期满、近期现场核查。" in told
    assert isinstance(answer.standing, Standing)
