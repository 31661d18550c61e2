"""One site: its level now and then, its history, and what would be."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.grading.actions import asking, counting, overriding, supposing
from services.grading.scope import READERS
from services.grading.views.figures import SiteLine, SitesWanted
from services.grading.views.graded import Graded, HistoryEntry, Recomputed
from services.grading.views.matters import LiftedVeto, LiftView, NewOverride, OverrideSet, Supposition
from shared.contracts.vocabulary import Level
from shared.web import Caller, Moment, Page, Paging, Unit, allow, etag

router = APIRouter(tags=["sites"])

Reader = Annotated[Caller, allow(*READERS)]


async def _wanted(level: Level | None = None, grid_id: UUID | None = None, building_id: UUID | None = None) -> SitesWanted:
    return SitesWanted(level, grid_id, building_id)


@router.get("/sites")
async def list_sites(
    which: Annotated[SitesWanted, Depends(_wanted)], paging: Paging, unit: Unit, caller: Reader
) -> Page[SiteLine]:
    """Sites with their levels, those that the caller may see."""
    return await unit.read(counting.list_sites, which, paging, caller)


@router.get("/sites/{site_id}")
async def read_site(site_id: UUID, unit: Unit, caller: Reader, response: Response, as_of: Moment | None = None) -> Graded:
    """The level of a site and everything that explains it, now or as it was known at a moment."""
    if as_of is not None:
        return await unit.read(asking.level_as_of, site_id, as_of, caller)
    answer: Graded = await unit.read(asking.level_of, site_id, caller)
    etag(response, answer.revision)
    return answer


@router.get("/sites/{site_id}/history")
async def read_history(site_id: UUID, paging: Paging, unit: Unit, caller: Reader) -> Page[HistoryEntry]:
    """Every decision about a site, the newest first."""
    return await unit.read(asking.history_of, site_id, paging, caller)


@router.get("/sites/{site_id}/history/{revision}")
async def read_decision(site_id: UUID, revision: int, unit: Unit, caller: Reader) -> Recomputed:
    """A stored decision, found again from its stored inputs."""
    return await unit.read(asking.decision_of, site_id, revision, caller)


@router.post("/sites/{site_id}/what-if")
async def suppose(site_id: UUID, body: Supposition, unit: Unit, caller: Reader) -> Graded:
    """The level as it would be with other facts, today or on a later day; nothing is stored."""
    return await unit.read(supposing.suppose, site_id, body, caller)


@router.post("/sites/{site_id}/override", status_code=201)
async def set_level(
    site_id: UUID, body: NewOverride, unit: Unit, caller: Annotated[Caller, allow("bureau", "enforcer")]
) -> OverrideSet:
    """Two persons set the level for a time: one proposes, and it stands when the other has confirmed."""
    return await unit(overriding.set_level, site_id, body, caller)


@router.post("/sites/{site_id}/vetoes/{rule}/lift", status_code=201)
async def lift_veto(
    site_id: UUID, rule: str, body: LiftedVeto, unit: Unit, caller: Annotated[Caller, allow("enforcer")]
) -> LiftView:
    """A certified officer has seen that the cause of a veto is gone; where the policy asks two, the second confirms."""
    return await unit(overriding.lift_veto, site_id, rule, body, caller)
