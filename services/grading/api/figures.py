"""How the levels are distributed, and the colours of places."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.grading.actions import counting
from services.grading.scope import READERS
from services.grading.views.figures import Distribution, PlaceView
from shared.web import Caller, Unit, allow

router = APIRouter(tags=["figures"])

Reader = Annotated[Caller, allow(*READERS)]


@router.get("/distribution")
async def read_distribution(
    unit: Unit, caller: Reader, grid_id: UUID | None = None, days: Annotated[int, Query(ge=0, le=366)] = 30
) -> Distribution:
    """Counts by level, the moves of the last days, and warnings."""
    return await unit.read(counting.distribution, grid_id, days, caller)


@router.get("/buildings/{building_id}")
async def read_building(building_id: UUID, unit: Unit, caller: Reader) -> PlaceView:
    """The colour of a building, and which of its sites make it so."""
    return await unit.read(counting.place, "building", building_id, caller)


@router.get("/compounds/{compound_id}")
async def read_compound(compound_id: UUID, unit: Unit, caller: Reader) -> PlaceView:
    """The colour of a compound, and which of its sites make it so."""
    return await unit.read(counting.place, "compound", compound_id, caller)
