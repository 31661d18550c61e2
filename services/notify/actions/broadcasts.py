"""Broadcasts: ordered, planned step by step by a worker, stopped by hand."""

from typing import Any
from uuid import UUID

import structlog

from services.notify import cards, library
from services.notify.broadcasting import BELL
from services.notify.channels.channel import KeyKind
from services.notify.domain import sms_text
from services.notify.store import broadcasts as store
from services.notify.store import matters
from services.notify.store.records import Row
from services.notify.views.publishing import BroadcastView, CampaignStopped, NewBroadcast
from shared.contracts.vocabulary import NoticeFailure
from shared.database import Transaction as Tx
from shared.errors import Missing, Refused
from shared.identifiers import new_id
from shared.web import Caller, Page
from shared.web.paging import PageRequest

log = structlog.get_logger()


class VariablesWrong(Refused):
    """A variable of the text is missing, is none of its own, or may not travel in an SMS."""

    code = "variables_wrong"
    zh = "变量“{name}”{fault}"
    en = "Variable {name}: {fault}"


async def order(body: NewBroadcast, key_kind: KeyKind, caller: Caller, tx: Tx) -> BroadcastView:
    """Order one. Raises Missing for an unknown text, VariablesWrong."""
    shelf = (await library.in_force(tx)).shelf
    if body.template not in shelf.by_code:
        raise Missing(pointer="/template")
    template = shelf.newest(body.template)
    _check(body, set(template.variables))
    row: dict[str, Any] = {
        "id": body.id or new_id(),
        "template": template.code,
        "template_version": template.version,
        "variables": body.variables,
        "audience": body.audience.model_dump(mode="json"),
        "state": "expanding",
        "key_kind": "trial" if body.key_kind is KeyKind.TRIAL else key_kind,
        "planned": 0,
        "ordered_by": caller.subject,
        "ordered_at": tx.now,
        "send_after": body.send_after or tx.now,
    }
    await store.add_broadcast(tx, row)
    tx.ring(BELL)
    return BroadcastView(**row)


def _check(body: NewBroadcast, declared: set[str]) -> None:
    for name in sorted(declared ^ set(body.variables)):
        fault = "variable_missing" if name in declared else "variable_undeclared"
        raise VariablesWrong(name=name[:30], fault=fault, pointer=f"/variables/{name}")
    for name, value in body.variables.items():
        for fault in sms_text.variable_faults(value):
            raise VariablesWrong(name=name[:30], fault=fault, pointer=f"/variables/{name}")


async def list_broadcasts(paging: PageRequest, tx: Tx) -> Page[BroadcastView]:
    """Newest first."""
    rows = await store.page_of_broadcasts(tx, UUID(paging.after) if paging.after else None, paging.limit + 1)
    return Page.of([BroadcastView(**row) for row in rows], paging, key=lambda view: view.id)


async def broadcast(identity: UUID, tx: Tx) -> BroadcastView:
    """One, with how many of its notices are in which state. Raises Missing."""
    row = await _found(tx, identity)
    return BroadcastView(**row, states=await store.states(tx, identity))


async def stop(identity: UUID, caller: Caller, tx: Tx) -> BroadcastView:
    """What has not left stays here."""
    await _found(tx, identity)
    await store.stop(tx, identity, caller.subject)
    return await broadcast(identity, tx)


async def stop_campaign(campaign: UUID, caller: Caller, tx: Tx) -> CampaignStopped:
    """Nobody is told of the campaign any more, nor reminded of it; hazards found in it are told as ever. Raises Missing."""
    if not await store.is_told(tx, campaign):
        raise Missing
    kinds = [rule.kind for rule in (await library.in_force(tx)).book.dates if rule.thing == "campaign_id"]
    await matters.forget_reminders(tx, {campaign}, kinds)
    cancelled = await matters.cancel_waiting(tx, {campaign}, "stopped")
    for row in cancelled:
        cards.failed(tx, row, NoticeFailure.OTHER, final=True)
    log.info("campaign_stopped", campaign=str(campaign), by=caller.subject, cancelled=len(cancelled))
    return CampaignStopped(campaign_id=campaign, cancelled=len(cancelled))


async def _found(tx: Tx, identity: UUID) -> Row:
    row = await store.broadcast(tx, identity)
    if row is None:
        raise Missing
    return row
