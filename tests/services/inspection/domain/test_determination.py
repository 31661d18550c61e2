"""What people decide: a hazard or not, major or not, whose field, on the list or off it."""

from datetime import date, timedelta

import pytest

from services.inspection.domain.conduct import CertifiedPersonNeeded, Panel, SecondPersonNeeded
from services.inspection.domain.deadline import Due
from services.inspection.domain.determination import (
    AlreadyConfirmed,
    AlreadyListed,
    BasisNeeded,
    Confirmation,
    Determination,
    FinishDatePassed,
    Listing,
    NotAccepted,
    TransferAnswered,
    answer_transfer,
    confirm,
    confirm_major,
    put_on_list,
    reject,
    take_off_list,
    transfer,
)
from services.inspection.domain.hazard import Hazard
from services.inspection.domain.lifecycle import StepNotPossible
from services.inspection.domain.rectification import give_back, submit, verify
from services.inspection.rulebook import rulebook
from shared.contracts.inspection import (
    HazardClosed,
    HazardConfirmed,
    HazardEscalated,
    HazardOverdue,
    HazardRejected,
    HazardTransferred,
    MajorHazardConfirmed,
    MajorHazardDelisted,
    MajorHazardListed,
)
from shared.contracts.vocabulary import (
    Department,
    DeterminationBasis,
    HazardLevel,
    HazardRejectionReason,
    HazardState,
    ListingLevel,
    ReturnReason,
    Role,
    TransferState,
)
from tests.services.inspection.domain.builders import WORKED, Case, department, found, later, officer, tenant

RULES = rulebook()
BASIS = DeterminationBasis(standard="MEM Order 10", article="3(2)", version="2023")
NOTICE = Listing(ListingLevel.COUNTY, "(2026)7", date(2027, 3, 31))
ONE = Panel(roles=frozenset({Role.BUREAU}), approvers=1)
TWO = Panel(roles=frozenset({Role.BUREAU}), approvers=2)


def case(basis: DeterminationBasis | None = BASIS) -> Determination:
    return Determination(basis, RULES.verification.determination, RULES.escalation, 7)


def candidate() -> Hazard:
    return found(Case(item="LF-33"))


def major() -> Hazard:
    proposed = confirm_major(candidate(), officer("chen", certified=True), case()).hazard
    return confirm_major(proposed, officer("zhao"), case(None)).hazard


def test_a_serious_find_of_a_patrol_waits_for_confirmation() -> None:
    serious = found(Case(item="LF-13"))
    assert serious.card.state is HazardState.REPORTED
    (event,) = confirm(serious, officer(), WORKED).events
    assert isinstance(event, HazardConfirmed)
    assert (event.state, event.level, event.automatic) == (HazardState.CONFIRMED, HazardLevel.SERIOUS, False)


def test_whoever_confirms_may_set_another_level_and_day() -> None:
    settled = confirm(
        found(Case(item="LF-13")), officer(), WORKED, Confirmation(HazardLevel.MINOR, due=Due.end_of(date(2026, 12, 1)))
    ).hazard
    assert (settled.card.level, settled.card.due) == (HazardLevel.MINOR, date(2026, 12, 1))


def test_a_day_that_whoever_confirms_sets_ends_being_overdue_and_begins_the_ladder_anew() -> None:
    late = RULES.escalation.pass_time(found(Case(item="LF-15")), later(days=12)).hazard
    due = Due.end_of(later(days=20).date())
    settled = confirm(late, officer(at=later(days=12)), WORKED, Confirmation(due=due)).hazard
    assert (settled.overdue_at, settled.progress.rung) == (None, 0)
    assert RULES.escalation.pass_time(settled, later(days=13) - timedelta(minutes=1)).events == ()
    assert HazardOverdue in map(type, RULES.escalation.pass_time(settled, due.at).events)


def test_a_hazard_is_confirmed_once() -> None:
    with pytest.raises(AlreadyConfirmed):
        confirm(found(), officer(), WORKED)


def test_a_candidate_that_is_not_major_becomes_a_serious_general_hazard() -> None:
    settled = confirm(candidate(), officer(), WORKED).hazard
    assert (settled.card.level, settled.card.state) == (HazardLevel.SERIOUS, HazardState.CONFIRMED)


def test_a_rejected_hazard_says_why_and_ends() -> None:
    (event,) = reject(candidate(), officer(), HazardRejectionReason.UNFOUNDED, None).events
    assert isinstance(event, HazardRejected)
    assert (event.state, event.reason) == (HazardState.REJECTED, HazardRejectionReason.UNFOUNDED)


def test_one_person_alone_only_proposes_a_major_hazard() -> None:
    outcome = confirm_major(candidate(), officer("chen", certified=True), case())
    assert outcome.events == ()
    assert outcome.hazard.card.level is HazardLevel.MAJOR_CANDIDATE


def test_a_second_person_makes_it_major_and_it_stands_high_on_the_ladder_at_once() -> None:
    proposed = confirm_major(candidate(), officer("chen", certified=True), case()).hazard
    first, second = confirm_major(proposed, officer("zhao"), case(None)).events
    assert isinstance(first, MajorHazardConfirmed)
    assert [approval.by for approval in first.approvals] == ["chen", "zhao"]
    assert (first.level, first.state, first.basis) == (HazardLevel.MAJOR, HazardState.MAJOR_CONFIRMED, BASIS)
    assert first.proposed_by_system
    assert first.plan_due == date(2026, 11, 30)
    assert isinstance(second, HazardEscalated)
    assert second.rung == 2


def test_the_same_person_does_not_approve_twice() -> None:
    proposed = confirm_major(candidate(), officer("chen", certified=True), case()).hazard
    with pytest.raises(SecondPersonNeeded):
        confirm_major(proposed, officer("chen", certified=True), case())


def test_without_a_certified_person_nothing_is_determined() -> None:
    proposed = confirm_major(candidate(), officer("chen"), case()).hazard
    with pytest.raises(CertifiedPersonNeeded):
        confirm_major(proposed, officer("zhao"), case())


def test_nothing_is_major_without_its_basis() -> None:
    with pytest.raises(BasisNeeded):
        confirm_major(candidate(), officer(certified=True), case(None))


def test_an_acknowledged_candidate_can_still_be_determined_and_stays_in_work() -> None:
    working = candidate().with_card(state=HazardState.RECTIFYING)
    proposed = confirm_major(working, officer("chen", certified=True), case()).hazard
    assert confirm_major(proposed, officer("zhao"), case()).hazard.card.state is HazardState.RECTIFYING


def test_a_major_hazard_is_not_determined_again() -> None:
    with pytest.raises(StepNotPossible):
        confirm_major(major(), officer("li", certified=True), case())


def test_a_listed_hazard_has_the_day_of_its_notice() -> None:
    (event,) = put_on_list(major(), officer(), NOTICE).events
    assert isinstance(event, MajorHazardListed)
    assert (event.state, event.due, event.finish_by) == (HazardState.LISTED, NOTICE.finish_by, NOTICE.finish_by)


def test_a_listed_hazard_climbs_the_ladder_again_after_the_day_of_its_notice() -> None:
    ladder = RULES.escalation
    late = ladder.pass_time(major(), later(days=60)).hazard
    assert late.progress.rung == 4
    notice = Listing(ListingLevel.COUNTY, "(2026)7", date(2027, 3, 31), rung=ladder.major_from)
    listed = put_on_list(late, officer(at=later(days=60)), notice).hazard
    events = ladder.pass_time(listed, listed.due_at + timedelta(days=15)).events
    assert [event.rung for event in events if isinstance(event, HazardEscalated)] == [3, 4]


def test_a_clock_that_stood_still_when_the_notice_came_has_stood_still_until_then() -> None:
    shown = submit(major(), tenant(), ()).hazard
    listed = put_on_list(shown, officer(at=later(days=30)), NOTICE).hazard
    assert give_back(listed, officer(at=later(days=32)), ReturnReason.OTHER, WORKED).hazard.card.due == date(2027, 4, 2)


def test_a_general_hazard_is_not_listed() -> None:
    with pytest.raises(StepNotPossible):
        put_on_list(found(), officer(), NOTICE)


def test_a_hazard_is_listed_once_and_to_a_day_that_comes() -> None:
    with pytest.raises(AlreadyListed):
        put_on_list(put_on_list(major(), officer(), NOTICE).hazard.with_card(state=HazardState.RECTIFYING), officer(), NOTICE)
    with pytest.raises(FinishDatePassed):
        put_on_list(major(), officer(), Listing(ListingLevel.COUNTY, "(2026)7", date(2026, 11, 23)))


def test_a_listed_hazard_is_accepted_by_two_and_closed_by_delisting() -> None:
    shown = submit(put_on_list(major(), officer(), NOTICE).hazard, tenant(), ()).hazard
    assert shown.card.state is HazardState.ACCEPTANCE_REQUESTED
    half = verify(shown, officer("chen"), TWO, on_site=True).hazard
    with pytest.raises(NotAccepted):
        take_off_list(half, officer(), None)
    accepted = verify(half, officer("zhao"), TWO, on_site=True)
    assert accepted.events == ()
    off, closed = take_off_list(accepted.hazard, officer(), "(2026)9").events
    assert isinstance(off, MajorHazardDelisted)
    assert isinstance(closed, HazardClosed)
    assert [approval.by for approval in off.approvals] == ["chen", "zhao"]
    assert closed.state is HazardState.CLOSED


def test_a_transferred_hazard_waits_for_the_other_department() -> None:
    away = transfer(found(), officer(), Department.FIRE)
    (event,) = away.events
    assert isinstance(event, HazardTransferred)
    assert (event.department, event.transfer, event.state) == (Department.FIRE, TransferState.OFFERED, HazardState.TRANSFERRED)
    assert not away.hazard.is_ticking


def test_what_the_department_gives_back_goes_on_with_the_time_it_took() -> None:
    hazard = found()
    away = transfer(hazard, officer(), Department.FIRE).hazard
    back = answer_transfer(away, department(at=later(days=2)), WORKED, accepted=False)
    (event,) = back.events
    assert isinstance(event, HazardTransferred)
    assert (event.transfer, event.state) == (TransferState.RETURNED, HazardState.CONFIRMED)
    assert (back.hazard.card.due - hazard.card.due).days == 2


def test_what_the_department_takes_over_stays_with_it_until_it_is_done() -> None:
    away = transfer(found(), officer(), Department.FIRE).hazard
    taken = answer_transfer(away, department(), WORKED, accepted=True).hazard
    assert taken.progress.transfer is TransferState.ACCEPTED
    assert verify(taken, department(), ONE, on_site=True).hazard.card.state is HazardState.CLOSED


def test_two_of_the_department_close_what_needs_two() -> None:
    taken = answer_transfer(transfer(major(), officer(), Department.FIRE).hazard, department(), WORKED, accepted=True).hazard
    first = verify(taken, department(), TWO, on_site=True)
    assert first.events == ()
    with pytest.raises(SecondPersonNeeded):
        verify(first.hazard, department(), TWO, on_site=True)
    assert verify(first.hazard, department(subject="li"), TWO, on_site=True).hazard.card.state is HazardState.CLOSED


def test_a_transfer_is_accepted_once_and_may_still_be_given_back() -> None:
    taken = answer_transfer(transfer(found(), officer(), Department.FIRE).hazard, department(), WORKED, accepted=True).hazard
    with pytest.raises(TransferAnswered):
        answer_transfer(taken, department(), WORKED, accepted=True)
    assert answer_transfer(taken, department(), WORKED, accepted=False).hazard.card.state is HazardState.CONFIRMED


@pytest.mark.parametrize(
    "stood",
    [candidate(), found(Case(item="LF-13")), major(), put_on_list(major(), officer(), NOTICE).hazard],
    ids=["candidate", "reported", "major", "listed"],
)
def test_what_the_department_gives_back_is_decided_as_far_as_it_was(stood: Hazard) -> None:
    away = transfer(stood, officer(), Department.FIRE).hazard
    assert answer_transfer(away, department(), WORKED, accepted=False).hazard.card.state is stood.card.state


def test_a_listed_hazard_that_the_department_accepted_leaves_the_list() -> None:
    away = transfer(put_on_list(major(), officer(), NOTICE).hazard, officer(), Department.FIRE).hazard
    accepted = verify(away, department(), ONE, on_site=True).hazard
    assert take_off_list(accepted, officer(), None).hazard.card.state is HazardState.CLOSED


def test_what_was_submitted_before_it_became_major_leaves_the_list_too() -> None:
    shown = submit(candidate(), tenant(), ()).hazard
    proposed = confirm_major(shown, officer("chen", certified=True), case()).hazard
    listed = put_on_list(confirm_major(proposed, officer("zhao"), case()).hazard, officer(), NOTICE).hazard
    accepted = verify(listed, officer(), ONE, on_site=True).hazard
    assert take_off_list(accepted, officer(), None).hazard.card.state is HazardState.CLOSED


def test_an_officer_does_not_verify_what_lies_with_another_department() -> None:
    away = transfer(found(), officer(), Department.FIRE).hazard
    with pytest.raises(StepNotPossible):
        verify(away, officer(), TWO, on_site=True)
