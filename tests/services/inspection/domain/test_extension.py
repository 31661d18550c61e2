"""More time is asked for and decided; meanwhile the clock stands still."""

from datetime import date, timedelta

import pytest

from services.inspection.domain.deadline import DeadlineClass, Recheck, RestDay
from services.inspection.domain.extension import ExtensionNotLater, ExtensionTooLong, NoExtensionLeft, ask, decide
from services.inspection.domain.hazard import Hazard
from services.inspection.domain.lifecycle import StepNotPossible
from services.inspection.domain.rectification import acknowledge
from services.inspection.rulebook import rulebook
from shared.contracts.inspection import ExtensionDecided, ExtensionRequested
from shared.contracts.vocabulary import ExtensionReason, HazardState
from tests.services.inspection.domain.builders import WORKED, Case, found, later, officer, tenant

RULE = DeadlineClass(days=7, rest_day=RestDay.NEXT, recheck=Recheck.PHOTO, extensions=1, longest_extension=15)
UNTIL = date(2026, 12, 10)


def asked(hazard: Hazard | None = None) -> Hazard:
    return ask(hazard or found(), tenant(), UNTIL, ExtensionReason.PARTS_ORDERED, RULE).hazard


def test_asking_says_the_day_and_the_reason_and_stops_the_clock() -> None:
    (event,) = ask(found(), tenant(), UNTIL, ExtensionReason.PARTS_ORDERED, RULE).events
    assert isinstance(event, ExtensionRequested)
    assert (event.state, event.asked_until, event.due) == (HazardState.EXTENSION_REQUESTED, UNTIL, date(2026, 11, 30))
    assert not asked().is_ticking


def test_a_granted_extension_sets_the_asked_day() -> None:
    (event,) = decide(asked(), officer(), WORKED, granted=True).events
    assert isinstance(event, ExtensionDecided)
    assert (event.granted, event.due, event.previous_due) == (True, UNTIL, date(2026, 11, 30))


def test_a_refused_extension_gives_back_the_days_that_the_decision_took() -> None:
    settled = decide(asked(), officer(at=later(days=4)), WORKED, granted=False).hazard
    assert settled.card.due == date(2026, 11, 30) + timedelta(days=4)
    assert settled.card.state is HazardState.RECTIFYING


def test_a_second_extension_is_refused() -> None:
    once = decide(asked(), officer(), WORKED, granted=True).hazard
    with pytest.raises(NoExtensionLeft):
        ask(once, tenant(), UNTIL + timedelta(days=5), ExtensionReason.OTHER, RULE)


def test_an_extension_is_not_longer_than_its_class_allows() -> None:
    with pytest.raises(ExtensionTooLong):
        ask(found(), tenant(), date(2026, 12, 16), ExtensionReason.OTHER, RULE)


def test_an_extension_ends_after_the_day_that_holds() -> None:
    with pytest.raises(ExtensionNotLater):
        ask(found(), tenant(), date(2026, 11, 30), ExtensionReason.OTHER, RULE)


def test_an_extension_ends_on_a_day_to_come_however_late_it_is_asked_for() -> None:
    late = rulebook().escalation.pass_time(found(), later(days=12)).hazard
    with pytest.raises(ExtensionNotLater):
        ask(late, tenant(later(days=12)), date(2026, 12, 2), ExtensionReason.OTHER, RULE)


def test_whoever_asks_for_time_has_seen_the_hazard() -> None:
    settled = decide(asked(), officer(at=later(days=2)), WORKED, granted=True).hazard
    assert rulebook().escalation.pass_time(settled, later(days=4)).events == ()


@pytest.mark.parametrize("days", [4, 40])
def test_a_late_grant_gives_no_less_than_a_refusal(days: int) -> None:
    at = later(days=days)
    granted, refused = (decide(asked(), officer(at=at), WORKED, granted=answer).hazard for answer in (True, False))
    assert granted.card.due >= max(UNTIL, refused.card.due)


def test_a_late_grant_to_who_was_overdue_ends_today_at_the_earliest() -> None:
    late = rulebook().escalation.pass_time(acknowledge(found(), tenant()).hazard, later(days=9)).hazard
    asking = ask(late, tenant(later(days=9)), date(2026, 12, 5), ExtensionReason.OTHER, RULE).hazard
    settled = decide(asking, officer(at=later(days=30)), WORKED, granted=True).hazard
    assert settled.card.due == later(days=30).date()


def test_what_must_end_at_once_is_never_extended() -> None:
    blocked = found(Case(item="LF-13"))
    rule = rulebook().deadlines.classes[blocked.deadline_class]
    with pytest.raises(NoExtensionLeft):
        ask(blocked, tenant(), UNTIL, ExtensionReason.OTHER, rule)


def test_nothing_is_decided_that_nobody_asked_for() -> None:
    with pytest.raises(StepNotPossible):
        decide(found(), officer(), WORKED, granted=True)


def test_a_granted_extension_ends_being_overdue_and_begins_the_ladder_anew() -> None:
    late = rulebook().escalation.pass_time(found(), later(days=12)).hazard
    assert late.overdue_at
    settled = decide(asked(late), officer(at=later(days=12)), WORKED, granted=True).hazard
    assert settled.overdue_at is None
    assert settled.progress.rung == 0
