"""Moving out: a final check that nothing dangerous stays, and the end of the site where no lease is left."""

from services.registry.actions.sites import close
from services.registry.domain.facts import UNKNOWN
from services.registry.domain.lease import DocumentKind, ReviewResult
from services.registry.store.admission import file_document
from services.registry.store.facts import facts_of
from services.registry.store.leases import has_running_lease
from services.registry.store.rows import Row, get
from services.registry.tables import sites
from services.registry.views.leases import LeaseEnding
from services.registry.views.sites import SiteClosing
from shared.contracts.vocabulary import SiteClosingReason
from shared.database import Transaction as Tx
from shared.errors import Refused
from shared.identifiers import new_id
from shared.web import Caller

_DANGEROUS = ("hazchem", "hazwaste", "hazchem_above_store_limit")


class FinalCheckMissing(Refused):
    """Where chemicals were, somebody looks before the tenant is gone."""

    code = "final_check_missing"
    zh = "该场所登记有危险化学品或危险废物，退租前须提交最终检查并确认已清运"
    en = "Chemicals or hazardous waste are on record here: a final check must confirm that they are removed"


async def leave(lease: Row, body: LeaseEnding, caller: Caller, tx: Tx) -> None:
    """File the final check; close the tenant's site where nothing keeps it there any more."""
    if lease["site_id"] is None:
        return
    await _require_cleared(lease, body, tx)
    if body.final_check is not None:
        seen = body.final_check
        values = {"id": new_id(), "kind": DocumentKind.FINAL_CHECK, "file_id": seen.file_id, "dated": seen.checked_on or tx.today}
        result = ReviewResult.SUITABLE if seen.chemicals_removed else ReviewResult.UNSUITABLE
        told = {"model": None, "result": result, "note": seen.note, "filed_by": caller.subject}
        await file_document(tx, lease["id"], {**values, **told})
    site = await get(tx, sites, lease["site_id"])
    if site["is_open"] and not await has_running_lease(tx, site["party_id"], site["building_id"]):
        await close(tx, site["id"], SiteClosing(reason=SiteClosingReason.MOVED_OUT, closed_on=body.ended_on), caller.subject)


async def _require_cleared(lease: Row, body: LeaseEnding, tx: Tx) -> None:
    known = (await facts_of(tx, [lease["site_id"]])).get(lease["site_id"], {})
    dangerous = any(known[key]["value"] not in (False, UNKNOWN) for key in _DANGEROUS if key in known)
    cleared = body.final_check is not None and body.final_check.chemicals_removed
    if dangerous and not cleared:
        raise FinalCheckMissing(pointer="/final_check")
