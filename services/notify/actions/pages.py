"""What stands on the pages: a notice behind its link, and the proof of it."""

from typing import Any
from uuid import UUID

from services.notify import certificate, library, marking
from services.notify.actions.notices import seen_by, told
from services.notify.seal import Seal
from services.notify.store import anchors, notices, proofs
from services.notify.store import marking as marks
from services.notify.store.records import Row
from services.notify.views.notices import AnchorView
from shared.database import Transaction as Tx
from shared.errors import Missing
from shared.web import Caller, Page
from shared.web.paging import PageRequest

_FACTS = ("kind", "state", "recipient", "cause", "clause", "edition", "title")
_IDS = ("id", "party_id", "officer_id", "site_id", "hazard_id", "cause_id")
_LONGEST_TOKEN = 64


async def opened(token: str, tx: Tx) -> dict[str, Any]:
    """The notice behind a link; the first time it is looked at it counts as read. Raises Missing."""
    row = await _behind(tx, token)
    await marking.mark_read(tx, [row["id"]], "link")
    return told(row, await library.in_force(tx))


async def confirmed(token: str, tx: Tx) -> dict[str, Any]:
    """Whoever holds the link confirms. Raises Missing."""
    row = await _behind(tx, token)
    await marking.acknowledge(tx, [row["id"]], f"link:{row['person_id']}", "link")
    return told(await _behind(tx, token), await library.in_force(tx))


async def _behind(tx: Tx, token: str) -> Row:
    identity = await marks.notice_of_token(tx, token.lower()) if len(token) <= _LONGEST_TOKEN else None
    row = await notices.one(tx, identity, None) if identity else None
    if row is None:
        raise Missing
    return row


async def proven(identity: UUID, seal: Seal, caller: Caller, tx: Tx) -> dict[str, Any]:
    """The proof of a notice that the caller may see. Raises Missing."""
    row = await notices.one(tx, identity, seen_by(caller))
    if row is None:
        raise Missing
    shown = told(row, await library.in_force(tx))
    facts = {name: shown[name] for name in _FACTS} | {name: str(row[name]) if row[name] else None for name in _IDS}
    facts["template"] = f"{row['template']}.{row['template_version']}"
    chain = await proofs.chain(tx, identity)
    bound = [link for entry in chain if (link := await _anchored(tx, entry.at, entry.hash))]
    return certificate.document(facts, chain, bound, seal, tx.now)


async def kept_anchors(paging: PageRequest, tx: Tx) -> Page[AnchorView]:
    """Every anchor in order: whoever keeps a copy sees later whether proofs were written anew."""
    rows = await anchors.page_of_anchors(tx, int(paging.after) if paging.after else None, paging.limit + 1)
    return Page.of([AnchorView(**row) for row in rows], paging, key=lambda view: view.number)


async def _anchored(tx: Tx, at: Any, entry: str) -> dict[str, Any] | None:
    """How an anchor binds an entry; None while the next anchor is still to come."""
    row = await anchors.anchor_of(tx, at)
    if row is None:
        return None
    before = await anchors.end_of(tx, row["number"] - 1)
    hashes = [item["hash"] for item in await anchors.entries_between(tx, before or anchors.BEGINNING, row["upto"])]
    return certificate.anchored(row, hashes, hashes.index(entry)) if entry in hashes else None
