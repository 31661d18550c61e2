"""人工调整: two persons set a level for a time, or lift a veto whose cause they have seen to be gone."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from pydantic_core import from_json, to_json

from services.grading.case import Case
from services.grading.deciding import named_by, next_sequence, settle, told_by
from services.grading.domain.assessment import LEVELS, OVERRIDE
from services.grading.domain.registers import Write
from services.grading.domain.vetoes import LIFT
from services.grading.proposing import Proposal, last_day, propose
from services.grading.rulings import policy_of
from services.grading.scope import require_open, seen_site
from services.grading.store import cases, matters
from services.grading.store.arrays import Row
from services.grading.views.matters import LiftedVeto, LiftView, NewOverride, OverrideSet
from services.grading.views.proposals import ProposalKind, ProposalState
from shared.contracts.grading import GradeOverridden
from shared.contracts.vocabulary import Approval, GradeCause, Level, OverrideId
from shared.database import Transaction as Tx
from shared.errors import Forbidden, Refused
from shared.identifiers import new_id
from shared.web import Caller


class OverrideTooLong(Refused):
    """An override ends after at most so many days."""

    code = "override_too_long"
    zh = "人工调整应在明天起{days}天以内到期"
    en = "An override ends within {days} days from now"


class NoSuchVeto(Refused):
    """The veto is not in force, or inspection ends it by closing its hazard."""

    code = "no_such_veto"
    status = 409
    zh = "该一票否决事项未生效，或须通过隐患销号解除"
    en = "This veto is not in force, or it ends when its hazard is closed"


class Setting(BaseModel):
    """A level that was proposed: what is kept of the request."""

    identity: UUID
    level: Level
    until: date
    reason: str
    file_id: UUID


async def set_level(site_id: UUID, body: NewOverride, caller: Caller, tx: Tx) -> OverrideSet:
    """Set a level for a time; where the policy asks the others to sign in, once they have confirmed. A veto stays stronger."""
    row = await seen_site(site_id, caller, tx)
    require_open(row)
    limits = (await policy_of(tx, row["policy"])).document.movement.override
    require_end(body.until, limits.most_days, tx)
    wanted = Proposal(
        id=body.id or new_id(),
        site_id=site_id,
        kind=ProposalKind.OVERRIDE,
        body=body.model_dump(mode="json", include={"level", "until", "reason", "file_id"}),
        named=named_by(body.approvals, limits.approvals, caller),
        needed=limits.approvals,
        expires_on=last_day(tx, limits.confirm_days, body.until),
    )
    if not limits.second_signs_in:
        setting, approvals = Setting(identity=wanted.id, **wanted.body), told_by(body.approvals, wanted.named, caller, tx)
        return OverrideSet(
            id=wanted.id,
            site_id=site_id,
            level=body.level,
            effective_from=tx.today,
            until=body.until,
            stands=await override(row, setting, approvals, tx, GradeCause.OVERRIDE),
            state=ProposalState.EFFECTIVE,
        )
    waiting = await propose(wanted, caller, tx)
    return OverrideSet(
        id=wanted.id,
        site_id=site_id,
        level=body.level,
        until=body.until,
        stands=Level(row["level"]),
        state=ProposalState.PENDING,
        waiting_for=waiting,
        expires_on=wanted.expires_on,
    )


def require_end(until: date, most_days: int, tx: Tx) -> None:
    """Refuse an override that would end too late, or is over already."""
    if not tx.today < until <= tx.today + timedelta(days=most_days):
        raise OverrideTooLong(days=most_days, pointer="/until")


async def carry_out_override(held: Row, approvals: tuple[Approval, ...], caller: Caller, tx: Tx) -> None:
    """Enough persons have confirmed it."""
    row = await seen_site(held["site_id"], caller, tx)
    limits = (await policy_of(tx, row["policy"])).document.movement.override
    wanted = Setting(identity=held["id"], **from_json(held["body"]))
    require_end(wanted.until, limits.most_days, tx)
    await override(row, wanted, approvals, tx, GradeCause.OVERRIDE)


async def override(seen: Row, wanted: Setting, approvals: tuple[Approval, ...], tx: Tx, cause: GradeCause) -> Level:
    """Keep, say and apply an override that was approved; the level that stands now. Of two at once the later one holds."""
    identity, site_id = wanted.identity, seen["site_id"]
    [row] = await cases.lock_sites(tx, [site_id])
    require_open(row)
    told = {"id": str(identity), "level": wanted.level.value, "from": tx.today.isoformat(), "until": wanted.until.isoformat()}
    tx.say(
        GradeOverridden(
            site_id=site_id,
            party_id=row["party_id"],
            landlord_site_id=row["landlord_site_id"],
            grid_id=row["grid_id"],
            override_id=OverrideId(identity),
            from_=Level(row["level"]),
            to=wanted.level,
            reason="manual_adjustment",
            approvals=approvals,
            effective_from=tx.today,
            until=wanted.until,
        )
    )
    kept = {"id": identity, "site_id": site_id, "level": wanted.level.value, "reason": wanted.reason, "file_id": wanted.file_id}
    dated = {"effective_from": tx.today, "until": wanted.until, "approvals": to_json(approvals).decode()}
    await matters.add_override(tx, kept | dated)
    sequence = next_sequence(Case.of(row), OVERRIDE, "current")
    case = await settle(tx, site_id, identity, Write(site_id, OVERRIDE, "current", sequence, str(identity), told), cause)
    return LEVELS[case.course.level or 0]


async def lift_veto(site_id: UUID, rule: str, body: LiftedVeto, caller: Caller, tx: Tx) -> LiftView:
    """Lift a veto: a certified officer; where the policy asks two to sign in, when the second has confirmed."""
    if caller.certificate_no is None:
        raise Forbidden
    row = await seen_site(site_id, caller, tx)
    require_open(row)
    needed, events = await _liftable(row, rule, tx)
    limits = (await policy_of(tx, row["policy"])).document.movement.override
    wanted = Proposal(
        id=body.id or new_id(),
        site_id=site_id,
        kind=ProposalKind.LIFT,
        subject=rule,
        body={"reason": body.reason, "file_id": str(body.file_id), "events": events},
        named=named_by(body.approvals, needed, caller),
        needed=needed,
        expires_on=last_day(tx, limits.confirm_days),
    )
    if needed == 1 or not limits.second_signs_in:
        approvals = told_by(body.approvals, wanted.named if needed > 1 else [caller.subject], caller, tx)
        level = await _lift(row, wanted.id, rule, wanted.body, tx, approvals=approvals)
        return LiftView(id=wanted.id, site_id=site_id, rule=rule, level=level, state=ProposalState.EFFECTIVE)
    waiting = await propose(wanted, caller, tx)
    return LiftView(
        id=wanted.id,
        site_id=site_id,
        rule=rule,
        level=Level(row["level"]),
        state=ProposalState.PENDING,
        waiting_for=waiting,
        expires_on=wanted.expires_on,
    )


async def carry_out_lift(held: Row, approvals: tuple[Approval, ...], caller: Caller, tx: Tx) -> None:
    """The second has confirmed: of what was proposed, what still stands is lifted; what came since is not."""
    row = await seen_site(held["site_id"], caller, tx)
    require_open(row)
    _, events = await _liftable(row, held["subject"], tx)
    body = from_json(held["body"])
    still = [event for event in body["events"] if event in events]
    if not still:
        raise NoSuchVeto
    await _lift(row, held["id"], held["subject"], body | {"events": still}, tx, approvals=approvals)


async def _liftable(row: Row, rule: str, tx: Tx) -> tuple[int, list[str]]:
    """How many persons lift the veto, and the events on which it stands; raises NoSuchVeto."""
    case = Case.of(row)
    policy = await policy_of(tx, row["policy"])
    known = policy.kinds[row["kind"] or "tenant"].vetoes.by_id.get(rule)
    hazards = case.course.facts.current.get("hazard", {})
    in_force = [veto for veto in (case.course.standing.vetoes if case.course.standing else ()) if veto.rule == rule]
    events = sorted({veto.event for veto in in_force if veto.subject not in hazards and veto.event is not None})
    if known is None or not events:
        raise NoSuchVeto
    return known.approvers, events


async def _lift(  # noqa: PLR0913 - what is kept, and what it is kept of
    row: Row, identity: UUID, rule: str, body: Mapping[str, Any], tx: Tx, *, approvals: tuple[Approval, ...]
) -> Level:
    site_id = row["site_id"]
    kept = {"id": identity, "site_id": site_id, "rule": rule, "reason": body["reason"], "file_id": UUID(body["file_id"])}
    await matters.add_lift(tx, kept | {"approvals": to_json(approvals).decode()})
    told = {"events": body["events"], "rule": rule}
    settled = await settle(tx, site_id, identity, Write(site_id, LIFT, str(identity), 1, str(identity), told), GradeCause.VETO)
    return LEVELS[settled.course.level or 0]
