"""Providers: their shares of the traffic, and stopping one by hand."""

from services.notify.store import weights as store
from services.notify.views.publishing import ProviderChange, ProviderView
from shared.database import Transaction as Tx
from shared.errors import Missing


async def list_providers(tx: Tx) -> list[ProviderView]:
    """Every provider of a channel that has more than one."""
    return [ProviderView(**row) for row in await store.all_providers(tx)]


async def change_provider(channel: str, provider: str, body: ProviderChange, tx: Tx) -> ProviderView:
    """Traffic drifts to the new share; a stopped provider is not called within a minute."""
    stopped = tx.now if body.stopped else None
    row = await store.change_provider(tx, channel, provider, resting=body.resting, stopped=stopped, reason=body.reason)
    if row is None:
        raise Missing
    return ProviderView(**row)
