"""The second person: sees what is proposed, and agrees or not by a request of his own; the first may take it back."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

from pydantic_core import from_json, to_json

from services.grading.actions.appealing import give_verdict
from services.grading.actions.overriding import carry_out_lift, carry_out_override
from services.grading.deciding import approval_of
from services.grading.proposing import shown
from services.grading.store import proposals
from services.grading.store.arrays import Row
from services.grading.views.proposals import ProposalKind, ProposalState, ProposalView, Refusal, Withdrawal
from shared.contracts.vocabulary import Approval
from shared.database import Transaction as Tx
from shared.errors import Forbidden, Missing, Refused
from shared.web import Caller, Page
from shared.web.paging import PageRequest


class ProposalClosed(Refused):
    """It waits no longer."""

    code = "proposal_closed"
    status = 409
    zh = "该事项已办结、否决、撤回或过期"
    en = "It is effective, declined, withdrawn or expired already"


class AnotherPersonNeeded(Refused):
    """Nobody agrees twice: the second person is another one."""

    code = "another_person_needed"
    status = 409
    zh = "须由另一人确认，您已经同意过"
    en = "Another person has to confirm: you have agreed already"


class NotAsked(Forbidden):
    """Only those who are named in the request are asked."""

    code = "not_asked"
    zh = "该事项没有指定由您确认"
    en = "You are not among those who are asked to confirm this"


class NotYours(Forbidden):
    """Only who proposed may take it back."""

    code = "not_your_proposal"
    zh = "只有提出人可以撤回"
    en = "Only who proposed it may withdraw it"


_EFFECTS: Final[Mapping[ProposalKind, Callable[[Row, tuple[Approval, ...], Caller, Tx], Awaitable[None]]]] = {
    ProposalKind.OVERRIDE: carry_out_override,
    ProposalKind.LIFT: carry_out_lift,
    ProposalKind.VERDICT: give_verdict,
}


async def confirm(identity: UUID, caller: Caller, tx: Tx) -> ProposalView:
    """Agree; with the last person who is needed it takes effect, by the rules as they stand then."""
    row = await _asked(identity, caller, tx)
    if row["kind"] == ProposalKind.LIFT and not (caller.has("enforcer") and caller.certificate_no):
        raise Forbidden
    approvals = (*map(Approval.model_validate, from_json(row["approvals"])), approval_of(caller, tx))
    await proposals.agree(tx, identity, to_json(approvals).decode())
    if len(approvals) >= row["needed"]:
        await _EFFECTS[ProposalKind(row["kind"])](row, approvals, caller, tx)
        await proposals.end(tx, identity, ProposalState.EFFECTIVE, caller.subject)
    return await proposal(identity, caller, tx)


async def decline(identity: UUID, body: Refusal, caller: Caller, tx: Tx) -> ProposalView:
    """Do not agree: it is over."""
    await _asked(identity, caller, tx)
    await proposals.end(tx, identity, ProposalState.DECLINED, caller.subject, body.reason)
    return await proposal(identity, caller, tx)


async def withdraw(identity: UUID, body: Withdrawal, caller: Caller, tx: Tx) -> ProposalView:
    """Take back what one has proposed and nobody has confirmed."""
    row = await _pending(identity, tx)
    if row["proposed_by"] != caller.subject:
        raise NotYours
    await proposals.end(tx, identity, ProposalState.WITHDRAWN, caller.subject, body.reason)
    return await proposal(identity, caller, tx)


async def proposal(identity: UUID, _caller: Caller, tx: Tx) -> ProposalView:
    """One of them. Raises Missing."""
    row = await proposals.one(tx, identity)
    if row is None:
        raise Missing
    return shown(row)


async def list_proposals(
    state: ProposalState | None, site: UUID | None, paging: PageRequest, _caller: Caller, tx: Tx
) -> Page[ProposalView]:
    """All of them, of one state or site where that is asked."""
    after = UUID(paging.after) if paging.after else None
    rows = await proposals.page(tx, state=state, site=site, after=after, limit=paging.limit + 1)
    return Page[ProposalView].of([shown(row) for row in rows], paging, key=lambda view: view.id)


async def _asked(identity: UUID, caller: Caller, tx: Tx) -> Row:
    row = await _pending(identity, tx)
    if caller.subject in {approval["by"] for approval in from_json(row["approvals"])}:
        raise AnotherPersonNeeded
    if caller.subject not in from_json(row["named"]):
        raise NotAsked
    return row


async def _pending(identity: UUID, tx: Tx) -> Row:
    row = await proposals.one(tx, identity, lock=True)
    if row is None:
        raise Missing
    if row["state"] != ProposalState.PENDING:
        raise ProposalClosed
    return row
