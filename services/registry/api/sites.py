"""Sites over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.registry.actions import facts as fact_actions
from services.registry.actions import sites as actions
from services.registry.actions.as_of import site_as_of, site_history
from services.registry.actions.map import show_map
from services.registry.desk import Desk
from services.registry.views.shape import OFFICIALS, READERS, REGISTRARS
from services.registry.views.sites import (
    FactAnswers,
    FactsView,
    NewSite,
    SiteChanges,
    SiteClosing,
    SiteFilter,
    SiteHistory,
    SiteLine,
    SiteView,
)
from shared.web import Caller, Page, Paging, allow

router = APIRouter(tags=["sites"])

GEO_JSON = "application/geo+json"
_DAY_OR_TIME = {"anyOf": [{"type": "string", "format": name} for name in ("date", "date-time")] + [{"type": "null"}]}


@router.post("/sites", status_code=201)
async def register_site(body: NewSite, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS)]) -> SiteView:
    """Register where one party operates; everybody starts to follow the site."""
    return await desk.do(actions.register_site, body, caller)


@router.get("/sites", response_model=Page[SiteLine], responses={200: {"content": {GEO_JSON: {}}}})
async def list_sites(
    asked: Annotated[SiteFilter, Query()],
    request: Request,
    desk: Desk,
    paging: Paging,
    caller: Annotated[Caller, allow(*READERS)],
) -> Response:
    """Sites that the caller may see, in pages; for ``Accept: application/geo+json`` as features, clustered by zoom."""
    if GEO_JSON in request.headers.get("accept", ""):
        return Response(await desk.unit.read(show_map, asked, caller), media_type=GEO_JSON)
    return Response(await desk.unit.read(actions.list_sites, asked, paging, caller), media_type="application/json")


@router.get("/sites/{site_id}")
async def get_site(
    site_id: UUID,
    desk: Desk,
    caller: Annotated[Caller, allow(*READERS)],
    as_of: Annotated[
        str | None,
        Query(max_length=40, description="A day, or a time with offset: what was on record then", json_schema_extra=_DAY_OR_TIME),
    ] = None,
) -> SiteView:
    """One site with everything known of it, now or as of a date."""
    if as_of is not None:
        return await desk.read(site_as_of, site_id, as_of, caller)
    return await desk.read(actions.site, site_id, caller)


@router.get("/sites/{site_id}/history")
async def get_history(site_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> SiteHistory:
    """Every version of a site's card."""
    return await desk.read(site_history, site_id, caller)


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
