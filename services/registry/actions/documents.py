"""Filing documents about compounds, buildings and parties: a new version each time, what hung on the wall before stays."""

from uuid import UUID

from services.registry.actions.holders import require_kept, require_seen
from services.registry.domain.document import Holder, require_kind
from services.registry.store.audit import Deed, record
from services.registry.store.documents import documents_about, file_next, merged_into
from services.registry.views.documents import NewPlaceDocument, PlaceDocument, PlaceDocuments
from shared.database import Transaction as Tx
from shared.identifiers import new_id
from shared.web import Caller


async def file_about(holder: Holder, identity: UUID, body: NewPlaceDocument, caller: Caller, tx: Tx) -> PlaceDocuments:
    """File the next version of a document of this kind, about one's own party or place; all that is on file."""
    await require_kept(holder, identity, caller, tx)
    require_kind(holder, body.kind)
    told = body.model_dump(exclude={"id"})
    await file_next(tx, {"id": body.id or new_id(), "holder": holder, "holder_id": identity, **told, "filed_by": caller.subject})
    await record(tx, caller, Deed("file_document", holder, identity, body.kind))
    return await _shown(holder, identity, tx)


async def list_about(holder: Holder, identity: UUID, caller: Caller, tx: Tx) -> PlaceDocuments:
    """Everything on file, every version."""
    await require_seen(holder, identity, caller, tx)
    return await _shown(holder, identity, tx)


async def _shown(holder: Holder, identity: UUID, tx: Tx) -> PlaceDocuments:
    holders = [identity, *(await merged_into(tx, identity) if holder is Holder.PARTY else ())]
    rows = await documents_about(tx, holders)
    newest = {row["kind"]: row["id"] for row in rows}
    return PlaceDocuments(
        items=[
            PlaceDocument(
                **row,
                is_current=newest[row["kind"]] == row["id"],
                is_expired=row["valid_until"] is not None and row["valid_until"] < tx.today,
            )
            for row in rows
        ]
    )
