"""What time alone does: overdue the moment the last day is over, then rung by rung."""

from datetime import datetime, timedelta

import pytest

from services.inspection.domain.determination import answer_transfer, transfer
from services.inspection.domain.rectification import acknowledge, give_back, submit
from services.inspection.rulebook import rulebook
from shared.contracts.inspection import HazardEscalated, HazardOverdue
from shared.contracts.vocabulary import Department, Recipient, ReturnReason
from tests.services.inspection.domain.builders import WORKED, Case, department, found, landlord, later, officer, tenant

LADDER = rulebook().escalation
MINUTE = timedelta(minutes=1)
ACKNOWLEDGED = acknowledge(found(), tenant()).hazard


def happened(at: datetime) -> list[object]:
    """What has happened to an acknowledged medium hazard by then: days overdue and rungs."""
    events = LADDER.pass_time(ACKNOWLEDGED, at).events
    return [event.rung if isinstance(event, HazardEscalated) else type(event) for event in events]


def test_nothing_happens_on_the_last_day() -> None:
    assert happened(ACKNOWLEDGED.due_at - MINUTE) == []


def test_the_ladder_is_climbed_on_day_1_3_7_and_15() -> None:
    for days, expected in [(0, [1]), (2, [1, 2]), (6, [1, 2, 3]), (14, [1, 2, 3, 4])]:
        assert happened(ACKNOWLEDGED.due_at + timedelta(days=days)) == [HazardOverdue, *expected]


def test_each_rung_says_who_is_told_and_how_late_it_is() -> None:
    last = LADDER.pass_time(ACKNOWLEDGED, ACKNOWLEDGED.due_at + timedelta(days=2)).events[-1]
    assert isinstance(last, HazardEscalated)
    assert (last.rung, last.days, last.recipients) == (2, 3, (Recipient.ZONE_OFFICER,))


def test_a_rung_is_reached_once() -> None:
    at = ACKNOWLEDGED.due_at + timedelta(days=2)
    climbed = LADDER.pass_time(ACKNOWLEDGED, at).hazard
    assert LADDER.pass_time(climbed, at + MINUTE).events == ()


def test_after_24_hours_without_acknowledgement_the_first_rung_is_reached_before_the_due_day() -> None:
    assert LADDER.pass_time(found(), later(hours=24) - MINUTE).events == ()
    (event,) = LADDER.pass_time(found(), later(hours=24)).events
    assert isinstance(event, HazardEscalated)
    assert (event.rung, event.days, event.rule.rule) == (1, 0, "escalation.unacknowledged")


def test_the_landlords_acknowledgement_does_not_break_the_tenants_silence() -> None:
    assert LADDER.pass_time(acknowledge(found(), landlord()).hazard, later(hours=25)).events


def test_an_immediate_hazard_is_overdue_after_24_hours() -> None:
    taken = acknowledge(found(Case(item="LF-13")), tenant()).hazard
    events = LADDER.pass_time(taken, later(hours=24)).events
    assert [type(event) for event in events] == [HazardOverdue]


def test_the_clock_of_what_waits_for_review_stands_still() -> None:
    shown = submit(ACKNOWLEDGED, tenant(), ()).hazard
    assert LADDER.pass_time(shown, later(days=60)).events == ()
    assert LADDER.next_at(shown) is None


def test_a_long_review_of_what_was_late_already_brings_nobody_up_the_ladder() -> None:
    late = LADDER.pass_time(ACKNOWLEDGED, ACKNOWLEDGED.due_at).hazard
    shown = submit(late, tenant(ACKNOWLEDGED.due_at + MINUTE), ()).hazard
    returned = ACKNOWLEDGED.due_at + timedelta(days=20)
    back = give_back(shown, officer(at=returned), ReturnReason.NOT_FIXED, WORKED).hazard
    assert back.card.due == ACKNOWLEDGED.card.due
    assert LADDER.pass_time(back, returned + timedelta(days=1)).events == ()
    (event,) = LADDER.pass_time(back, returned + timedelta(days=2)).events
    assert isinstance(event, HazardEscalated)
    assert event.rung == 2


def test_whom_a_department_gave_a_hazard_back_has_24_hours_to_acknowledge() -> None:
    away = transfer(found(), officer(), Department.FIRE).hazard
    back = answer_transfer(away, department(at=later(days=3)), WORKED, accepted=False).hazard
    assert LADDER.pass_time(back, later(days=4) - MINUTE).events == ()
    assert LADDER.pass_time(back, later(days=4)).events


@pytest.mark.parametrize(
    ("hazard", "expected"), [(found(), later(hours=24)), (ACKNOWLEDGED, ACKNOWLEDGED.due_at)], ids=["silent", "acknowledged"]
)
def test_the_next_moment_is_the_earliest_that_changes_anything(hazard: object, expected: datetime) -> None:
    assert LADDER.next_at(hazard) == expected  # type: ignore[arg-type]


def test_at_the_top_of_the_ladder_time_does_nothing_more() -> None:
    assert LADDER.next_at(LADDER.pass_time(ACKNOWLEDGED, later(days=60)).hazard) is None
