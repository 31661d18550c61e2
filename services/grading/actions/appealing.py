"""申诉: a party disputes a level within five working days; within ten it is decided, and the level stands meanwhile."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from services.grading.actions.overriding import Setting, override, require_end
from services.grading.deciding import approval_of, named_by, told_by
from services.grading.proposing import Proposal, ProposalOpen, last_day, propose
from services.grading.rulings import policy_of, working_days
from services.grading.scope import bounds, require_open, seen_site
from services.grading.store import history, matters
from services.grading.store.arrays import Row
from services.grading.views.matters import AppealVerdict, AppealView, NewAppeal
from services.grading.views.proposals import ProposalKind
from shared.contracts.grading import AppealDecided, AppealFiled
from shared.contracts.vocabulary import AppealDecision, AppealId, Approval, GradeCause, Level
from shared.database import Transaction as Tx
from shared.errors import Forbidden, Missing, Refused
from shared.identifiers import new_id
from shared.web import Caller, Page
from shared.web.paging import PageRequest


class AppealTooLate(Refused):
    """The days to file are over."""

    code = "appeal_too_late"
    zh = "申诉期已过：应在{since}调级后{days}个工作日内提出"
    en = "Too late: an appeal is filed within {days} working days after the change of {since}"


class AppealOpen(Refused):
    """One appeal at a time."""

    code = "appeal_open"
    status = 409
    zh = "该场所已有申诉正在处理"
    en = "An appeal about this site is open already"


class AppealClosed(Refused):
    """It was decided before."""

    code = "appeal_closed"
    status = 409
    zh = "该申诉已经办结"
    en = "This appeal was decided before"


async def file_appeal(body: NewAppeal, caller: Caller, tx: Tx) -> AppealView:
    """Dispute the level of one's own site."""
    row = await seen_site(body.site_id, caller, tx)
    if row["party_id"] not in caller.parties:
        raise Forbidden
    require_open(row)
    rules = (await policy_of(tx, row["policy"])).document.movement.appeal
    since: date = row["level_since"]
    if tx.today.toordinal() > working_days(since.toordinal(), rules.file_working_days):
        raise AppealTooLate(since=since.isoformat(), days=rules.file_working_days)
    identity = body.id or new_id()
    due = date.fromordinal(working_days(tx.today.toordinal(), rules.decide_working_days))
    filed = {
        "id": identity,
        "site_id": body.site_id,
        "party_id": row["party_id"],
        "level": row["level"],
        "revision": row["revision"],
        "rules": to_json(body.rules).decode(),
        "reason": body.reason,
        "file_ids": to_json([str(file) for file in body.file_ids]).decode(),
        "filed_by": caller.subject,
        "filed_on": tx.today,
        "due": due,
    }
    if not await matters.add_appeal(tx, filed):
        raise AppealOpen
    tx.say(
        AppealFiled(
            **_graded(row),
            appeal_id=AppealId(identity),
            level=Level(row["level"]),
            disputed_revision=row["revision"],
            disputed_rules=tuple(body.rules),
            filed_on=tx.today,
            due=due,
        )
    )
    return _view(filed | {"state": "open"}, tx.today)


async def decide_appeal(appeal_id: UUID, body: AppealVerdict, caller: Caller, tx: Tx) -> AppealView:
    """End an appeal; a verdict that sets a level waits for its second person where the policy asks him to sign in."""
    appeal = await _open(appeal_id, tx)
    if appeal["proposal_id"] is not None:
        raise ProposalOpen(proposal_id=appeal["proposal_id"])
    row = await seen_site(appeal["site_id"], caller, tx)
    if body.level is not None and body.decision in {AppealDecision.UPHELD, AppealDecision.PARTLY_UPHELD}:
        proposal = await _set(row, appeal_id, body, caller, tx)
        if proposal is not None:
            return _view(dict(appeal) | {"proposal_id": proposal}, tx.today)
    else:
        await _end(row, appeal_id, body, (approval_of(caller, tx),), tx)
    return _view(await matters.appeal(tx, appeal_id) or appeal, tx.today)


async def _open(appeal_id: UUID, tx: Tx) -> Row:
    appeal = await matters.appeal(tx, appeal_id)
    if appeal is None:
        raise Missing
    if appeal["state"] != "open":
        raise AppealClosed
    return appeal


async def _set(row: Row, appeal_id: UUID, body: AppealVerdict, caller: Caller, tx: Tx) -> UUID | None:
    """Set the level and end the appeal; or the proposal to do so, which waits for its second person."""
    assert body.until is not None  # noqa: S101 - the view checks that they come together
    limits = (await policy_of(tx, row["policy"])).document.movement.override
    require_end(body.until, limits.most_days, tx)
    wanted = Proposal(
        id=new_id(),
        site_id=row["site_id"],
        kind=ProposalKind.VERDICT,
        subject=str(appeal_id),
        body=body.model_dump(mode="json", exclude={"approvals"}),
        named=named_by(body.approvals, limits.approvals, caller),
        needed=limits.approvals,
        expires_on=last_day(tx, limits.confirm_days, body.until),
    )
    if limits.second_signs_in:
        await propose(wanted, caller, tx)
        return wanted.id
    approvals = told_by(body.approvals, wanted.named, caller, tx)
    await override(row, _setting(wanted.id, body), approvals, tx, GradeCause.APPEAL)
    await _end(row, appeal_id, body, approvals, tx, set_by=wanted.id)
    return None


def _setting(identity: UUID, body: AppealVerdict) -> Setting:
    return Setting(identity=identity, **body.model_dump(include={"level", "until", "reason", "file_id"}))


async def give_verdict(held: Row, approvals: tuple[Approval, ...], caller: Caller, tx: Tx) -> None:
    """Enough persons have confirmed it: the level is set and the appeal ends."""
    await _open(UUID(held["subject"]), tx)
    row = await seen_site(held["site_id"], caller, tx)
    body = AppealVerdict(**from_json(held["body"]))
    wanted = _setting(held["id"], body)
    require_end(wanted.until, (await policy_of(tx, row["policy"])).document.movement.override.most_days, tx)
    await override(row, wanted, approvals, tx, GradeCause.APPEAL)
    await _end(row, UUID(held["subject"]), body, approvals, tx, set_by=held["id"])


async def _end(  # noqa: PLR0913 - what is kept, and what it is kept of
    row: Row, appeal_id: UUID, body: AppealVerdict, approvals: tuple[Approval, ...], tx: Tx, *, set_by: UUID | None = None
) -> None:
    verdict = {"id": appeal_id, "decision": body.decision.value, "reason": body.reason, "override_id": set_by}
    await matters.decide_appeal(tx, verdict | {"approvals": to_json(approvals).decode()})
    after = await history.site(tx, row["site_id"]) or row
    tx.say(
        AppealDecided(
            **_graded(row),
            appeal_id=AppealId(appeal_id),
            decision=body.decision,
            level=Level(after["level"]),
            approvals=approvals,
            decided_on=tx.today,
        ),
        sequence=2,
    )


async def list_appeals(state: str | None, site: UUID | None, paging: PageRequest, caller: Caller, tx: Tx) -> Page[AppealView]:
    """Appeals that the caller may see, those that are late marked."""
    after = UUID(paging.after) if paging.after else None
    rows: Sequence[Row] = await matters.appeals(tx, bounds(caller), state=state, site=site, page=(after, paging.limit + 1))
    return Page[AppealView].of([_view(row, tx.today) for row in rows], paging, key=lambda appeal: appeal.id)


def _graded(row: Row) -> dict[str, Any]:
    return {
        "site_id": row["site_id"],
        "kind": row["kind"],
        "party_id": row["party_id"],
        "landlord_site_id": row["landlord_site_id"],
        "grid_id": row["grid_id"],
    }


def _view(row: Row, today: date) -> AppealView:
    plain = set(AppealView.model_fields) - {"rules", "file_ids", "is_late"}
    known: dict[str, Any] = {key: row.get(key) for key in plain}
    return AppealView(
        **known,
        rules=from_json(row["rules"]),
        file_ids=from_json(row["file_ids"]),
        is_late=row["state"] == "open" and row["due"] < today,
    )
