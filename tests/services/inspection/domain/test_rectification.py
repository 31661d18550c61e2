"""Putting a hazard right, step by step, and what is said of it."""

from datetime import date

import pytest

from services.inspection.domain.conduct import Panel
from services.inspection.domain.deadline import Due
from services.inspection.domain.lifecycle import StepNotPossible
from services.inspection.domain.rectification import (
    AlreadyAcknowledged,
    TooLateToReopen,
    acknowledge,
    give_back,
    reopen,
    report_refusal,
    submit,
    urge,
    verify,
)
from shared.contracts.inspection import (
    HazardAcknowledged,
    HazardClosed,
    HazardReopened,
    LandlordReportedRefusal,
    LandlordUrged,
    RectificationReturned,
    RectificationSubmitted,
)
from shared.contracts.vocabulary import HazardState, ReturnReason, Role
from tests.services.inspection.domain.builders import LANDLORD, TENANT, WORKED, found, landlord, later, officer, tenant

ONE = Panel(roles=frozenset({Role.BUREAU}), approvers=1)
TWO = Panel(roles=frozenset({Role.BUREAU}), approvers=2)
PHOTO = "a" * 64


def test_the_tenant_acknowledges_and_takes_it_up() -> None:
    outcome = acknowledge(found(), tenant())
    (event,) = outcome.events
    assert isinstance(event, HazardAcknowledged)
    assert (event.state, event.by_party_id) == (HazardState.RECTIFYING, TENANT)


def test_the_landlord_acknowledges_his_urging_and_the_tenant_still_owes_his_own() -> None:
    outcome = acknowledge(found(), landlord())
    assert outcome.hazard.card.state is HazardState.CONFIRMED
    assert acknowledge(outcome.hazard, tenant()).hazard.card.state is HazardState.RECTIFYING


def test_a_party_acknowledges_once() -> None:
    seen = acknowledge(found(), tenant()).hazard
    with pytest.raises(AlreadyAcknowledged):
        acknowledge(seen, tenant())


def test_urging_and_reporting_a_refusal_are_said_with_the_landlord() -> None:
    urged = urge(found(), landlord())
    told = report_refusal(urged.hazard, landlord())
    assert isinstance(urged.events[0], LandlordUrged)
    assert isinstance(told.events[0], LandlordReportedRefusal)
    assert told.hazard.progress.acknowledged == (LANDLORD,)


def test_submitting_stops_the_clock_and_counts_the_round() -> None:
    outcome = submit(found(), tenant(later(days=1)), [PHOTO])
    (event,) = outcome.events
    assert isinstance(event, RectificationSubmitted)
    assert (event.round, event.photos, event.submitted_at) == (1, (PHOTO,), later(days=1))
    assert not outcome.hazard.is_ticking
    assert outcome.hazard.progress.acknowledged == (TENANT,)


def test_what_is_submitted_is_not_submitted_again() -> None:
    with pytest.raises(StepNotPossible):
        submit(submit(found(), tenant(), ()).hazard, tenant(), ())


def test_giving_back_gives_back_the_time_that_the_review_took() -> None:
    hazard = found()
    shown = submit(hazard, tenant(later(days=1)), ()).hazard
    back = give_back(shown, officer(at=later(days=3)), ReturnReason.NOT_FIXED, WORKED)
    (event,) = back.events
    assert isinstance(event, RectificationReturned)
    assert event.reason is ReturnReason.NOT_FIXED
    assert (event.due - hazard.card.due).days == 2
    assert back.hazard.is_ticking


def test_what_is_given_back_never_ends_on_a_day_that_is_not_worked() -> None:
    shown = submit(found(), tenant(later(days=1)), ()).hazard
    returned = {days: give_back(shown, officer(at=later(days=1 + days)), ReturnReason.OTHER, WORKED).hazard for days in (4, 5, 6)}
    assert {days: hazard.card.due for days, hazard in returned.items()} == {
        4: date(2026, 12, 4),
        5: date(2026, 12, 7),
        6: date(2026, 12, 7),
    }


def test_one_other_person_closes_a_general_hazard() -> None:
    shown = submit(found(), tenant(later(days=1)), [PHOTO]).hazard
    (event,) = verify(shown, officer(at=later(days=2)), ONE, on_site=True).events
    assert isinstance(event, HazardClosed)
    assert (event.state, event.verifier, event.on_site, event.overdue_days) == (HazardState.CLOSED, "officer", True, 0)
    assert event.photos == (PHOTO,)


def test_a_late_submission_counts_its_days_late_not_those_of_the_reviewer() -> None:
    shown = submit(found(), tenant(later(days=10)), ()).hazard
    (event,) = verify(shown, officer(at=later(days=20)), ONE, on_site=False).events
    assert isinstance(event, HazardClosed)
    assert event.overdue_days == 3


def test_two_persons_close_what_needs_two() -> None:
    shown = submit(found(), tenant(), ()).hazard
    first = verify(shown, officer("chen"), TWO, on_site=True)
    assert first.events == ()
    assert first.hazard.card.state is HazardState.SUBMITTED
    second = verify(first.hazard, officer("zhao"), TWO, on_site=True)
    assert second.hazard.card.state is HazardState.CLOSED


def test_giving_back_forgets_the_approvals_given_so_far() -> None:
    shown = verify(submit(found(), tenant(), ()).hazard, officer("chen"), TWO, on_site=True).hazard
    again = submit(give_back(shown, officer("zhao"), ReturnReason.NOT_FIXED, WORKED).hazard, tenant(), ()).hazard
    assert verify(again, officer("zhao"), TWO, on_site=True).hazard.card.state is HazardState.SUBMITTED


def test_nothing_is_verified_that_nobody_submitted() -> None:
    with pytest.raises(StepNotPossible):
        verify(found(), officer(), ONE, on_site=True)


def test_a_closed_hazard_reopens_within_180_days_with_a_new_deadline() -> None:
    closed = verify(submit(found(), tenant(), ()).hazard, officer(), ONE, on_site=True).hazard
    due = Due.end_of(later(days=187).date())
    (event,) = reopen(closed, officer(at=later(days=180)), due, 180).events
    assert isinstance(event, HazardReopened)
    assert (event.state, event.due) == (HazardState.RECTIFYING, due.on)


def test_after_180_days_it_is_a_new_hazard() -> None:
    closed = verify(submit(found(), tenant(), ()).hazard, officer(), ONE, on_site=True).hazard
    with pytest.raises(TooLateToReopen):
        reopen(closed, officer(at=later(days=181)), closed.due, 180)
