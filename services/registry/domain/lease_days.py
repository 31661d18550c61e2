"""On which days a lease may begin and end: not after its term, not ahead of today, by its date only when that is past."""

from datetime import date

from services.registry.domain.lease import Term
from shared.contracts.vocabulary import LeaseEndReason
from shared.errors import Refused


class TermOver(Refused):
    """A lease does not begin after its last day."""

    code = "term_over"
    status = 409
    zh = "租期已于{end}届满，不能生效"
    en = "The term ended on {end}; the lease cannot begin"


class TermRuns(Refused):
    """A lease expires by its date; who ends it before terminates it or moves out."""

    code = "term_runs"
    status = 409
    zh = "租期至{end}尚未届满；提前结束请选择终止或退租"
    en = "The term runs until {end}; to end it before, terminate it or move out"


class DayAhead(Refused):
    """What has happened did not happen on a day that is still to come."""

    code = "day_ahead"
    zh = "结束日期不能晚于今天"
    en = "The day of the end cannot lie ahead"


def require_not_over(term: Term, today: date) -> None:
    """Refuse to begin a lease whose last day has passed."""
    if today > term.end:
        raise TermOver(pointer="/end", end=term.end.isoformat())


def day_of_end(reason: LeaseEndReason, told: date | None, term: Term, today: date) -> date:
    """The day on which a lease ended: its last one where it has expired, otherwise the day told, or today."""
    if reason is LeaseEndReason.EXPIRED:
        if today <= term.end:
            raise TermRuns(pointer="/reason", end=term.end.isoformat())
        return term.end
    if told is not None and told > today:
        raise DayAhead(pointer="/ended_on")
    return told or today
