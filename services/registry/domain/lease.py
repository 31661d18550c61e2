"""A lease in time: its states, its term, and what must hold between a lease and the one above it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from services.registry.domain.space import Space, covers
from shared.contracts.vocabulary import LeaseState
from shared.errors import Refused


class DocumentKind(StrEnum):
    """What is filed with a lease."""

    AGREEMENT = "agreement"
    DUTY_SPLIT = "duty_split"
    SUBLET_CONSENT = "sublet_consent"
    FIRE_CLASS_DECLARATION = "fire_class_declaration"
    PRE_LETTING_REVIEW = "pre_letting_review"
    HANDOVER = "handover"
    FINAL_CHECK = "final_check"
    FILING = "filing"
    OTHER = "other"


class ReviewResult(StrEnum):
    """What a pre-letting review, a hand-over or a final check found."""

    SUITABLE = "suitable"
    WITH_CONDITIONS = "with_conditions"
    UNSUITABLE = "unsuitable"


class ChangeKind(StrEnum):
    """What changes while a lease runs."""

    PROCESS = "process"
    FIRE_CLASS = "class"
    AREA = "area"
    PERSON = "person"
    SUBLET = "sublet"
    TERM = "term"


HOLDING: Final = frozenset({LeaseState.DRAFT, LeaseState.ADMISSION, LeaseState.APPROVED, LeaseState.ACTIVE, LeaseState.EXPIRING})
"""States in which a lease keeps its rooms: from the first draft, so that of many requests for one room one wins."""

RUNNING: Final = frozenset({LeaseState.ACTIVE, LeaseState.EXPIRING})

_NEXT: Final[dict[LeaseState, frozenset[LeaseState]]] = {
    LeaseState.DRAFT: frozenset({LeaseState.ADMISSION, LeaseState.ACTIVE, LeaseState.WITHDRAWN}),
    LeaseState.ADMISSION: frozenset({LeaseState.APPROVED, LeaseState.REJECTED, LeaseState.WITHDRAWN}),
    LeaseState.APPROVED: frozenset({LeaseState.ACTIVE, LeaseState.WITHDRAWN}),
    LeaseState.ACTIVE: frozenset({LeaseState.EXPIRING, LeaseState.EXPIRED, LeaseState.TERMINATED, LeaseState.VACATED}),
    LeaseState.EXPIRING: frozenset({LeaseState.ACTIVE, LeaseState.EXPIRED, LeaseState.TERMINATED, LeaseState.VACATED}),
    LeaseState.EXPIRED: frozenset({LeaseState.VACATED}),
    LeaseState.TERMINATED: frozenset({LeaseState.VACATED}),
    LeaseState.VACATED: frozenset(),
    LeaseState.REJECTED: frozenset(),
    LeaseState.WITHDRAWN: frozenset(),
}


class LeaseStateConflict(Refused):
    """The lease is not where this step could be taken."""

    code = "lease_state"
    status = 409
    zh = "租赁当前状态为“{state}”，不能执行此操作"
    en = "The lease is {state}; this step cannot be taken"


class LeaseOverlaps(Refused):
    """Another lease keeps the room on some of these days."""

    code = "lease_overlaps"
    status = 409
    zh = "该房间在所申请的租期内已租给{winner}"
    en = "The room is already let to {winner} in that term"
    members = ("winner", "lease_id")


class NotTheOwner(Refused):
    """Who lets must own the building, or rent it himself under a lease that is named."""

    code = "not_the_owner"
    zh = "出租方不是该厂区的产权人；转租请注明上级租赁"
    en = "The landlord does not own the building; a sublet names the lease above it"


class TermWrong(Refused):
    """A lease ends after it starts."""

    code = "term_wrong"
    zh = "租期结束日期必须晚于开始日期"
    en = "A lease must end after it starts"


class OutsideParentLease(Refused):
    """Nobody can sublet more rooms, or longer, than he has."""

    code = "outside_parent_lease"
    zh = "转租的房间或期限超出上级租赁"
    en = "The sublease reaches beyond the rooms or the term of the lease above it"


class NotThePartyAbove(Refused):
    """Who sublets must be the tenant of the lease above; otherwise the chain is broken."""

    code = "not_the_party_above"
    zh = "转租方必须是上级租赁的承租方"
    en = "The one who sublets must be the tenant of the lease above"


class ParentOver(Refused):
    """Nobody lets on what he no longer rents."""

    code = "parent_over"
    status = 409
    zh = "上级租赁未生效或已终止，不能据此转租"
    en = "The lease above is not in force, so nothing can be let on under it"


class SublettingsBeyond(Refused):
    """A lease does not shrink below what was sublet under it."""

    code = "sublettings_beyond"
    status = 409
    zh = "变更后的房间或期限容纳不下已有的转租"
    en = "What was sublet under this lease would no longer lie within it"


class ChangeEmpty(Refused):
    """A change says what is to change."""

    code = "change_empty"
    zh = "请填写所申请变更的内容"
    en = "Say what is to change"


class LetToOneself(Refused):
    """Landlord and tenant are two."""

    code = "let_to_oneself"
    zh = "出租方与承租方不能是同一主体"
    en = "Landlord and tenant cannot be the same party"


class ChainTooLong(Refused):
    """Beyond this many sublettings nobody can say who answers for what."""

    code = "chain_too_long"
    zh = "转租层级过多"
    en = "There are too many sublettings in the chain"


@dataclass(frozen=True, slots=True)
class Term:
    """First and last day, both included."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise TermWrong(pointer="/end")

    def within(self, other: "Term") -> bool:
        """Whether every day of this is a day of the other."""
        return other.start <= self.start and self.end <= other.end

    def overlaps(self, other: "Term") -> bool:
        """Whether they share a day."""
        return self.start <= other.end and other.start <= self.end


@dataclass(frozen=True, slots=True)
class Above:
    """The lease above, as far as a sublease must fit it."""

    term: Term
    spaces: tuple[Space, ...]
    tenant_is_subletter: bool
    depth: int
    longest_chain: int


_ASKED_BY_KIND: Final[dict[ChangeKind, frozenset[str]]] = {
    ChangeKind.PROCESS: frozenset({"facts_declared", "use", "dormitory_declared"}),
    ChangeKind.FIRE_CLASS: frozenset({"fire_class_declared"}),
    ChangeKind.AREA: frozenset({"area", "rooms"}),
    ChangeKind.TERM: frozenset({"end"}),
    ChangeKind.PERSON: frozenset({"note"}),
    ChangeKind.SUBLET: frozenset({"note"}),
}


def require_change_said(kind: ChangeKind, given: Iterable[str]) -> None:
    """Refuse a request of a kind that says nothing of that kind."""
    wanted = _ASKED_BY_KIND[kind]
    if wanted.isdisjoint(given):
        raise ChangeEmpty(pointer=f"/{min(wanted)}")


def require_room_for(sublet: Iterable[tuple[Term, tuple[Space, ...]]], term: Term, spaces: tuple[Space, ...]) -> None:
    """Refuse a lease, as it would be, that no longer holds what was sublet under it."""
    for below, rooms in sublet:
        if not below.within(term) or (rooms and not covers(spaces, rooms)):
            raise SublettingsBeyond(pointer="/end" if not below.within(term) else "/rooms")


def require_step(state: LeaseState, following: LeaseState) -> None:
    """Refuse a step that the states do not know."""
    if following not in _NEXT[state]:
        raise LeaseStateConflict(state=state.value)


def require_fit_above(term: Term, spaces: tuple[Space, ...], above: Above) -> None:
    """Refuse a sublease that reaches beyond the lease above it; one that names no rooms has none to let on."""
    if not above.tenant_is_subletter:
        raise NotThePartyAbove(pointer="/landlord_party_id")
    if above.depth >= above.longest_chain:
        raise ChainTooLong(pointer="/parent_lease_id")
    if not term.within(above.term):
        raise OutsideParentLease(pointer="/end")
    if spaces and not covers(above.spaces, spaces):
        raise OutsideParentLease(pointer="/rooms")


def state_by_date(state: LeaseState, term: Term, today: date, expiring_within: timedelta) -> LeaseState:
    """Where time alone has brought a running lease: expiring in its last days, expired the day after its end."""
    if state not in RUNNING:
        return state
    if today > term.end:
        return LeaseState.EXPIRED
    return LeaseState.EXPIRING if term.end - today <= expiring_within else LeaseState.ACTIVE


def let_beyond_floor_area(areas: Iterable[Decimal], floor_area: Decimal | None, tolerance: Decimal) -> bool:
    """Whether more is let than there is, by more than the tolerance (1.05 by default, a warning and not a refusal)."""
    return floor_area is not None and sum(areas, Decimal()) > floor_area * tolerance
