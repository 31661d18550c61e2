"""Every case that was worked out by hand comes out as on paper."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.grading.domain.assessment import LEVELS, Assessment, assess
from services.grading.domain.policy.compiled import BANDS
from services.grading.domain.policy.document import FrequencyRow
from tests.services.grading.domain.cases import Case, last_of, registers, spelt_out
from tests.services.grading.domain.days import MONDAY, POLICY, RULES

TABLE: dict[str, list[Case]] = yaml.safe_load(Path(__file__).with_name("worked_cases.yaml").read_text(encoding="utf-8"))
CASES = [pytest.param(case, id=f"{chapter}: {case['name']}") for chapter, cases in TABLE.items() for case in cases]


def assessed(case: Case) -> Assessment:
    told = spelt_out(case)
    return assess(registers(told), POLICY, MONDAY, last_of(told), RULES.working_days)


def reasons(answer: Assessment) -> dict[str, float]:
    sums: dict[str, int] = defaultdict(int)
    for part in (*answer.inherent, *answer.deductions):
        sums[part.rule] += part.points
    for part in answer.bonuses:
        sums[part.rule] -= part.points
    return {rule: points / 100 for rule, points in sums.items()}


def often(row: FrequencyRow) -> str:
    """A frequency as the table writes it: ``1/2m`` is once in two months."""
    if row.period is None:
        return f"by {row.by}"
    every = "" if row.every == 1 else str(row.every)
    first = f" first within {row.first_within_days}" if row.first_within_days else ""
    return f"{row.times}/{every}{row.period.value[0]}{f' {row.scope}' if row.scope else ''}{first}"


def shown(case: Case, answer: Assessment) -> dict[str, Any]:
    """What the answer says about everything that the case says something about."""
    warned, rise = answer.warned, answer.rise
    found = {
        "level": LEVELS[answer.level].value,
        "points": answer.inherent_points / 100,
        "band": BANDS[answer.band].value,
        "score": answer.score / 100,
        "cell": answer.cell.name,
        "reasons": reasons(answer),
        "vetoes": sorted(veto.rule for veto in answer.vetoes),
        "warned": warned and [LEVELS[warned.level].value, warned.day - MONDAY],
        "rise": rise and [LEVELS[rise.to].value, rise.day - MONDAY],
        "missing": list(rise.missing) if rise else None,
        "frequencies": {visit.value: [often(row.row) for row in rows] for visit, rows in answer.frequencies.items()},
        "by_rules": LEVELS[answer.standing.level].value
        if case.get("by_rules") in {word.value for word in LEVELS}
        else case.get("by_rules"),
    }
    return {name: value for name, value in found.items() if name in case}


@pytest.mark.parametrize("case", CASES)
def test_it_comes_out_as_worked_out_by_hand(case: Case) -> None:
    expected = {name: case[name] for name in shown(case, assessed(case))}
    if "vetoes" in expected:
        expected["vetoes"] = sorted(expected["vetoes"])
    assert shown(case, assessed(case)) == expected


def test_the_table_covers_every_rule_every_veto_and_every_cell() -> None:
    cases = [case for chapter in TABLE.values() for case in chapter]
    told = {rule for case in cases for rule in (*case.get("reasons", {}), *case.get("vetoes", []))}
    rules = {rule.id for rule in POLICY.document.all_rules()} | {"inherent.unknown", "inherent.disproved"}

    assert rules - told == set()
    assert len({case["cell"] for case in TABLE["matrix"]}) == 16
    assert len(cases) >= 60


def test_the_table_tells_the_end_of_every_veto_and_the_frequencies_of_every_level() -> None:
    ended = {rule for case in TABLE["ended"] if not case["vetoes"] for rule, _ in case["raised"]}
    vetoes = {veto.id for veto in POLICY.document.vetoes}

    assert vetoes - ended == set()
    assert {case["level"] for case in TABLE["frequencies"]} == {"blue", "yellow", "orange", "red"}


def test_the_table_tells_the_recovery_of_every_deduction() -> None:
    recovered = {rule for case in (*TABLE["management"], *TABLE["landlord"]) for rule in case.get("of", [])}
    assert {rule.id for rule in POLICY.document.management.rules} - recovered == set()
