"""Subscriptions, preferences and desks over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from services.notify.actions import choices
from services.notify.actions import following as actions
from services.notify.safe import Safe
from services.notify.views.following import (
    Delivery,
    Desks,
    NewSubscription,
    PreferenceView,
    SubscriptionView,
    Tested,
)
from shared.web import Caller, IfMatch, Page, Paging, Unit, allow, etag

router = APIRouter(tags=["following"])

SUBSCRIBERS = ("admin", "bureau", "integrator", "department")


def _safe(unit: Unit) -> Safe:
    key = unit.settings.address_key
    return Safe.of(key.get_secret_value() if key else None, unit.data)


Sealed = Annotated[Safe, Depends(_safe)]
Subscriber = Annotated[Caller, allow(*SUBSCRIBERS)]


@router.post("/subscriptions", status_code=201)
async def subscribe(body: NewSubscription, unit: Unit, safe: Sealed, caller: Subscriber) -> SubscriptionView:
    """Follow events by webhook, email, SMS, WeChat or WeCom."""
    return await unit(actions.subscribe, body, safe, caller)


@router.get("/subscriptions")
async def list_subscriptions(unit: Unit, paging: Paging, caller: Subscriber) -> Page[SubscriptionView]:
    """The caller's subscriptions."""
    return await unit.read(actions.list_subscriptions, paging, caller)


@router.get("/subscriptions/{subscription_id}")
async def get_subscription(subscription_id: UUID, unit: Unit, response: Response, caller: Subscriber) -> SubscriptionView:
    """One subscription with how its deliveries go."""
    found = await unit.read(actions.subscription, subscription_id, caller)
    etag(response, found.version)
    return found


@router.post("/subscriptions/{subscription_id}/test")
async def test(subscription_id: UUID, unit: Unit, caller: Subscriber) -> Tested:
    """Send a test."""
    return await unit(actions.test, subscription_id, caller)


@router.post("/subscriptions/{subscription_id}/pause")
async def pause(subscription_id: UUID, unit: Unit, caller: Subscriber) -> SubscriptionView:
    """Follow no longer."""
    return await unit(actions.pause, subscription_id, caller)


@router.post("/subscriptions/{subscription_id}/resume")
async def resume(subscription_id: UUID, unit: Unit, caller: Subscriber) -> SubscriptionView:
    """Follow again."""
    return await unit(actions.resume, subscription_id, caller)


@router.post("/subscriptions/{subscription_id}/secrets")
async def rotate(subscription_id: UUID, unit: Unit, safe: Sealed, caller: Subscriber) -> SubscriptionView:
    """A new signing secret beside the present one."""
    return await unit(actions.rotate, subscription_id, safe, caller)


@router.get("/subscriptions/{subscription_id}/deliveries")
async def log(subscription_id: UUID, unit: Unit, paging: Paging, caller: Subscriber) -> Page[Delivery]:
    """Every event that was on its way there."""
    return await unit.read(actions.log, subscription_id, paging, caller)


@router.post("/subscriptions/{subscription_id}/deliveries/{notice_id}/replay")
async def replay_delivery(subscription_id: UUID, notice_id: UUID, unit: Unit, caller: Subscriber) -> Tested:
    """Send one of them once more."""
    return await unit(actions.replay, subscription_id, notice_id, caller)


@router.get("/preferences/{party_id}")
async def get_preferences(
    party_id: UUID, unit: Unit, response: Response, caller: Annotated[Caller, allow("admin", "bureau", "landlord", "tenant")]
) -> PreferenceView:
    """What a party has chosen, and what it may choose."""
    found = await unit.read(choices.preferences, party_id, caller)
    etag(response, found.version)
    return found


@router.put("/preferences/{party_id}")
async def choose(
    party_id: UUID,
    body: PreferenceView,
    unit: Unit,
    if_match: IfMatch,
    caller: Annotated[Caller, allow("admin", "bureau", "landlord", "tenant")],
) -> PreferenceView:
    """Channels in order, quiet hours, language, and what is not wanted."""
    return await unit(choices.choose, party_id, body, if_match, caller)


@router.get("/desks")
async def get_desks(unit: Unit, caller: Annotated[Caller, allow("admin", "bureau")]) -> Desks:  # noqa: ARG001
    """Who stands at which desk."""
    return await unit.read(choices.desks)


@router.put("/desks")
async def set_desks(body: Desks, unit: Unit, caller: Annotated[Caller, allow("admin", "bureau")]) -> Desks:  # noqa: ARG001
    """Set every desk at once."""
    return await unit(choices.set_desks, body)
