"""What time alone does to leases: expiring, expired, agreements run out, drafts forgotten."""

from typing import Final

from services.registry.actions.cards import lease_card
from services.registry.actions.ending import Ending, end, withdraw
from services.registry.actions.reviewing import enter
from services.registry.actions.settling import settle
from services.registry.domain.lease import RUNNING, Term, state_by_date
from services.registry.rulebook import limits
from services.registry.store.leases import agreements_run_out, forgotten_drafts, running_out
from services.registry.store.rows import Row, change, get
from services.registry.tables_leases import leases
from shared.contracts.registry import LeaseChanged, LeaseExpiring
from shared.contracts.vocabulary import AgreementState, LeaseEndReason, LeaseState
from shared.database import Transaction as Tx

BY: Final = "registry"
_AT_ONCE: Final = 100


async def advance_leases(tx: Tx) -> bool:
    """Bring some leases to where today puts them; whether more may be waiting."""
    within = limits().lease_expiring_within
    moved = 0
    for lease in await running_out(tx, tx.today + within, tx.today, _AT_ONCE):
        state = state_by_date(LeaseState(lease["state"]), Term(lease["start"], lease["end"]), tx.today, within)
        moved += await _move(lease, state, tx)
    for lease in await agreements_run_out(tx, tx.today, _AT_ONCE):
        moved += await _agreement_over(lease, tx)
    for identity in await forgotten_drafts(tx, tx.now - limits().lease_draft_kept, _AT_ONCE):
        await withdraw(tx, identity, BY, "draft_forgotten")
        moved += 1
    return moved >= _AT_ONCE


async def _move(lease: Row, state: LeaseState, tx: Tx) -> int:
    if state is LeaseState.EXPIRING and lease["state"] == LeaseState.ACTIVE:
        row = await change(tx, leases, lease["id"], {"state": state})
        await enter(row, BY, tx)
        tx.say(LeaseExpiring(**lease_card(row), days_left=(row["end"] - tx.today).days), sequence=row["version"])
        return 1
    if state is not LeaseState.EXPIRED or (await get(tx, leases, lease["id"]))["state"] not in RUNNING:
        return 0  # nothing to do, or the lease above has taken it along in this very turn
    await end(tx, lease, Ending(LeaseEndReason.EXPIRED, lease["end"], BY))
    await settle(tx, [lease["building_id"]], by=BY)
    return 1


async def _agreement_over(lease: Row, tx: Tx) -> int:
    row = await change(tx, leases, lease["id"], {"agreement": AgreementState.EXPIRED})
    await enter(row, BY, tx)
    tx.say(LeaseChanged(**lease_card(row), changed=("agreement",)), sequence=row["version"])
    await settle(tx, [row["building_id"]], by=BY)
    return 1
