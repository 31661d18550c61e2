"""人工调整: two persons set a level for a time, or lift a veto whose cause they have seen to be gone."""

from datetime import timedelta
from uuid import UUID

from pydantic_core import to_json

from services.grading.case import Case
from services.grading.deciding import approved, next_sequence, settle
from services.grading.domain.assessment import LEVELS, OVERRIDE
from services.grading.domain.registers import Write
from services.grading.domain.vetoes import LIFT
from services.grading.rulings import policy_of
from services.grading.scope import seen_site
from services.grading.store import matters
from services.grading.store.arrays import Row
from services.grading.views.matters import LiftedVeto, LiftView, NewOverride, OverrideSet
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


async def set_level(site_id: UUID, body: NewOverride, caller: Caller, tx: Tx) -> OverrideSet:
    """Set a level for a time; a veto stays stronger."""
    row = await seen_site(site_id, caller, tx)
    limits = (await policy_of(tx, row["policy"])).document.movement.override
    if not tx.today < body.until <= tx.today + timedelta(days=limits.most_days):
        raise OverrideTooLong(days=limits.most_days, pointer="/until")
    approvals = approved(body.approvals, limits.approvals, caller, tx)
    return await override(row, body, approvals, tx, GradeCause.OVERRIDE)


async def override(row: Row, body: NewOverride, approvals: tuple[Approval, ...], tx: Tx, cause: GradeCause) -> OverrideSet:
    """Keep, say and apply an override that was approved."""
    identity, site_id = body.id or new_id(), row["site_id"]
    told = {"id": str(identity), "level": body.level.value, "from": tx.today.isoformat(), "until": body.until.isoformat()}
    tx.say(
        GradeOverridden(
            site_id=site_id,
            party_id=row["party_id"],
            landlord_site_id=row["landlord_site_id"],
            grid_id=row["grid_id"],
            override_id=OverrideId(identity),
            from_=Level(row["level"]),
            to=body.level,
            reason="manual_adjustment",
            approvals=approvals,
            effective_from=tx.today,
            until=body.until,
        )
    )
    await matters.add_override(
        tx,
        {
            "id": identity,
            "site_id": site_id,
            "level": body.level.value,
            "reason": body.reason,
            "file_id": body.file_id,
            "effective_from": tx.today,
            "until": body.until,
            "approvals": to_json(approvals).decode(),
        },
    )
    sequence = next_sequence(Case.of(row), OVERRIDE, "current")
    case = await settle(tx, site_id, identity, Write(site_id, OVERRIDE, "current", sequence, str(identity), told), cause)
    stands = LEVELS[case.course.level or 0]
    return OverrideSet(id=identity, site_id=site_id, level=body.level, effective_from=tx.today, until=body.until, stands=stands)


async def lift_veto(site_id: UUID, rule: str, body: LiftedVeto, caller: Caller, tx: Tx) -> LiftView:
    """Lift a veto: a certified officer, and where the policy asks it a second one."""
    if caller.certificate_no is None:
        raise Forbidden
    row = await seen_site(site_id, caller, tx)
    case = Case.of(row)
    policy = await policy_of(tx, row["policy"])
    known = policy.kinds[row["kind"] or "tenant"].vetoes.by_id.get(rule)
    hazards = case.course.facts.current.get("hazard", {})
    in_force = [veto for veto in (case.course.standing.vetoes if case.course.standing else ()) if veto.rule == rule]
    liftable = [veto for veto in in_force if veto.subject not in hazards and veto.event is not None]
    if known is None or not liftable:
        raise NoSuchVeto
    approvals = approved(body.approvals, known.approvers, caller, tx)
    identity = body.id or new_id()
    kept = {"id": identity, "site_id": site_id, "rule": rule, "reason": body.reason, "file_id": body.file_id}
    await matters.add_lift(tx, kept | {"approvals": to_json(approvals).decode()})
    told = {"events": sorted({veto.event for veto in liftable if veto.event}), "rule": rule}
    settled = await settle(tx, site_id, identity, Write(site_id, LIFT, str(identity), 1, str(identity), told), GradeCause.VETO)
    return LiftView(id=identity, site_id=site_id, rule=rule, level=LEVELS[settled.course.level or 0])
