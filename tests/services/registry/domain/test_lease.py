"""Leases in time and in chains."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.registry.domain.lease import (
    Above,
    ChainTooLong,
    LeaseStateConflict,
    NotThePartyAbove,
    OutsideParentLease,
    Term,
    TermWrong,
    let_beyond_floor_area,
    require_fit_above,
    require_step,
    state_by_date,
)
from services.registry.domain.space import read_all
from shared.contracts.vocabulary import LeaseState

START, END = date(2026, 1, 1), date(2026, 12, 31)
TERM, SIXTY = Term(START, END), timedelta(days=60)
ABOVE = Above(TERM, read_all(["3F"]), tenant_is_subletter=True, depth=1, longest_chain=3)


def test_a_term_that_does_not_end_after_it_starts_is_refused() -> None:
    with pytest.raises(TermWrong):
        Term(START, START)


def test_terms_overlap_on_their_last_day_too() -> None:
    assert TERM.overlaps(Term(END, date(2027, 6, 1)))
    assert not TERM.overlaps(Term(END + timedelta(days=1), date(2027, 6, 1)))


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (END - timedelta(days=61), LeaseState.ACTIVE),
        (END - timedelta(days=60), LeaseState.EXPIRING),
        (END, LeaseState.EXPIRING),
        (END + timedelta(days=1), LeaseState.EXPIRED),
    ],
)
def test_time_alone_brings_a_running_lease_to_its_end(today: date, state: LeaseState) -> None:
    assert state_by_date(LeaseState.ACTIVE, TERM, today, SIXTY) is state


def test_time_does_nothing_to_a_draft() -> None:
    assert state_by_date(LeaseState.DRAFT, TERM, END + timedelta(days=999), SIXTY) is LeaseState.DRAFT


def test_a_sublet_fits_the_lease_above_it() -> None:
    require_fit_above(Term(START, date(2026, 6, 30)), read_all(["301"]), ABOVE)


@pytest.mark.parametrize(
    ("term", "rooms", "above", "refusal"),
    [
        (Term(START, END + timedelta(days=1)), ["301"], ABOVE, OutsideParentLease),
        (Term(START - timedelta(days=1), END), ["301"], ABOVE, OutsideParentLease),
        (TERM, ["401"], ABOVE, OutsideParentLease),
        (TERM, ["*"], ABOVE, OutsideParentLease),
        (TERM, ["301"], Above(TERM, (), tenant_is_subletter=True, depth=1, longest_chain=3), OutsideParentLease),
        (TERM, ["301"], Above(TERM, read_all(["3F"]), tenant_is_subletter=False, depth=1, longest_chain=3), NotThePartyAbove),
        (TERM, ["301"], Above(TERM, read_all(["3F"]), tenant_is_subletter=True, depth=3, longest_chain=3), ChainTooLong),
    ],
)
def test_a_sublet_that_reaches_beyond_the_lease_above_is_refused(
    term: Term, rooms: list[str], above: Above, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        require_fit_above(term, read_all(rooms), above)


def test_an_ended_lease_takes_no_further_step_but_moving_out() -> None:
    require_step(LeaseState.TERMINATED, LeaseState.VACATED)
    for state in set(LeaseState) - {LeaseState.VACATED}:
        with pytest.raises(LeaseStateConflict):
            require_step(LeaseState.TERMINATED, state)


@pytest.mark.parametrize(("areas", "beyond"), [([1000, 50], False), ([1000, 51], True)])
def test_letting_more_than_105_percent_of_the_floor_is_noticed(areas: list[int], beyond: object) -> None:
    assert let_beyond_floor_area(map(Decimal, areas), Decimal(1000), Decimal("1.05")) is beyond


def test_without_a_known_floor_area_nothing_is_beyond_it() -> None:
    assert not let_beyond_floor_area([Decimal(10**6)], None, Decimal("1.05"))
