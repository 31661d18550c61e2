"""Moving out: a final check that nothing dangerous stays, and the end of the site where no lease is left."""

from services.registry.actions.clearing import file_final_check, require_cleared
from services.registry.actions.sites import close
from services.registry.store.leases import has_running_lease
from services.registry.store.rows import Row, get
from services.registry.tables import sites
from services.registry.views.leases import LeaseEnding
from services.registry.views.sites import SiteClosing
from shared.contracts.vocabulary import SiteClosingReason
from shared.database import Transaction as Tx
from shared.web import Caller


async def leave(lease: Row, body: LeaseEnding, caller: Caller, tx: Tx) -> None:
    """File the final check; close the tenant's site where nothing keeps it there any more."""
    if lease["site_id"] is None:
        return
    await require_cleared(lease["site_id"], body.final_check, tx)
    await file_final_check([lease["id"]], body.final_check, caller.subject, tx)
    site = await get(tx, sites, lease["site_id"])
    if site["is_open"] and not await has_running_lease(tx, site["party_id"], site["building_id"]):
        await close(tx, site["id"], SiteClosing(reason=SiteClosingReason.MOVED_OUT, closed_on=body.ended_on), caller.subject)
