"""Once in a while: weights of providers, receipts that are fetched, proofs that are anchored, subscribers that are dead."""

from datetime import timedelta

from services.notify import anchoring, collecting, following, weighing
from services.notify.office import office_of
from services.notify.relations import CONTACTS_BELL
from services.notify.store import allowances, subscriptions, verifications
from shared.service import Station, every

_KEPT = timedelta(days=30)
_ONCE_A_DAY = 86_400


@every(seconds=60)
async def weigh_providers(station: Station) -> bool:
    """Traffic leaves a slow or failing provider, and drifts back."""
    await weighing.weigh(office_of(station))
    return False


@every(seconds=30)
async def collect_receipts(station: Station) -> bool:
    """Providers that do not call back are asked for receipts."""
    return await collecting.collect(office_of(station))


@every(seconds=_ONCE_A_DAY, bell=CONTACTS_BELL)
async def forget_addresses(station: Station) -> bool:
    """Somebody has another number, in this process or another: whoever is told from now on is told at the new one."""
    office_of(station).addresses.forget()
    return False


@every(seconds=600)
async def anchor_proofs(station: Station) -> bool:
    """Everything that was proven since the last anchor goes into the next one."""
    return await anchoring.anchor(office_of(station))


@every(seconds=300)
async def pause_dead_subscribers(station: Station) -> bool:
    """Who has failed for long is paused and told."""
    await station.database.run(following.pause_dead)
    return False


@every(seconds=3600)
async def forget_what_is_over(station: Station) -> bool:
    """Bodies of events that were posted long ago, codes that verified a mobile or did not, and counts of days that are over."""
    async with station.database.transaction() as tx:
        await subscriptions.forget_letters(tx, tx.now - _KEPT)
        await verifications.forget(tx, tx.now - _KEPT)
        await allowances.forget_days(tx, (tx.today - timedelta(days=2)).isoformat())
    return False
