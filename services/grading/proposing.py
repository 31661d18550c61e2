"""A decision of two persons begins with one of them: it is kept, and waits until the others have said so themselves."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from services.grading.deciding import approval_of
from services.grading.store import proposals
from services.grading.store.arrays import Row
from services.grading.views.proposals import SHOWN_AS, ProposalKind, ProposalView
from shared.database import Transaction as Tx
from shared.errors import Refused
from shared.web import Caller


class ProposalOpen(Refused):
    """One at a time about one thing."""

    code = "proposal_open"
    status = 409
    zh = "已有同一事项等待第二人确认，请先确认、否决或撤回"
    en = "The same is proposed already and waits for its second person: confirm, decline or withdraw that first"
    members = ("proposal_id",)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one person proposes, and who else has to agree until when."""

    id: UUID
    site_id: UUID
    kind: ProposalKind
    body: dict[str, Any]
    named: list[str]
    needed: int
    expires_on: date
    subject: str = ""


def last_day(tx: Tx, days: int, until: date | None = None) -> date:
    """The last day to confirm: so many days from now, and before the day on which what is proposed would end."""
    limit = tx.today + timedelta(days=days)
    return limit if until is None else min(limit, until - timedelta(days=1))


async def propose(wanted: Proposal, caller: Caller, tx: Tx) -> list[str]:
    """Keep a proposal with its first approval; who has to agree still. Raises ProposalOpen."""
    await proposals.lapse(tx, wanted.site_id)
    if other := await proposals.pending(tx, wanted.site_id, wanted.kind, wanted.subject):
        raise ProposalOpen(proposal_id=other)
    row = {
        "id": wanted.id,
        "site_id": wanted.site_id,
        "kind": wanted.kind.value,
        "subject": wanted.subject,
        "body": to_json(wanted.body).decode(),
        "needed": wanted.needed,
        "named": to_json(wanted.named).decode(),
        "approvals": to_json([approval_of(caller, tx)]).decode(),
        "proposed_by": caller.subject,
        "expires_on": wanted.expires_on,
    }
    await proposals.add(tx, row)
    return [account for account in wanted.named if account != caller.subject]


async def lapse(tx: Tx) -> None:
    """What nobody has confirmed in time waits no longer."""
    await proposals.lapse(tx)


def shown(row: Row) -> ProposalView:
    """A proposal as its readers see it."""
    approvals, named = from_json(row["approvals"]), from_json(row["named"])
    plain = set(ProposalView.model_fields) - {"shown_as", "proposed", "named", "approvals", "waiting_for"}
    known: dict[str, Any] = {name: row[name] for name in plain}
    agreed = {approval["by"] for approval in approvals}
    return ProposalView(
        **known,
        shown_as=SHOWN_AS[ProposalKind(row["kind"])],
        proposed=from_json(row["body"]),
        named=named,
        approvals=approvals,
        waiting_for=[account for account in named if account not in agreed] if row["state"] == "pending" else [],
    )
