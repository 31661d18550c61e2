"""Ledgers that are waiting or were left behind by a killed process are taken to their end; old uploads are forgotten."""

from datetime import timedelta

import structlog

from services.registry.actions.taking import take_rows
from services.registry.ledger import store
from services.registry.ledger.limits import ledger_limits
from services.registry.ledger.running import ClaimLost, ImportRun, TakeRows
from services.registry.vault import Vault, vault_at
from shared.database import Transaction as Tx
from shared.service import Station, every

log = structlog.get_logger()

_ONE_HOUR = 3600


def taker(vault: Vault) -> TakeRows:
    """How rows are taken: set by set, each row found again by its business key."""
    return lambda rows, tx: take_rows(rows, vault, tx)


@every(seconds=5, bell="ledgers")
async def take_ledgers(station: Station) -> bool:
    """Take the oldest ledger that nobody works on; true when there was one."""
    claimed = await station.database.run(store.claim_next)
    if claimed is None:
        return False
    vault = vault_at(station.settings, station.data)
    try:
        await ImportRun(*claimed, station.database, vault, taker(vault)).to_the_end()
    except ClaimLost:
        log.info("ledger_claim_lost", import_id=str(claimed[0]))
    return True


@every(seconds=_ONE_HOUR)
async def forget_uploads(station: Station) -> bool:
    """Drop uploads that were kept long enough: they are full of names and numbers of people."""
    await station.database.run(_forget)
    return False


async def _forget(tx: Tx) -> None:
    await store.forget_files(tx, timedelta(days=ledger_limits().upload_kept_days))
