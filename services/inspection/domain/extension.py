"""More time: asked for by who must put a hazard right, decided by who supervises; meanwhile the clock stands still."""

from datetime import date

from services.inspection.domain.conduct import Capacity
from services.inspection.domain.deadline import DeadlineClass, Due, Worked
from services.inspection.domain.hazard import Hazard, Outcome
from services.inspection.domain.lifecycle import HazardStep
from shared.clock import shanghai_date
from shared.contracts.inspection import ExtensionDecided, ExtensionRequested
from shared.contracts.vocabulary import ExtensionReason
from shared.errors import Refused


class NoExtensionLeft(Refused):
    """The class allows only so many extensions."""

    code = "no_extension_left"
    status = 409
    zh = "该类隐患最多延期{allowed}次"
    en = "A hazard of this class is extended {allowed} times at most"


class ExtensionTooLong(Refused):
    """An extension adds only so many days."""

    code = "extension_too_long"
    zh = "一次延期最长{longest}天"
    en = "An extension adds {longest} days at most"


class ExtensionNotLater(Refused):
    """More time ends after the day that holds now, and on a day to come."""

    code = "extension_not_later"
    zh = "延期后的期限必须晚于现期限，也必须晚于今天"
    en = "The new day must be after the one that holds now, and after today"


def ask(hazard: Hazard, by: Capacity, until: date, reason: ExtensionReason, rule: DeadlineClass) -> Outcome:
    """The responsible party asks for more time, within what the class allows."""
    asking = hazard.after(HazardStep.EXTEND, by.standing).seen_by(by.party).paused(by.at).with_progress(asked_until=until)
    if hazard.progress.extensions >= rule.extensions:
        raise NoExtensionLeft(allowed=rule.extensions)
    if until <= max(hazard.card.due, shanghai_date(by.at)):
        raise ExtensionNotLater(pointer="/until")
    if (until - hazard.card.due).days > rule.longest_extension:
        raise ExtensionTooLong(longest=rule.longest_extension, pointer="/until")
    return Outcome(asking, (asking.tell(ExtensionRequested, by_party_id=by.party, asked_until=until, reason=reason),))


def decide(hazard: Hazard, by: Capacity, worked: Worked, *, granted: bool) -> Outcome:
    """Granted, the asked day holds and the ladder begins anew; refused, the time that the decision took is given back.

    Nobody is worse off for having been granted more time late: what a refusal would give back, and today, are the least.
    """
    going_on = hazard.after(HazardStep.DECIDE_EXTENSION, by.standing)
    asked = hazard.progress.asked_until
    if granted and asked is not None:
        back = going_on.resumed(by.at, worked)
        last = max(asked, back.card.due, shanghai_date(by.at))
        settled = back.anew(Due.end_of(last), by.at).with_progress(asked_until=None, extensions=hazard.progress.extensions + 1)
    else:
        settled = going_on.resumed(by.at, worked).with_progress(asked_until=None)
    facts = {"granted": granted, "previous_due": hazard.card.due, "decided_by": by.subject}
    return Outcome(settled, (settled.tell(ExtensionDecided, **facts),))
