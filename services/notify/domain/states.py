"""The life of a notice and of a dispatch, each as one transition table: what is not in the table changes nothing."""

from enum import StrEnum


class NoticeState(StrEnum):
    """How far a notice has come, over all its dispatches."""

    PLANNED = "planned"
    SENDING = "sending"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    ACKNOWLEDGED = "acknowledged"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    MERGED = "merged"


class DispatchState(StrEnum):
    """One attempt: ``held`` waits for company or the morning, ``due`` for a worker, ``unknown`` for the provider's word."""

    HELD = "held"
    DUE = "due"
    SENDING = "sending"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    NOT_SENT = "not_sent"
    IMPOSSIBLE = "impossible"
    FAILED = "failed"
    DROPPED = "dropped"
    MERGED = "merged"


class Happening(StrEnum):
    """What can happen to either."""

    RELEASED = "released"
    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    TRY_LATER = "try_later"
    IMPOSSIBLE = "impossible"
    UNKNOWN = "unknown"
    DELIVERED = "delivered"
    READ = "read"
    ACKNOWLEDGED = "acknowledged"
    FAILED = "failed"
    OUTDATED = "outdated"
    CANCELLED = "cancelled"
    MERGED = "merged"
    TAKEN_APART = "taken_apart"


_N, _D, _H = NoticeState, DispatchState, Happening

_UNDER_WAY = (_N.PLANNED, _N.SENDING, _N.UNKNOWN)
_ARRIVED_OR_NOT = (*_UNDER_WAY, _N.ACCEPTED, _N.FAILED, _N.EXPIRED, _N.CANCELLED, _N.MERGED)

NOTICE: dict[tuple[NoticeState, Happening], NoticeState] = {
    **dict.fromkeys(((state, _H.CLAIMED) for state in (_N.PLANNED, _N.UNKNOWN, _N.FAILED)), _N.SENDING),
    **dict.fromkeys(((state, _H.UNKNOWN) for state in _UNDER_WAY), _N.UNKNOWN),
    **dict.fromkeys(((state, _H.TRY_LATER) for state in _UNDER_WAY), _N.SENDING),
    **dict.fromkeys(((state, _H.ACCEPTED) for state in (*_UNDER_WAY, _N.FAILED)), _N.ACCEPTED),
    **dict.fromkeys(((state, _H.DELIVERED) for state in _ARRIVED_OR_NOT), _N.DELIVERED),
    **dict.fromkeys(((state, _H.READ) for state in (*_ARRIVED_OR_NOT, _N.DELIVERED)), _N.READ),
    **dict.fromkeys(((state, _H.ACKNOWLEDGED) for state in (*_ARRIVED_OR_NOT, _N.DELIVERED, _N.READ)), _N.ACKNOWLEDGED),
    **dict.fromkeys(((state, _H.FAILED) for state in (*_UNDER_WAY, _N.ACCEPTED)), _N.FAILED),
    **dict.fromkeys(((state, _H.OUTDATED) for state in _UNDER_WAY), _N.EXPIRED),
    **dict.fromkeys(((state, _H.CANCELLED) for state in _UNDER_WAY), _N.CANCELLED),
    (_N.PLANNED, _H.MERGED): _N.MERGED,
    (_N.MERGED, _H.TAKEN_APART): _N.PLANNED,
}

_WAITING = (_D.HELD, _D.DUE)
_OUT = (_D.SENDING, _D.UNKNOWN)

DISPATCH: dict[tuple[DispatchState, Happening], DispatchState] = {
    (_D.HELD, _H.RELEASED): _D.DUE,
    (_D.HELD, _H.MERGED): _D.MERGED,
    (_D.MERGED, _H.TAKEN_APART): _D.HELD,
    (_D.DUE, _H.CLAIMED): _D.SENDING,
    **dict.fromkeys(((state, _H.ACCEPTED) for state in _OUT), _D.ACCEPTED),
    **dict.fromkeys(((state, _H.TRY_LATER) for state in _OUT), _D.NOT_SENT),
    **dict.fromkeys(((state, _H.IMPOSSIBLE) for state in _OUT), _D.IMPOSSIBLE),
    **dict.fromkeys(((state, _H.UNKNOWN) for state in _OUT), _D.UNKNOWN),
    **dict.fromkeys(((state, _H.DELIVERED) for state in (*_OUT, _D.ACCEPTED, _D.FAILED)), _D.DELIVERED),
    **dict.fromkeys(((state, _H.READ) for state in (*_OUT, _D.ACCEPTED, _D.FAILED, _D.DELIVERED)), _D.READ),
    **dict.fromkeys(((state, _H.FAILED) for state in (*_OUT, _D.ACCEPTED)), _D.FAILED),
    **dict.fromkeys(((state, _H.OUTDATED) for state in _WAITING), _D.DROPPED),
    **dict.fromkeys(((state, _H.CANCELLED) for state in _WAITING), _D.DROPPED),
}


def notice_after(state: NoticeState, happening: Happening) -> NoticeState:
    """The state of a notice after something happened; the same where the table says nothing (late, repeated, out of order)."""
    return NOTICE.get((state, happening), state)


def dispatch_after(state: DispatchState, happening: Happening) -> DispatchState:
    """The state of a dispatch after something happened; the same where the table says nothing."""
    return DISPATCH.get((state, happening), state)


def notice_states_before(happening: Happening) -> list[NoticeState]:
    """The states that the happening moves: the guard of a set-based update."""
    return [state for state, moved in NOTICE if moved is happening]


def dispatch_states_before(happening: Happening) -> list[DispatchState]:
    """The states that the happening moves: the guard of a set-based update."""
    return [state for state, moved in DISPATCH if moved is happening]
