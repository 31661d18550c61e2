"""Who sees a party or a place, and who may write about it: its people, papers and devices."""

from typing import Final
from uuid import UUID

from services.registry.domain.document import Holder
from services.registry.store.parties import party_seen
from services.registry.store.places import building_seen, compound_seen
from services.registry.store.scope import (
    hand_of,
    kept_buildings,
    kept_compounds,
    kept_parties,
    reach_of,
    seen_buildings,
    seen_compounds,
    seen_parties,
)
from shared.database import Transaction as Tx
from shared.errors import Forbidden, Missing
from shared.web import Caller

_BY_HOLDER: Final = {
    Holder.PARTY: (party_seen, seen_parties, kept_parties),
    Holder.BUILDING: (building_seen, seen_buildings, kept_buildings),
    Holder.COMPOUND: (compound_seen, seen_compounds, kept_compounds),
}
"""How a holder is found, who sees it, and who may write about it."""


async def require_seen(holder: Holder, identity: UUID, caller: Caller, tx: Tx) -> None:
    """Raises Missing for what the caller does not see."""
    find, seen, _ = _BY_HOLDER[holder]
    if await find(tx, identity, seen(await reach_of(caller, tx))) is None:
        raise Missing


async def require_kept(holder: Holder, identity: UUID, caller: Caller, tx: Tx) -> None:
    """Raises Missing for what the caller does not see, and Forbidden for what he sees but does not keep."""
    await require_seen(holder, identity, caller, tx)
    find, _, kept = _BY_HOLDER[holder]
    if await find(tx, identity, kept(await hand_of(caller, tx))) is None:
        raise Forbidden
