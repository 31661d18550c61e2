"""The steps of the joint review."""

from datetime import date

import pytest

from services.registry.domain.admission import (
    OUTCOME_ZH,
    AdmissionState,
    AdmissionStateConflict,
    Opinion,
    Verdict,
    opened,
    overdue,
    require_state,
    state_of_review,
)
from services.registry.rulebook import shipped_gate
from shared.calendar import shipped_calendar

VILLAGE, DEPTS, SITE = AdmissionState.VILLAGE_REVIEW, AdmissionState.DEPT_REVIEW, AdmissionState.SITE_CHECK
YES, IF, NO = Verdict.APPROVE, Verdict.APPROVE_WITH_CONDITIONS, Verdict.REJECT


def review(village: Verdict | None, fire: Verdict | None, ecology: Verdict | None, seen: Verdict | None) -> list[Opinion]:
    return [
        Opinion("village", VILLAGE, village),
        Opinion("fire", DEPTS, fire),
        Opinion("ecology", DEPTS, ecology),
        Opinion("site_check", SITE, seen),
    ]


@pytest.mark.parametrize(
    ("opinions", "state"),
    [
        (review(None, None, None, None), VILLAGE),
        (review(None, YES, YES, None), VILLAGE),
        (review(YES, None, YES, None), DEPTS),
        (review(YES, YES, YES, None), SITE),
        (review(YES, YES, YES, YES), AdmissionState.APPROVED),
        (review(YES, IF, YES, YES), AdmissionState.APPROVED_WITH_CONDITIONS),
        (review(None, NO, None, None), AdmissionState.REJECTED),
        (review(YES, IF, NO, YES), AdmissionState.REJECTED),
    ],
)
def test_the_review_stands_where_its_opinions_bring_it(opinions: list[Opinion], state: AdmissionState) -> None:
    assert state_of_review(opinions) is state


def test_a_departments_five_days_are_working_days_and_skip_the_national_holiday() -> None:
    places = shipped_gate().departments
    due = opened(review(YES, None, None, None), places, date(2026, 9, 29), shipped_calendar())
    assert due == {"fire": date(2026, 10, 12), "ecology": date(2026, 10, 12)}


def test_a_step_that_is_not_open_yet_has_no_due_date() -> None:
    due = opened(review(None, None, None, None), shipped_gate().departments, date(2026, 11, 23), shipped_calendar())
    assert set(due) == {"village"}


def test_who_should_have_answered_before_today_is_overdue() -> None:
    opinions = [Opinion("fire", DEPTS, None, date(2026, 11, 20)), Opinion("ecology", DEPTS, YES, date(2026, 11, 20))]
    assert overdue(opinions, date(2026, 11, 21)) == ("fire",)
    assert overdue(opinions, date(2026, 11, 20)) == ()


def test_the_outcome_is_worded_as_a_joint_review_and_never_as_a_licence() -> None:
    for text in OUTCOME_ZH.values():
        assert text.startswith("联合会审意见")
        assert "许可" not in text
        assert "审批" not in text


def test_a_step_that_cannot_be_taken_from_here_is_refused() -> None:
    with pytest.raises(AdmissionStateConflict):
        require_state(AdmissionState.ACTIVE, {AdmissionState.DRAFT})
