"""Texts, rule books, broadcasts and providers over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.notify.actions import broadcasts
from services.notify.actions import providers as provider_actions
from services.notify.actions import publishing as actions
from services.notify.views.publishing import (
    BookView,
    BroadcastView,
    CampaignStopped,
    NewBook,
    NewBroadcast,
    NewTemplate,
    Preview,
    PreviewRequest,
    ProviderChange,
    ProviderView,
    TemplateView,
)
from shared.web import Caller, Page, Paging, Unit, allow

router = APIRouter(tags=["publishing"])

Publisher = Annotated[Caller, allow("admin", "bureau")]


@router.get("/templates")
async def list_templates(unit: Unit, caller: Publisher) -> Page[TemplateView]:  # noqa: ARG001
    """Every text with its length and its faults."""
    return Page(items=await unit.read(actions.list_templates, unit.settings.signature))


@router.post("/templates", status_code=201)
async def write_template(body: NewTemplate, unit: Unit, caller: Publisher) -> TemplateView:
    """Write a draft."""
    return await unit(actions.write_template, body, unit.settings.signature, caller)


@router.post("/templates/{template_id}/preview")
async def preview(template_id: UUID, body: PreviewRequest, unit: Unit, caller: Publisher) -> Preview:  # noqa: ARG001
    """What would be told."""
    return await unit(actions.preview, template_id, body, unit.settings.signature)


@router.post("/templates/by-code/{code}/preview")
async def preview_code(code: str, body: PreviewRequest, unit: Unit, caller: Publisher) -> Preview:  # noqa: ARG001
    """What would be told by the text that is in force."""
    return await unit(actions.preview_code, code, body, unit.settings.signature)


@router.post("/templates/{template_id}/publish")
async def publish_template(template_id: UUID, unit: Unit, caller: Publisher) -> TemplateView:
    """From now on it is told so."""
    return await unit(actions.publish_template, template_id, unit.settings.signature, caller)


@router.get("/rule-books")
async def list_books(unit: Unit, caller: Publisher) -> Page[BookView]:  # noqa: ARG001
    """Who is told what, when and how: every edition."""
    return Page(items=await unit.read(actions.list_books))


@router.post("/rule-books", status_code=201)
async def write_book(body: NewBook, unit: Unit, caller: Publisher) -> BookView:
    """Write a draft edition."""
    return await unit(actions.write_book, body, caller)


@router.post("/rule-books/{book_id}/publish")
async def publish_book(book_id: UUID, unit: Unit, caller: Publisher) -> BookView:
    """From now on it decides who is told."""
    return await unit(actions.publish_book, book_id, caller)


@router.post("/broadcasts", status_code=201)
async def order(body: NewBroadcast, unit: Unit, caller: Publisher) -> BroadcastView:
    """Tell everybody who fits a filter."""
    return await unit(broadcasts.order, body, unit.settings.key_kind, caller)


@router.get("/broadcasts")
async def list_broadcasts(unit: Unit, paging: Paging, caller: Publisher) -> Page[BroadcastView]:  # noqa: ARG001
    """Broadcasts, newest first."""
    return await unit.read(broadcasts.list_broadcasts, paging)


@router.get("/broadcasts/{broadcast_id}")
async def get_broadcast(broadcast_id: UUID, unit: Unit, caller: Publisher) -> BroadcastView:  # noqa: ARG001
    """How far a broadcast has come."""
    return await unit.read(broadcasts.broadcast, broadcast_id)


@router.post("/broadcasts/{broadcast_id}/stop")
async def stop(broadcast_id: UUID, unit: Unit, caller: Publisher) -> BroadcastView:
    """Nothing of it leaves any more."""
    return await unit(broadcasts.stop, broadcast_id, caller)


@router.post("/campaigns/{campaign_id}/stop")
async def stop_campaign(campaign_id: UUID, unit: Unit, caller: Publisher) -> CampaignStopped:
    """Nobody is told of a campaign of inspection any more."""
    return await unit(broadcasts.stop_campaign, campaign_id, caller)


@router.get("/providers")
async def list_providers(unit: Unit, caller: Publisher) -> Page[ProviderView]:  # noqa: ARG001
    """The providers of each channel, and their shares."""
    return Page(items=await unit.read(provider_actions.list_providers))


@router.put("/providers/{channel}/{provider}")
async def change_provider(channel: str, provider: str, body: ProviderChange, unit: Unit, caller: Publisher) -> ProviderView:  # noqa: ARG001
    """Another resting share, or a stop."""
    return await unit(provider_actions.change_provider, channel, provider, body)
