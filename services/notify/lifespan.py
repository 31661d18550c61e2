"""The life of the service: what its office has opened, and the gate by which alarms leave with their plan."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.notify.claiming import Claim, Claimed
from services.notify.departures import Gate, gate_open
from services.notify.domain.telling import Lane
from services.notify.office import keeping, office_of
from services.notify.sending import round_of, wanted
from shared.service import Station


@asynccontextmanager
async def alive(station: Station) -> AsyncIterator[None]:
    """While the service lives, its office can be opened and alarms leave with their plan."""
    async with keeping(station):
        with gate_open(station.database.engine, gate_of(station)):
            yield


def gate_of(station: Station) -> Gate:
    """Where alarms leave, while their providers have calls left."""

    def may_leave() -> Claim | None:
        try:
            office = office_of(station)
        except Exception:  # noqa: BLE001 - a worker fails of the same and tells; the plan is stored all the same
            return None
        return wanted(office, Lane.ALARM)

    def carry(claimed: Claimed, began: float) -> None:
        office = office_of(station)
        office.rounds[Lane.ALARM].depart(round_of(office, Lane.ALARM, claimed, began))

    return Gate(may_leave, lambda: office_of(station).senders, carry)
