"""The final check when somebody leaves: nothing dangerous stays behind, and what was seen is on file with the lease."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from services.registry.domain.facts import UNKNOWN
from services.registry.domain.lease import DocumentKind, ReviewResult
from services.registry.store.admission import file_document
from services.registry.store.facts import facts_of
from services.registry.views.sites import FinalCheck
from shared.database import Transaction as Tx
from shared.errors import Refused
from shared.identifiers import new_id

_DANGEROUS: Final = ("hazchem", "hazwaste", "hazchem_above_store_limit")


class FinalCheckMissing(Refused):
    """Where chemicals were, somebody looks before the tenant is gone."""

    code = "final_check_missing"
    zh = "该场所登记有危险化学品或危险废物，退租前须提交最终检查并确认已清运"
    en = "Chemicals or hazardous waste are on record here: a final check must confirm that they are removed"


async def require_cleared(site_id: UUID, seen: FinalCheck | None, tx: Tx) -> None:
    """Refuse while something dangerous is on record at a site and nobody has seen that it is gone."""
    known = (await facts_of(tx, [site_id])).get(site_id, {})
    dangerous = any(known[key]["value"] not in (False, UNKNOWN) for key in _DANGEROUS if key in known)
    if dangerous and not (seen is not None and seen.chemicals_removed):
        raise FinalCheckMissing(pointer="/final_check")


async def file_final_check(lease_ids: Iterable[UUID], seen: FinalCheck | None, by: str, tx: Tx) -> None:
    """Keep what was seen with every lease that ends by it."""
    if seen is None:
        return
    result = ReviewResult.SUITABLE if seen.chemicals_removed else ReviewResult.UNSUITABLE
    told = {"dated": seen.checked_on or tx.today, "file_id": seen.file_id, "result": result, "note": seen.note}
    for lease_id in lease_ids:
        own = {"id": new_id(), "kind": DocumentKind.FINAL_CHECK, "model": None, "filed_by": by}
        await file_document(tx, lease_id, {**own, **told})
