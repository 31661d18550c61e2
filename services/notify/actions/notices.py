"""Reading notices, and saying that one has read or acknowledged them."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping

from services.notify import call_list, library, marking
from services.notify.channels.channel import Reached, Receipt
from services.notify.domain.planning import Library
from services.notify.store import allowances, notices
from services.notify.store import calls as calls_store
from services.notify.store.records import Row
from services.notify.views.notices import (
    Attempt,
    CallDone,
    CallView,
    Consent,
    Marked,
    NoticeFilter,
    NoticeLine,
    NoticeView,
    ReceiptView,
)
from shared.contracts.vocabulary import Recipient
from shared.database import Transaction as Tx
from shared.errors import Missing
from shared.web import Caller, Page
from shared.web.paging import PageRequest

_SEE_ALL = ("admin", "bureau", "enforcer", "auditor")
_MINI_PROGRAM = "integrator"


def seen_by(caller: Caller) -> ColumnElement[bool] | None:
    """What the caller may see; None for everything."""
    if caller.has(*_SEE_ALL):
        return None
    return notices.visible_to(parties=caller.parties, grids=caller.grids, account=caller.subject)


async def list_notices(asked: NoticeFilter, paging: PageRequest, caller: Caller, tx: Tx) -> Page[NoticeLine]:
    """Notices that the caller may see, newest first."""
    after = UUID(paging.after) if paging.after else None
    rows = await notices.page(tx, asked.model_dump(), seen_by(caller), after, paging.limit + 1)
    in_force = await library.in_force(tx)
    return Page.of([NoticeLine(**told(row, in_force)) for row in rows], paging, key=lambda line: line.id)


async def inbox(paging: PageRequest, caller: Caller, tx: Tx) -> Page[NoticeLine]:
    """What was told to the caller himself, in whatever way; newest first."""
    after = UUID(paging.after) if paging.after else None
    mine = notices.visible_to(parties=caller.parties, grids=(), account=caller.subject)
    rows = await notices.page(tx, {"in_app": True}, mine, after, paging.limit + 1)
    in_force = await library.in_force(tx)
    return Page.of([NoticeLine(**told(row, in_force)) for row in rows], paging, key=lambda line: line.id)


async def notice(identity: UUID, public_url: str, caller: Caller, tx: Tx) -> NoticeView:
    """One notice with every attempt and receipt. Raises Missing."""
    row = await _visible(tx, identity, caller)
    return NoticeView(
        **told(row, await library.in_force(tx)),
        link=f"{public_url}/n/{row['token']}",
        attempts=[Attempt(**attempt) for attempt in await notices.attempts(tx, identity)],
        receipts=[ReceiptView(**receipt) for receipt in await notices.receipts_of(tx, identity)],
    )


def told(row: Row, in_force: Library) -> dict[str, Any]:
    """A notice with its text as the inbox shows it."""
    template = in_force.shelf.exact(row["template"], row["template_version"])
    title = template.title.get(row["language"], template.title["zh-CN"])
    return {**row, "title": title, "text": template.render("in_app", row["language"], row["variables"])}


async def read(identity: UUID, caller: Caller, tx: Tx) -> Marked:
    """The caller has opened it."""
    row = await _visible(tx, identity, caller)
    if await is_to(tx, row, caller):
        await marking.mark_read(tx, [identity], "in_app")
    return await _marked(tx, identity)


async def acknowledge(identity: UUID, caller: Caller, tx: Tx) -> Marked:
    """The caller confirms what he was told. Raises Missing for what was told to somebody else."""
    row = await _visible(tx, identity, caller)
    if not await is_to(tx, row, caller):
        raise Missing
    await marking.acknowledge(tx, [identity], caller.subject, "in_app")
    return await _marked(tx, identity)


async def is_to(tx: Tx, row: RowMapping, caller: Caller) -> bool:
    """Whether the notice was told to the caller: to one of his parties or subscriptions, to himself, or to the bureau's desks."""
    if row["party_id"] is not None:
        return row["party_id"] in caller.parties
    if row["recipient"] == Recipient.SUBSCRIBER:
        return await notices.owns_subscription(tx, caller.subject, row["subscription_id"])
    return caller.has("bureau") or row["officer_id"] in await notices.officers_of(tx, caller.subject)


async def _visible(tx: Tx, identity: UUID, caller: Caller) -> RowMapping:
    row = await notices.one(tx, identity, seen_by(caller))
    if row is None:
        raise Missing
    return row


async def _marked(tx: Tx, identity: UUID) -> Marked:
    row = await notices.one(tx, identity, None)
    if row is None:
        raise Missing
    return Marked(id=identity, state=row["state"])


async def calls(paging: PageRequest, tx: Tx) -> Page[CallView]:
    """Who is to be phoned, the oldest first."""
    rows = await calls_store.open_calls(tx, UUID(paging.after) if paging.after else None, paging.limit + 1)
    in_force = await library.in_force(tx)
    return Page.of([CallView(**told(row, in_force)) for row in rows], paging, key=lambda view: view.id)


async def end_call(identity: UUID, body: CallDone, caller: Caller, tx: Tx) -> Marked:
    """Somebody has phoned: reached counts as delivered, not reached as failed. Raises Missing."""
    row = await calls_store.call(tx, identity)
    if row is None:
        raise Missing
    if row["state"] == "open":
        await calls_store.end_call(tx, identity, caller.subject, body.note)
        reached = Reached.DELIVERED if body.reached else Reached.FAILED
        await marking.take_receipts(tx, [Receipt(call_list.NAME, None, identity.hex, reached, tx.now)])
    return await _marked(tx, row["notice_id"])


async def consent(body: Consent, caller: Caller, tx: Tx) -> None:
    """A person tapped: one more message of each accepted template, none of the refused. Raises Missing for another's people."""
    if not (caller.has(_MINI_PROGRAM) or await notices.is_of_parties(tx, body.person_id, caller.parties)):
        raise Missing
    await allowances.give(tx, {(body.person_id, template): 1 for template in body.accepted})
    if body.refused:
        await allowances.take_all(tx, {(body.person_id, template) for template in body.refused})
