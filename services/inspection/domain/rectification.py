"""Putting a hazard right: it is acknowledged, urged, submitted, and looked at by somebody else until it is closed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from services.inspection.domain.conduct import Capacity, Panel, is_agreed
from services.inspection.domain.deadline import Due, Worked
from services.inspection.domain.escalation import days_late
from services.inspection.domain.hazard import Hazard, Outcome
from services.inspection.domain.lifecycle import HazardStep
from shared.contracts.inspection import (
    HazardAcknowledged,
    HazardClosed,
    HazardReopened,
    LandlordReportedRefusal,
    LandlordUrged,
    RectificationReturned,
    RectificationSubmitted,
)
from shared.contracts.vocabulary import ReturnReason, Sha256
from shared.errors import Refused


class AlreadyAcknowledged(Refused):
    """A party acknowledges a hazard once."""

    code = "already_acknowledged"
    status = 409
    zh = "该隐患已签收"
    en = "The hazard is already acknowledged"


class TooLateToReopen(Refused):
    """After so long, what is found is a new hazard."""

    code = "too_late_to_reopen"
    status = 409
    zh = "销号已超过{days}天，请作为新隐患上报"
    en = "It was closed more than {days} days ago; report it as a new hazard"


def acknowledge(hazard: Hazard, by: Capacity) -> Outcome:
    """A party has seen what it must do; the responsible one takes it up with that."""
    if by.party in hazard.progress.acknowledged:
        raise AlreadyAcknowledged
    seen = hazard.after(HazardStep.ACKNOWLEDGE, by.standing).seen_by(by.party)
    return Outcome(seen, (seen.tell(HazardAcknowledged, by_party_id=by.party, acknowledged_at=by.at),))


def urge(hazard: Hazard, by: Capacity) -> Outcome:
    """The landlord has urged the tenant, which also shows that he has seen the hazard."""
    urged = hazard.after(HazardStep.URGE, by.standing).seen_by(by.party)
    return Outcome(urged, (urged.tell(LandlordUrged, landlord_party_id=by.party, urged_at=by.at),))


def report_refusal(hazard: Hazard, by: Capacity) -> Outcome:
    """The landlord has told the tenant, and the tenant refuses."""
    told = hazard.after(HazardStep.REPORT_REFUSAL, by.standing).seen_by(by.party)
    return Outcome(told, (told.tell(LandlordReportedRefusal, landlord_party_id=by.party, reported_at=by.at),))


def submit(hazard: Hazard, by: Capacity, photos: Sequence[Sha256]) -> Outcome:
    """The responsible party says that it is put right; from here on its clock stands still."""
    shown = hazard.after(HazardStep.SUBMIT, by.standing).seen_by(by.party).paused(by.at)
    done = shown.with_progress(
        rounds=shown.progress.rounds + 1,
        submitted_at=by.at,
        photos=tuple(photos),
        workers=shown.progress.workers | {by.subject},
        working_parties=shown.progress.working_parties | ({by.party} if by.party else set()),
        verifications=(),
        asked_until=None,
    )
    facts = {"by_party_id": by.party, "round": done.progress.rounds, "photos": done.progress.photos, "submitted_at": by.at}
    return Outcome(done, (done.tell(RectificationSubmitted, **facts),))


def give_back(hazard: Hazard, by: Capacity, reason: ReturnReason, worked: Worked) -> Outcome:
    """The verifier did not find it put right; the time he took is given back."""
    back = hazard.after(HazardStep.RETURN, by.standing).resumed(by.at, worked).with_progress(verifications=(), accepted=False)
    facts = {"round": max(1, back.progress.rounds), "reason": reason, "verifier": by.subject, "returned_at": by.at}
    return Outcome(back, (back.tell(RectificationReturned, **facts),))


def verify(hazard: Hazard, by: Capacity, panel: Panel, *, on_site: bool) -> Outcome:
    """One more person says that it is put right; with the last of the panel it is closed, or accepted where it is listed."""
    closed = hazard.after(HazardStep.VERIFY, by.standing)
    seen = (*hazard.progress.verifications, by.approval)
    if not is_agreed(seen, panel, ()):
        return Outcome(hazard.with_progress(verifications=seen))
    if hazard.progress.listing_level is not None:
        return Outcome(hazard.with_progress(verifications=seen, accepted=True))
    return close(closed.with_progress(verifications=seen), by, on_site=on_site)


def close(hazard: Hazard, by: Capacity, *, on_site: bool) -> Outcome:
    """The end, as it is said to everybody."""
    progress = hazard.progress
    closed = replace(hazard, closed_at=by.at)
    event = closed.tell(
        HazardClosed,
        verifier=by.subject,
        on_site=on_site,
        photos=progress.photos,
        submitted_at=progress.submitted_at,
        closed_at=by.at,
        overdue_days=days_late(hazard.card.due, progress.paused_at or by.at),
    )
    return Outcome(closed, (event,))


def reopen(hazard: Hazard, by: Capacity, due: Due, within_days: int) -> Outcome:
    """It is there again, or never went: a new deadline, and everything is to be shown again."""
    again = hazard.after(HazardStep.REOPEN, by.standing)
    if hazard.closed_at is None or by.at - hazard.closed_at > timedelta(days=within_days):
        raise TooLateToReopen(days=within_days)
    fresh = replace(again.anew(due, by.at), closed_at=None).with_progress(
        paused_at=None, verifications=(), accepted=False, extensions=0, listing_level=None, photos=()
    )
    return Outcome(fresh, (fresh.tell(HazardReopened, reopened_at=by.at),))
