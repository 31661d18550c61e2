"""The endpoints of grading: parse, act, answer."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.grading import asking
from services.grading.scope import READERS
from services.grading.views import Graded
from shared.web import Caller, Unit, allow, etag

router = APIRouter()

Reader = Annotated[Caller, allow(*READERS)]


@router.get("/sites/{site_id}")
async def read_site(site_id: UUID, unit: Unit, caller: Reader, response: Response, as_of: datetime | None = None) -> Graded:
    """The level of a site and everything that explains it, now or as it was known at a moment."""
    if as_of is not None:
        return await unit.read(asking.level_as_of, site_id, as_of, caller)
    answer: Graded = await unit.read(asking.level_of, site_id, caller)
    etag(response, answer.revision)
    return answer
