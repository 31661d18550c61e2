"""Sites over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.registry.actions import facts as fact_actions
from services.registry.actions import sites as actions
from services.registry.desk import Desk
from services.registry.views.shape import OFFICIALS, READERS, REGISTRARS
from services.registry.views.sites import (
    FactAnswers,
    FactsView,
    NewSite,
    SiteChanges,
    SiteClosing,
    SiteFilter,
    SiteLine,
    SiteView,
)
from shared.web import Caller, Page, Paging, allow

router = APIRouter(tags=["sites"])


@router.post("/sites", status_code=201)
async def register_site(body: NewSite, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS)]) -> SiteView:
    """Register where one party operates; everybody starts to follow the site."""
    return await desk.do(actions.register_site, body, caller)


@router.get("/sites")
async def list_sites(
    asked: Annotated[SiteFilter, Query()], desk: Desk, paging: Paging, caller: Annotated[Caller, allow(*READERS)]
) -> Page[SiteLine]:
    """Sites that the caller may see, in pages."""
    return await desk.read(actions.list_sites, asked, paging, caller)


@router.get("/sites/{site_id}")
async def get_site(site_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> SiteView:
    """One site with everything known of it."""
    return await desk.read(actions.site, site_id, caller)


@router.patch("/sites/{site_id}")
async def change_site(site_id: UUID, body: SiteChanges, desk: Desk, caller: Annotated[Caller, allow(*OFFICIALS)]) -> SiteView:
    """Change a site's card."""
    return await desk.do(actions.change_site, desk.target(site_id), body, caller)


@router.post("/sites/{site_id}/close")
async def close_site(site_id: UUID, body: SiteClosing, desk: Desk, caller: Annotated[Caller, allow(*OFFICIALS)]) -> SiteView:
    """Nobody operates here any more; what was stays readable."""
    return await desk.do(actions.close_site, site_id, body, caller)


@router.get("/sites/{site_id}/facts")
async def get_facts(site_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> FactsView:
    """What is known, and which required keys nobody has answered."""
    return await desk.read(fact_actions.site_facts, site_id, caller)


@router.put("/sites/{site_id}/facts")
async def put_facts(site_id: UUID, body: FactAnswers, desk: Desk, caller: Annotated[Caller, allow(*OFFICIALS)]) -> FactsView:
    """Write what is now known under some keys; the others stay."""
    return await desk.do(fact_actions.put_site_facts, desk.target(site_id), body, caller)
