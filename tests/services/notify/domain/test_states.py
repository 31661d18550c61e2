"""The life of a notice and of a dispatch: one table each, and nothing goes backwards."""

from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.states import (
    DISPATCH,
    NOTICE,
    DispatchState,
    Happening,
    NoticeState,
    dispatch_after,
    dispatch_states_before,
    notice_after,
    notice_states_before,
)

_RANK = [NoticeState.ACCEPTED, NoticeState.DELIVERED, NoticeState.READ, NoticeState.ACKNOWLEDGED]
_GOOD = [Happening.ACCEPTED, Happening.DELIVERED, Happening.READ, Happening.ACKNOWLEDGED]


def test_the_straight_way() -> None:
    state = NoticeState.PLANNED
    way = []
    for happening in (Happening.CLAIMED, *_GOOD):
        state = notice_after(state, happening)
        way.append(state)

    assert way == [NoticeState.SENDING, *_RANK]


@pytest.mark.parametrize("order", list(permutations(_GOOD)))
def test_receipts_in_any_order_end_in_the_furthest_state(order: tuple[Happening, ...]) -> None:
    state = NoticeState.PLANNED
    for happening in order:
        state = notice_after(state, happening)

    assert state is NoticeState.ACKNOWLEDGED


@given(st.lists(st.sampled_from(Happening), max_size=12))
def test_what_is_known_to_have_arrived_is_never_forgotten(happenings: list[Happening]) -> None:
    state, furthest = NoticeState.PLANNED, -1
    for happening in happenings:
        state = notice_after(state, happening)
        if state in _RANK and _RANK.index(state) > 0:
            furthest = max(furthest, _RANK.index(state))

    assert furthest < 1 or _RANK.index(state) >= furthest


def test_acknowledged_is_the_end() -> None:
    assert all(notice_after(NoticeState.ACKNOWLEDGED, happening) is NoticeState.ACKNOWLEDGED for happening in Happening)


def test_a_cancelled_notice_is_not_sent() -> None:
    for happening in (Happening.CLAIMED, Happening.ACCEPTED, Happening.TRY_LATER):
        assert notice_after(NoticeState.CANCELLED, happening) is NoticeState.CANCELLED


def test_only_what_waits_is_claimed_and_only_what_is_out_can_end() -> None:
    assert dispatch_states_before(Happening.CLAIMED) == [DispatchState.DUE]
    assert set(dispatch_states_before(Happening.ACCEPTED)) == {DispatchState.SENDING, DispatchState.UNKNOWN}
    assert set(dispatch_states_before(Happening.CANCELLED)) == {DispatchState.HELD, DispatchState.DUE}


def test_an_accepted_dispatch_is_never_sent_again() -> None:
    again = {Happening.CLAIMED, Happening.TRY_LATER, Happening.UNKNOWN, Happening.RELEASED}
    settled = (DispatchState.ACCEPTED, DispatchState.DELIVERED, DispatchState.READ)

    assert all(dispatch_after(state, happening) is state for state, happening in product(settled, again))


def test_the_guards_of_the_updates_are_the_table() -> None:
    for happening in Happening:
        assert set(notice_states_before(happening)) == {state for state, moved in NOTICE if moved is happening}
        assert set(dispatch_states_before(happening)) == {state for state, moved in DISPATCH if moved is happening}
