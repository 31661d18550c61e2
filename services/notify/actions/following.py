"""Subscriptions: made, tested, paused, resumed, replayed; their addresses are sealed before they are stored."""

import base64
import re
import secrets
from typing import Any
from uuid import UUID

from services.notify import following, library
from services.notify.channels.channel import Address
from services.notify.channels.webhook_signature import can_sign
from services.notify.hearing import TELLABLE
from services.notify.intentions import lane_bell
from services.notify.safe import Safe
from services.notify.store import deliveries
from services.notify.store import subscriptions as store
from services.notify.store.records import Row
from services.notify.views.following import Delivery, NewSubscription, SubscriptionView, Tested
from shared.database import Transaction as Tx
from shared.errors import Missing, Refused, Stale
from shared.identifiers import new_id
from shared.web import Caller, Page
from shared.web.paging import PageRequest

_SEE_ALL = ("admin", "bureau", "auditor")
_CHANNELS = {"wecom": "wecom_group"}
_FITS = {
    "webhook": re.compile(r"https?://\S+"),
    "email": re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+"),
    "sms": re.compile(r"(?:\+?86)?1[3-9]\d{9}"),
    "wechat": re.compile(r"[\w-]{10,64}"),
    "wecom": re.compile(r"[\w-]{10,64}"),
}


class EventUnknown(Refused):
    """Nobody says an event of this name, or notify does not hear it."""

    code = "event_unknown"
    zh = "没有名为“{event}”的可订阅事件"
    en = "There is no event {event} to follow"


class AddressUnfit(Refused):
    """The address is none of its channel."""

    code = "address_unfit"
    zh = "地址格式不适用于该渠道：{channel}"
    en = "The address is none of {channel}"


class SecretUnfit(Refused):
    """Nobody could sign with it: it is neither base64 nor ``whsec_`` and base64."""

    code = "secret_unfit"
    zh = "密钥须为 whsec_ 加 Base64"
    en = "The secret has to be whsec_ and base64"


class NothingToReplay(Refused):
    """The event's body is no longer kept."""

    code = "nothing_to_replay"
    status = 409
    zh = "该事件内容已过保存期，无法重放"
    en = "The event is no longer kept, so it cannot be replayed"


async def subscribe(body: NewSubscription, safe: Safe, caller: Caller, tx: Tx) -> SubscriptionView:
    """Follow events from now on. Raises EventUnknown, AddressUnfit, SecretUnfit."""
    _check(body)
    secret = body.secret or (_new_secret() if body.channel == "webhook" else None)
    row = {
        "id": body.id or new_id(),
        "version": 1,
        "owner": caller.subject,
        "purpose": body.purpose,
        "channel": _CHANNELS.get(body.channel, body.channel),
        "address": safe.seal(body.address),
        "address_hint": Address(body.address).masked,
        "secrets": [safe.seal(secret)] if secret else [],
        "events": sorted({_wire_name(name) for name in body.filter.events}),
        "levels": [str(level) for level in body.filter.levels],
        "grids": body.filter.grids,
        "sites": body.filter.sites,
        "language": body.language,
        "active": True,
        "failures": 0,
        "created_at": tx.now,
    }
    await store.insert_subscription(tx, row)
    library.look_again(tx)
    return _shown({**_nothing(), **row}, secret)


def _check(body: NewSubscription) -> None:
    if not _FITS[body.channel].fullmatch(body.address):
        raise AddressUnfit(channel=body.channel, pointer="/address")
    if body.secret is not None and not can_sign(body.secret):
        raise SecretUnfit(pointer="/secret")


def _nothing() -> dict[str, Any]:
    return {"failing_since": None, "paused_reason": None}


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _wire_name(name: str) -> str:
    """The name on the wire of an event that is written by its wire name or by its class."""
    for event in TELLABLE:
        if name in {event.event_name, event.__name__}:
            return event.event_name
    raise EventUnknown(event=name[:60], pointer="/filter/events")


async def list_subscriptions(paging: PageRequest, caller: Caller, tx: Tx) -> Page[SubscriptionView]:
    """The caller's own; all of them for the bureau."""
    owner = None if caller.has(*_SEE_ALL) else caller.subject
    after = UUID(paging.after) if paging.after else None
    rows = await store.page_of_subscriptions(tx, after, paging.limit + 1, owner)
    return Page.of([_shown(row) for row in rows], paging, key=lambda view: view.id)


async def subscription(identity: UUID, caller: Caller, tx: Tx) -> SubscriptionView:
    """One of the caller's. Raises Missing."""
    return _shown(await _own(tx, identity, caller))


async def test(identity: UUID, caller: Caller, tx: Tx) -> Tested:
    """Send a test to a subscriber, active or not."""
    row = await _own(tx, identity, caller)
    occasion = await following.test(tx, row)
    return Tested(notice_id=await deliveries.notice_of(tx, occasion))


async def set_active(identity: UUID, caller: Caller, tx: Tx, *, active: bool) -> SubscriptionView:
    """Pause or resume; resuming forgets the failures."""
    row = await _own(tx, identity, caller)
    forgiven = {"failures": 0, "failing_since": None, "paused_reason": None} if active else {"paused_reason": "asked"}
    changed = await store.change_subscription(tx, identity, row["version"], active=active, **forgiven)
    if changed is None:
        raise Stale
    library.look_again(tx)
    return _shown(changed)


async def resume(identity: UUID, caller: Caller, tx: Tx) -> SubscriptionView:
    """Follow again."""
    return await set_active(identity, caller, tx, active=True)


async def pause(identity: UUID, caller: Caller, tx: Tx) -> SubscriptionView:
    """Follow no longer."""
    return await set_active(identity, caller, tx, active=False)


async def rotate(identity: UUID, safe: Safe, caller: Caller, tx: Tx) -> SubscriptionView:
    """A new secret; the one before goes on signing beside it until the next change."""
    row = await _own(tx, identity, caller)
    secret = _new_secret()
    changed = await store.change_subscription(tx, identity, row["version"], secrets=[safe.seal(secret), *row["secrets"][:1]])
    if changed is None:
        raise Stale
    return _shown(changed, secret)


async def log(identity: UUID, paging: PageRequest, caller: Caller, tx: Tx) -> Page[Delivery]:
    """Every event that was on its way to a subscriber, newest first."""
    await _own(tx, identity, caller)
    after = UUID(paging.after) if paging.after else None
    rows = await deliveries.page_of_deliveries(tx, identity, after, paging.limit + 1)
    return Page.of([Delivery(**row) for row in rows], paging, key=lambda line: line.notice_id)


async def replay(identity: UUID, notice: UUID, caller: Caller, tx: Tx) -> Tested:
    """Send one event of the log once more, with the same webhook-id. Raises NothingToReplay."""
    row = await _own(tx, identity, caller)
    lane = await deliveries.replay(tx, row["id"], notice, new_id())
    if lane is None:
        raise NothingToReplay
    tx.ring(lane_bell(lane))
    return Tested(notice_id=notice)


async def _own(tx: Tx, identity: UUID, caller: Caller) -> Row:
    row = await store.subscription(tx, identity)
    if row is None or not (caller.has(*_SEE_ALL) or row["owner"] == caller.subject):
        raise Missing
    return row


def _shown(row: Row, secret: str | None = None) -> SubscriptionView:
    filtered = {name: row[name] for name in ("events", "levels", "grids", "sites")}
    return SubscriptionView(**{**row, "address": row["address_hint"], "filter": filtered, "secret": secret})
