"""The end of a lease as everybody hears it, with everything that was let on under it; who ends it settles the neighbours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.registry.actions.cards import lease_card
from services.registry.actions.reviewing import enter
from services.registry.domain.admission import AdmissionState
from services.registry.domain.lease import HOLDING, RUNNING
from services.registry.store.admission import decide_change, open_change, take_step
from services.registry.store.history import remember
from services.registry.store.leases import chain_down, release, running_leases_of
from services.registry.store.rows import Row, change
from services.registry.store.settling import lock_neighbourhood
from services.registry.tables_leases import leases
from shared.contracts.registry import LeaseChanged, LeaseEnded
from shared.contracts.vocabulary import LeaseEndReason, LeaseState
from shared.database import Transaction as Tx

ENDS: Final[Mapping[LeaseEndReason, LeaseState]] = {
    LeaseEndReason.EXPIRED: LeaseState.EXPIRED,
    LeaseEndReason.TERMINATED: LeaseState.TERMINATED,
    LeaseEndReason.VACATED: LeaseState.VACATED,
    LeaseEndReason.REPLACED: LeaseState.TERMINATED,
}
_BELOW: Final = "parent_over"


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a lease ends, on which day, and who says so."""

    reason: LeaseEndReason
    day: date
    by: str
    note: str | None = None


async def end(tx: Tx, lease: Row, ending: Ending) -> Row:
    """End a lease, give its rooms back, and end what was let on under it: nobody lets what he no longer rents.

    The compound is locked first, so that a sublet that begins meanwhile is seen here, or sees that its parent is over.
    """
    await lock_neighbourhood(tx, [lease["building_id"]])
    below = [row for row in await chain_down(tx, lease["id"], lock=True) if row["state"] in HOLDING]
    row = await _end(tx, lease, ending)
    for sublet in below:
        if sublet["state"] in RUNNING:
            await _end(tx, sublet, Ending(_reason_below(ending.reason), ending.day, ending.by, _BELOW))
        else:
            await withdraw(tx, sublet["id"], ending.by, _BELOW)
    return row


def _reason_below(reason: LeaseEndReason) -> LeaseEndReason:
    """A sublet expires with its parent, and is otherwise terminated: whether its tenant has left is another question."""
    return reason if reason is LeaseEndReason.EXPIRED else LeaseEndReason.TERMINATED


async def _end(tx: Tx, lease: Row, ending: Ending) -> Row:
    if (asked := await open_change(tx, lease["id"])) is not None:
        await decide_change(tx, asked["id"], "void")
    ended = {
        "state": ENDS[ending.reason],
        "step": AdmissionState.EXIT,
        "ended_on": ending.day,
        "end_reason": ending.reason,
    }
    row = await change(tx, leases, lease["id"], ended)
    await release(tx, [lease["id"]])
    await enter(row, ending.by, tx, ending.note)
    tx.say(LeaseEnded(**lease_card(row), reason=ending.reason, ended_on=ending.day), sequence=row["version"])
    return row


async def end_all(tx: Tx, site: Row, day: date, by: str) -> None:
    """End every lease under which the party of a site still rents in its building."""
    for lease in await running_leases_of(tx, site["building_id"], site["party_id"]):
        await end(tx, lease, Ending(LeaseEndReason.VACATED, day, by))


async def withdraw(tx: Tx, identity: UUID, by: str, reason: str | None) -> Row:
    """Take a lease out of the gate."""
    row = await change(tx, leases, identity, {"state": LeaseState.WITHDRAWN, "step": AdmissionState.WITHDRAWN, "due": None})
    await release(tx, [identity])
    await take_step(tx, row, by, reason)
    await remember(tx, "lease", by, row)
    tx.say(LeaseChanged(**lease_card(row), changed=("state",)), sequence=row["version"])
    return row
