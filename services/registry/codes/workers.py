"""Codes keep up with the ledger: every open site and building has one, and no closed site keeps its own."""

from services.registry.actions.settling import MAP
from services.registry.codes import store
from services.registry.codes.actions import issue_codes
from services.registry.codes.views import holder_ids
from shared.contracts.registry import CodeVoided
from shared.contracts.vocabulary import CodeHolder, CodeVoidReason
from shared.database import Transaction as Tx
from shared.service import Station, every

_AT_ONCE = 500
_BY = "registry"


@every(seconds=30, bell=MAP)
async def keep_codes(station: Station) -> bool:
    """Issue what is missing, void what was closed; true while there may be more."""
    return await station.database.run(_keep)


async def _keep(tx: Tx) -> bool:
    for row in await store.void_codes_of_closed_sites(tx, _BY):
        card = {"code": row["code"], "holder": row["holder"], **holder_ids(row["holder"], row["holder_id"])}
        tx.say(CodeVoided(**card, reason=CodeVoidReason.HOLDER_CLOSED), sequence=row["version"])
    lacking = [(CodeHolder(row["holder"]), row["id"]) for row in await store.holders_without_code(tx, _AT_ONCE)]
    await issue_codes(tx, lacking, _BY)
    return len(lacking) >= _AT_ONCE
