"""Reading the trail of who read or decided what."""

from services.registry.store.audit import check, page_of_deeds
from services.registry.views.audit import AuditFilter, ChainView, DeedView
from shared.database import Transaction as Tx
from shared.web import Page
from shared.web.paging import PageRequest


async def list_deeds(asked: AuditFilter, paging: PageRequest, tx: Tx) -> Page[DeedView]:
    """One page of deeds, the newest first."""
    rows = await page_of_deeds(tx, asked.model_dump(exclude_none=True), paging)
    deeds = [DeedView(**{**row, "roles": row["roles"].split(",")}) for row in rows]
    return Page.of(deeds, paging, key=lambda deed: deed.id)


async def check_chain(tx: Tx) -> ChainView:
    """Whether the chain holds from the first row to the last."""
    chain = await check(tx)
    return ChainView(rows=chain.rows, broken_at=chain.broken_at, last_digest=chain.last.hex())
