"""The end of a lease as everybody hears it; who ends it settles the neighbours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.registry.actions.cards import lease_card
from services.registry.actions.reviewing import enter
from services.registry.domain.admission import AdmissionState
from services.registry.store.leases import release, running_leases_of
from services.registry.store.rows import Row, change
from services.registry.tables_leases import leases
from shared.contracts.registry import LeaseEnded
from shared.contracts.vocabulary import LeaseEndReason, LeaseState
from shared.database import Transaction as Tx

ENDS: Final[Mapping[LeaseEndReason, LeaseState]] = {
    LeaseEndReason.EXPIRED: LeaseState.EXPIRED,
    LeaseEndReason.TERMINATED: LeaseState.TERMINATED,
    LeaseEndReason.VACATED: LeaseState.VACATED,
    LeaseEndReason.REPLACED: LeaseState.TERMINATED,
}


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a lease ends, on which day, and who says so."""

    reason: LeaseEndReason
    day: date
    by: str
    note: str | None = None


async def end(tx: Tx, lease: Row, ending: Ending) -> Row:
    """End a lease and give its rooms back."""
    state = ENDS[ending.reason]
    ended = {"state": state, "step": AdmissionState.EXIT, "ended_on": ending.day, "end_reason": ending.reason}
    row = await change(tx, leases, lease["id"], ended)
    await release(tx, [lease["id"]])
    await enter(row, ending.by, tx, ending.note)
    tx.say(LeaseEnded(**lease_card(row), reason=ending.reason, ended_on=ending.day), sequence=row["version"])
    return row


async def end_all(tx: Tx, site: Row, day: date, by: str) -> None:
    """End every lease under which the party of a site still rents in its building."""
    for lease in await running_leases_of(tx, site["building_id"], site["party_id"]):
        await end(tx, lease, Ending(LeaseEndReason.VACATED, day, by))
