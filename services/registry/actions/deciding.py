"""How a review ends: approved, approved with conditions, or not; and the conditions that must be met before anyone moves in."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from services.registry.actions.cards import lease_card
from services.registry.actions.lease_views import shown_lease
from services.registry.actions.leases import known_lease
from services.registry.actions.reviewing import enter, held_checks, require_speaks_for
from services.registry.domain.admission import AdmissionState, ConditionsOpen, ProofMissing, Verdict
from services.registry.store.admission import add_conditions, conditions_of, meet_condition
from services.registry.store.audit import Deed, record
from services.registry.store.leases import release
from services.registry.store.rows import Row, change
from services.registry.tables_leases import leases
from services.registry.views.leases import ConditionMet, LeaseView
from shared.contracts.registry import AdmissionDecided
from shared.contracts.vocabulary import AdmissionDecision, LeaseState, RuleRef
from shared.database import Transaction as Tx
from shared.errors import Missing
from shared.identifiers import new_id
from shared.web import Caller

_STATES: Final = {
    AdmissionDecision.APPROVED: LeaseState.APPROVED,
    AdmissionDecision.APPROVED_WITH_CONDITIONS: LeaseState.APPROVED,
    AdmissionDecision.REJECTED: LeaseState.REJECTED,
}


async def decide(lease: Row, reached: AdmissionState, opinions: Sequence[Row], by: str, tx: Tx) -> Row:
    """End the review as the opinions say; a rejection gives the rooms back."""
    decision = AdmissionDecision(reached.value)
    row = await change(tx, leases, lease["id"], {"state": _STATES[decision], "step": reached, "due": None})
    if decision is AdmissionDecision.REJECTED:
        await release(tx, [lease["id"]])
    await keep_conditions(row, opinions, tx)
    await enter(row, by, tx)
    asking = [found["department"] for found in opinions if found["verdict"] == Verdict.APPROVE_WITH_CONDITIONS]
    conditions = tuple(RuleRef(rule=f"opinion.{department}") for department in asking)
    said: dict[str, Any] = {
        "decision": decision,
        "checks": await held_checks(row, tx),
        "conditions": conditions,
        "decided_on": tx.today,
    }
    tx.say(AdmissionDecided(**lease_card(row), **said), sequence=row["version"])
    return row


async def keep_conditions(lease: Row, opinions: Sequence[Row], tx: Tx) -> None:
    """Every condition of every department, to be met one by one."""
    blank = {"lease_id": lease["id"], "round": lease["round"], "met_on": None, "met_by": None, "file_id": None}
    rows = [
        {**blank, "id": new_id(), "department": found["department"], "condition": text}
        for found in opinions
        if found["verdict"] == Verdict.APPROVE_WITH_CONDITIONS
        for text in found["conditions"]
    ]
    await add_conditions(tx, rows)


async def settle_condition(identity: UUID, condition_id: UUID, body: ConditionMet, caller: Caller, tx: Tx) -> LeaseView:
    """The department that asked for it, or the bureau, finds a condition met, and says by what."""
    lease = await known_lease(identity, caller, tx, lock=True)
    asked = {row["id"]: row["department"] for row in await conditions_of(tx, identity, lease["round"])}
    if condition_id not in asked:
        raise Missing
    require_speaks_for(caller, asked[condition_id])
    if body.file_id is None and body.note is None:
        raise ProofMissing(pointer="/file_id")
    values = {"met_on": body.met_on or tx.today, "met_by": caller.subject, "file_id": body.file_id}
    await meet_condition(tx, identity, condition_id, values)
    await record(tx, caller, Deed("condition_met", "lease", identity, f"{asked[condition_id]}:{condition_id}"))
    row = await change(tx, leases, lease["id"], {})
    await enter(row, caller.subject, tx, body.note)
    return await shown_lease(row, caller, tx)


async def require_conditions_met(lease: Row, tx: Tx) -> None:
    """Refuse while a condition of the approval is open."""
    missing = sum(row["met_on"] is None for row in await conditions_of(tx, lease["id"], lease["round"]))
    if missing:
        raise ConditionsOpen(count=missing)
