"""The table of the hazard's life: every step has lines, no line leads nowhere, and an ended hazard stays ended."""

import pytest

from services.inspection.domain.lifecycle import (
    ENDED,
    OPEN,
    TABLE,
    HazardStep,
    Standing,
    StepNotPossible,
    after,
    lines_of,
    roles_of,
)
from shared.contracts.vocabulary import HazardState, Role


def test_every_state_of_the_vocabulary_is_open_or_ended() -> None:
    assert set(HazardState) == OPEN | ENDED
    assert not OPEN & ENDED


@pytest.mark.parametrize("step", [step for step in HazardStep if step is not HazardStep.FIND])
def test_every_step_has_a_line(step: HazardStep) -> None:
    assert lines_of(step)


@pytest.mark.parametrize("state", sorted(OPEN))
def test_every_open_state_can_come_to_an_end(state: HazardState) -> None:
    reached, frontier = {state}, {state}
    while frontier:
        frontier = {line.to for line in TABLE if line.to and frontier & line.begins} - reached
        reached |= frontier
    assert reached & ENDED


@pytest.mark.parametrize("state", sorted(ENDED))
def test_from_an_ended_hazard_only_reopening_leads_on(state: HazardState) -> None:
    steps = {line.step for line in TABLE if state in line.begins}
    assert steps == ({HazardStep.REOPEN} if state is HazardState.CLOSED else set())


def test_two_lines_never_decide_the_same_case() -> None:
    cases = [
        (line.step, line.standing, state, major)
        for line in TABLE
        for state in line.begins
        for major in (True, False)
        if line.major in {None, major}
    ]
    assert len(cases) == len(set(cases))


def test_the_usual_way_leads_from_confirmed_to_closed() -> None:
    state = HazardState.CONFIRMED
    way = [
        (HazardStep.NOTIFY, Standing.SYSTEM, HazardState.NOTIFIED),
        (HazardStep.ACKNOWLEDGE, Standing.RESPONSIBLE, HazardState.RECTIFYING),
        (HazardStep.SUBMIT, Standing.RESPONSIBLE, HazardState.SUBMITTED),
        (HazardStep.RETURN, Standing.OFFICER, HazardState.RETURNED),
        (HazardStep.SUBMIT, Standing.RESPONSIBLE, HazardState.SUBMITTED),
        (HazardStep.VERIFY, Standing.OFFICER, HazardState.CLOSED),
    ]
    for step, standing, expected in way:
        state = after(state, step, standing, major=False)
        assert state is expected


def test_a_major_hazard_asks_for_acceptance_instead_of_a_review() -> None:
    reached = after(HazardState.LISTED, HazardStep.SUBMIT, Standing.RESPONSIBLE, major=True)
    assert reached is HazardState.ACCEPTANCE_REQUESTED


def test_the_landlords_acknowledgement_does_not_take_the_work_from_the_tenant() -> None:
    reached = after(HazardState.CONFIRMED, HazardStep.ACKNOWLEDGE, Standing.URGING, major=False)
    assert reached is HazardState.CONFIRMED


@pytest.mark.parametrize(
    ("state", "step", "standing"),
    [
        (HazardState.CLOSED, HazardStep.SUBMIT, Standing.RESPONSIBLE),
        (HazardState.CONFIRMED, HazardStep.VERIFY, Standing.OFFICER),
        (HazardState.REJECTED, HazardStep.REOPEN, Standing.OFFICER),
        (HazardState.CONFIRMED, HazardStep.LIST, Standing.OFFICER),
        (HazardState.SUBMITTED, HazardStep.PASS_DUE, Standing.SYSTEM),
    ],
)
def test_a_step_without_a_line_is_refused_with_state_and_step(state: HazardState, step: HazardStep, standing: Standing) -> None:
    with pytest.raises(StepNotPossible) as refused:
        after(state, step, standing, major=False)
    assert state.zh in refused.value.text()
    assert step.zh in refused.value.text()


def test_a_determined_major_hazard_is_not_rejected_any_more() -> None:
    with pytest.raises(StepNotPossible):
        after(HazardState.MAJOR_CONFIRMED, HazardStep.REJECT, Standing.OFFICER, major=True)


def test_only_the_bureau_lists_and_only_decision_makers_confirm() -> None:
    assert roles_of(HazardStep.LIST) == {Role.BUREAU}
    assert roles_of(HazardStep.CONFIRM) == {Role.BUREAU, Role.ENFORCER}
    assert roles_of(HazardStep.PASS_DUE) == set()
