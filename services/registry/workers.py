"""The registry's loops that follow the clock, and keep the map's sums fresh."""

from services.registry.actions.confirming import tell_unconfirmed
from services.registry.actions.passing import advance_leases as advance
from services.registry.actions.resealing import reseal
from services.registry.actions.settling import MAP
from services.registry.store.map import is_stale, refresh
from services.registry.vault import vault_at
from shared.database import Transaction as Tx
from shared.service import Station, every

_MINUTE, _HOUR = 60, 3_600


@every(seconds=_MINUTE, bell="leases")
async def advance_leases(station: Station) -> bool:
    """Leases expire, agreements run out and forgotten drafts are withdrawn, each on its day."""
    return await station.database.run(advance)


@every(seconds=_MINUTE)
async def tell_unconfirmed_sites(station: Station) -> bool:
    """Who has not confirmed the ledger in time has a finding from that day on."""
    return await station.database.run(tell_unconfirmed)


@every(seconds=10, bell=MAP)
async def refresh_map(station: Station) -> bool:
    """Sum the sites up anew when they changed."""
    if await station.database.run(is_stale, read_only=True):
        await station.database.run(_refresh)
    return False


async def _refresh(tx: Tx) -> None:
    await refresh(tx)


@every(seconds=_HOUR)
async def reseal_numbers(station: Station) -> bool:
    """After a new key was set, every personal number is sealed under it, some at a time."""
    vault = vault_at(station.settings, station.data)
    return await station.database.run(lambda tx: reseal(vault, tx))
