"""Traffic leaves a slow or failing provider by steps and drifts back: looked at once a minute, by one process at a time."""

import structlog

from services.notify import library
from services.notify.domain.providers import reweigh
from services.notify.office import Office
from services.notify.store import weights as store
from shared.database import Transaction as Tx

log = structlog.get_logger()


async def weigh(office: Office) -> None:
    """Move the shares as the figures say, and let this process know them."""
    kinds = [(kind, sorted(providers)) for kind, providers in office.senders.real.items() if len(providers) > 1]
    await office.station.database.run(lambda tx: store.seed_providers(tx, kinds))
    await office.station.database.run(_move)
    seen, stopped = await office.station.database.run(store.seen_weights, read_only=True)
    office.senders.weights, office.senders.stopped = seen, stopped


async def _move(tx: Tx) -> None:
    rules = (await library.in_force(tx)).book.failover
    weights = await store.lock_weights(tx)
    if not any(len(shares) > 1 for shares in weights.values()):
        return
    figures = await store.figures(tx, rules.window, rules.slow_after)
    for channel, shares in weights.items():
        moved = reweigh(shares, figures.get(channel, ()), rules, tx.now)
        if moved != shares:
            await store.save_weights(tx, channel, moved)
            log.warning("traffic_moved", channel=channel, points={weight.provider: weight.points for weight in moved})
