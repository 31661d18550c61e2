"""A goal that is missed is shown as missed: what the benchmarks' table says about its goals."""

import pytest

from tests.benchmarks.figures import Figure, Part
from tests.benchmarks.report import page

_GOAL = "≥ 4,500; ≥ 0.9 of the floor; ≥ 12 × the peers"
_ABOUT: dict[str, object] = {"at": "2026-01-01", "cores": 2, "python": "3.11"}


def test_a_goal_is_reached_when_each_of_its_conditions_holds() -> None:
    figure = Figure("grading", "events/s", 5_000, {"floor: by hand": 5_500, "Celery": 300}, _GOAL)
    assert figure.missed() == []
    assert figure.verdict() == "reached"


@pytest.mark.parametrize(
    ("ours", "floor", "peer", "missed"),
    [
        (4_000, 4_100, 300, "4,000 instead of ≥ 4,500 events/s"),
        (5_000, 6_000, 300, "0.83 × floor: by hand instead of ≥ 0.9"),
        (5_000, 5_000, 500, "10 × Celery instead of ≥ 12"),
    ],
)
def test_each_condition_that_is_not_met_is_named(ours: float, floor: float, peer: float, missed: str) -> None:
    assert Figure("grading", "events/s", ours, {"floor: by hand": floor, "Celery": peer}, _GOAL).missed() == [missed]


def test_of_times_and_memory_less_is_better() -> None:
    assert Figure("p99", "ms", 140, goal="≤ 150").missed() == []
    assert Figure("p99", "ms", 160, goal="≤ 150").missed() == ["160 instead of ≤ 150 ms"]


def test_the_page_names_what_was_missed_what_failed_and_what_was_measured_beside_others_work() -> None:
    slow = Part("chain", [Figure("chain: rate", "reports/s", 900, goal="≥ 1,500")], others=0.4)
    text = page([slow, Part("grading", [], failure="OSError: no Redis")], _ABOUT)
    assert "**0 of 1 goals reached.**" in text
    assert "- Missed: chain: rate: 900 instead of ≥ 1,500 reports/s" in text
    assert "- Not measured: grading, because it failed: OSError: no Redis" in text
    assert "- Beside others' work: chain, others took 40% of the machine" in text
    assert "| ≥ 1,500 | **MISSED** |" in text
