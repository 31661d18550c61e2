"""What cannot wait leaves with its plan: claimed in the transaction that stores it, called as soon as that has committed.

A worker would have to be woken first, and to claim in a transaction of its own what this one has just written. Whatever does
not leave (its provider is shut, its hour is quiet, too much is under way) is stored as due, and the worker of its lane finds it
there; whatever has left and died on the way stands there with its lease, as any other attempt.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncEngine

from services.notify import allowances, library
from services.notify.claiming import Claim, Claimed, Planned, claim_planned
from services.notify.senders import Senders
from shared.database import Transaction as Tx


@dataclass(frozen=True, slots=True)
class Gate:
    """Where one process lets them out: what may leave now, with which channels, and who carries it once it is stored."""

    wanted: Callable[[], Claim | None]
    senders: Callable[[], Senders]
    carry: Callable[[Claimed, float], None]


_GATES: "WeakKeyDictionary[AsyncEngine, Gate]" = WeakKeyDictionary()


@contextmanager
def gate_open(engine: AsyncEngine, gate: Gate) -> Iterator[None]:
    """While the service lives, plans that are stored over this engine leave by this gate."""
    _GATES[engine] = gate
    try:
        yield
    finally:
        _GATES.pop(engine, None)


@dataclass(frozen=True, slots=True)
class Departure:
    """Attempts that stand in the rows of a plan, until it is known which of them were not planned before."""

    gate: Gate
    claimed: Claimed
    began: float

    async def leave(self, tx: Tx, fresh: Collection[UUID]) -> set[UUID]:
        """Count what is counted, and let them go with the commit; the dispatches that go."""
        errands = [errand for errand in self.claimed.errands if errand.row["notice_id"] in fresh]
        if not errands:
            return set()
        rows = [errand.row for errand in errands]
        await allowances.count(tx, rows)
        gone = {errand.id for errand in errands}
        exhausted = await allowances.exhausted(tx, rows)
        leaving = replace(self.claimed, errands=errands, exhausted=exhausted, alone=self.claimed.alone & gone)
        tx.then(lambda: self.gate.carry(leaving, self.began))
        return gone


async def board(tx: Tx, planned: Sequence[Planned]) -> Departure | None:
    """Turn those dispatches that may leave at once into attempts, in their rows; None where nothing leaves."""
    gate = _GATES.get(tx.connection.engine)
    wanted = gate.wanted() if gate and planned else None
    if gate is None or wanted is None:
        return None
    began = time.monotonic()
    claimed = claim_planned(await library.in_force(tx), wanted, gate.senders(), planned, tx.now)
    return Departure(gate, claimed, began) if claimed.errands else None
