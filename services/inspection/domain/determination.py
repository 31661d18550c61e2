"""What people decide about a hazard: whether it is one, whether it is major, whose field it is, and its listing."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.inspection.domain.conduct import Capacity, Panel, is_agreed
from services.inspection.domain.deadline import Due, Worked
from services.inspection.domain.escalation import Escalation
from services.inspection.domain.hazard import Hazard, Outcome
from services.inspection.domain.lifecycle import AWAY, HazardStep
from services.inspection.domain.rectification import close
from shared.clock import shanghai_date
from shared.contracts.event import Event
from shared.contracts.inspection import (
    HazardConfirmed,
    HazardRejected,
    HazardTransferred,
    MajorHazardConfirmed,
    MajorHazardDelisted,
    MajorHazardListed,
)
from shared.contracts.vocabulary import (
    Department,
    DeterminationBasis,
    DeterminedBy,
    HazardId,
    HazardLevel,
    HazardRejectionReason,
    HazardState,
    ListingLevel,
    TransferState,
)
from shared.errors import Refused


class MajorNotConfirmedHere(Refused):
    """Only two persons together call a hazard major."""

    code = "major_not_confirmed_here"
    zh = "级别只能是轻微、一般或较重；重大隐患须通过“判定重大”(confirm-major)认定"
    en = "The level is minor, medium or serious; a major hazard is determined by confirm-major"


class TransferUnclear(Refused):
    """A hazard is offered to a department, or its offer is answered."""

    code = "transfer_unclear"
    zh = "请填写 department(移送到哪个部门)或 accepted(接收部门是否接收)，二者填一"
    en = "Say either department (to transfer) or accepted (to answer a transfer)"


class AlreadyConfirmed(Refused):
    """A hazard is confirmed once."""

    code = "already_confirmed"
    status = 409
    zh = "该隐患已确认"
    en = "The hazard is already confirmed"


class BasisNeeded(Refused):
    """Nothing is major without the clause that says so."""

    code = "determination_basis_needed"
    zh = "判定重大隐患须写明判定依据(标准、条款、版本)"
    en = "Say on which standard, article and version the determination stands"


class FinishDatePassed(Refused):
    """A listing ends on a day to come."""

    code = "finish_date_passed"
    zh = "整改完成期限必须晚于今天"
    en = "The day to finish by must be after today"


class AlreadyListed(Refused):
    """A hazard is listed once."""

    code = "already_listed"
    status = 409
    zh = "该隐患已挂牌督办"
    en = "The hazard is already listed"


class TransferAnswered(Refused):
    """A department takes a hazard over once."""

    code = "transfer_answered"
    status = 409
    zh = "该隐患的移送已接收"
    en = "The transfer is already accepted"


class NotAccepted(Refused):
    """A listed hazard leaves the list when the panel has accepted it."""

    code = "not_accepted"
    status = 409
    zh = "尚未通过验收，不能摘牌"
    en = "It is not accepted yet, so it stays on the list"


@dataclass(frozen=True, slots=True)
class Determination:
    """What it takes to call a hazard major: the clause, who must agree, and what follows."""

    basis: DeterminationBasis | None
    panel: Panel
    ladder: Escalation
    plan_days: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The notice by which a government takes a hazard under supervision (挂牌督办通知)."""

    level: ListingLevel
    document_no: str
    finish_by: date
    plan_due: date | None = None
    rung: int = 0


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What whoever confirms may set: another level, with the class of time that goes with it, and another day."""

    level: HazardLevel | None = None
    deadline_class: str | None = None
    due: Due | None = None


def confirm(hazard: Hazard, by: Capacity, worked: Worked, said: Confirmation = Confirmation()) -> Outcome:
    """It is a hazard, and not a major one; who confirms may set another level and day."""
    known = hazard.after(HazardStep.CONFIRM, by.standing)
    if hazard.progress.confirmed_at is not None and hazard.card.state is known.card.state:
        raise AlreadyConfirmed
    back = known.resumed(by.at, worked) if hazard.card.state in AWAY else known
    candidate = back.card.level is HazardLevel.MAJOR_CANDIDATE
    standing = said.level or (HazardLevel.SERIOUS if candidate else back.card.level)
    sure = back.with_card(level=standing).with_progress(confirmed_at=by.at, transfer=None, department=None)
    classed = replace(sure, deadline_class=said.deadline_class or sure.deadline_class)
    settled = classed if said.due is None else classed.anew(said.due, by.at)
    return Outcome(settled, (settled.tell(HazardConfirmed, confirmed_by=by.subject),))


def reject(hazard: Hazard, by: Capacity, reason: HazardRejectionReason, duplicate_of: HazardId | None) -> Outcome:
    """It is none, or already known; it counts for nobody."""
    gone = replace(hazard.after(HazardStep.REJECT, by.standing), closed_at=by.at)
    return Outcome(gone, (gone.tell(HazardRejected, reason=reason, duplicate_of=duplicate_of, rejected_by=by.subject),))


def confirm_major(hazard: Hazard, by: Capacity, case: Determination) -> Outcome:
    """One more person determines that it is major; with the last of the panel it is, and stands high on the ladder at once."""
    major = hazard.after(HazardStep.CONFIRM_MAJOR, by.standing)
    basis = case.basis or hazard.progress.basis
    if basis is None:
        raise BasisNeeded(pointer="/basis")
    agreed = (*hazard.progress.determinations, by.approval)
    certified = hazard.progress.certified | ({by.subject} if by.certified else set())
    noted = {"determinations": agreed, "certified": certified, "basis": basis}
    if not is_agreed(agreed, case.panel, certified):
        return Outcome(hazard.with_progress(**noted))
    known = replace(major.with_card(level=HazardLevel.MAJOR), deadline_class="major")
    determined = known.with_progress(**noted, confirmed_at=by.at, verifications=())
    raised = case.ladder.at_confirmation(determined)
    return Outcome(raised.hazard, (_determined(determined, basis, by, case, hazard.card.level), *raised.events))


def _determined(hazard: Hazard, basis: DeterminationBasis, by: Capacity, case: Determination, before: HazardLevel) -> Event:
    return hazard.tell(
        MajorHazardConfirmed,
        basis=basis,
        determined_by=DeterminedBy.CERTIFIED_PERSON,
        approvals=hazard.progress.determinations,
        proposed_by_system=before is HazardLevel.MAJOR_CANDIDATE,
        plan_due=shanghai_date(by.at) + timedelta(days=case.plan_days),
        confirmed_at=by.at,
    )


def put_on_list(hazard: Hazard, by: Capacity, listing: Listing) -> Outcome:
    """A government supervises it from now on, until the day that its notice names."""
    on_list = hazard.after(HazardStep.LIST, by.standing)
    if hazard.progress.listing_level is not None:
        raise AlreadyListed
    today = shanghai_date(by.at)
    if listing.finish_by <= today:
        raise FinishDatePassed(pointer="/finish_by")
    dated = on_list.anew(Due.end_of(listing.finish_by), by.at, listing.rung)
    named = dated.with_progress(listing_level=listing.level)
    facts = {"document_no": listing.document_no, "plan_due": listing.plan_due, "finish_by": listing.finish_by, "listed_on": today}
    return Outcome(named, (named.tell(MajorHazardListed, listing_level=listing.level, **facts),))


def take_off_list(hazard: Hazard, by: Capacity, document_no: str | None) -> Outcome:
    """The accepted hazard leaves the list, and is closed with that."""
    if not hazard.progress.accepted:
        raise NotAccepted
    off = hazard.after(HazardStep.DELIST, by.standing)
    facts = {"approvals": off.progress.verifications, "document_no": document_no, "delisted_on": shanghai_date(by.at)}
    told = off.tell(MajorHazardDelisted, **facts)
    closed = close(off, by, on_site=True)
    return Outcome(closed.hazard, (told, *closed.events))


def transfer(hazard: Hazard, by: Capacity, department: Department) -> Outcome:
    """It is another department's field; the clock stands still until that department answers."""
    away = hazard.after(HazardStep.TRANSFER, by.standing).paused(by.at)
    return _transferred(away.with_progress(department=department), department, TransferState.OFFERED)


def answer_transfer(hazard: Hazard, by: Capacity, worked: Worked, *, accepted: bool) -> Outcome:
    """The other department takes it over, or gives it back."""
    department = hazard.progress.department or Department.OTHER
    if accepted and hazard.progress.transfer is TransferState.ACCEPTED:
        raise TransferAnswered
    if accepted:
        taken = hazard.after(HazardStep.ACCEPT_TRANSFER, by.standing)
        return _transferred(taken, department, TransferState.ACCEPTED)
    back = hazard.after(HazardStep.RETURN_TRANSFER, by.standing).resumed(by.at, worked).with_progress(department=None)
    return _transferred(back.with_card(state=_decided(back)), department, TransferState.RETURNED)


def _decided(hazard: Hazard) -> HazardState:
    """The state of a hazard as far as people have decided about it, whatever a transfer made of it meanwhile."""
    if hazard.is_major:
        return HazardState.MAJOR_CONFIRMED if hazard.progress.listing_level is None else HazardState.LISTED
    if hazard.progress.confirmed_at is not None:
        return HazardState.CONFIRMED
    is_candidate = hazard.card.level is HazardLevel.MAJOR_CANDIDATE
    return HazardState.MAJOR_CANDIDATE if is_candidate else HazardState.REPORTED


def _transferred(hazard: Hazard, department: Department, answer: TransferState) -> Outcome:
    noted = hazard.with_progress(transfer=answer)
    return Outcome(noted, (noted.tell(HazardTransferred, department=department, transfer=answer),))
