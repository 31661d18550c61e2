"""Questions to grading over HTTP, as its users ask them."""

from typing import Any
from uuid import UUID

import httpx

from services.grading import workers
from tests.services.grading.builders import MILL
from tests.support.service import ServiceUnderTest


async def got(grading: ServiceUnderTest, path: str, role: str = "bureau", **claims: Any) -> dict[str, Any]:
    """The answer to a GET that must succeed."""
    async with grading.client(role, **claims) as client:
        answer = await client.get(f"/api/grading{path}")
    assert answer.status_code == httpx.codes.OK, answer.text
    return dict(answer.json())


async def posted(grading: ServiceUnderTest, path: str, body: Any, role: str = "bureau", **claims: Any) -> httpx.Response:
    async with grading.client(role, **claims) as client:
        return await client.post(f"/api/grading{path}", json=body)


async def confirmed(grading: ServiceUnderTest, proposal: str, subject: str = "officer-b", **claims: Any) -> httpx.Response:
    """The second person's own request."""
    role = claims.pop("role", "bureau")
    return await posted(grading, f"/proposals/{proposal}/confirm", {}, role, subject=subject, **claims)


async def level(grading: ServiceUnderTest, site: UUID = MILL) -> dict[str, Any]:
    return await got(grading, f"/sites/{site}")


async def roll_up(grading: ServiceUnderTest) -> None:
    """Until nothing waits."""
    while await grading.works(workers.roll_up_sites) or await grading.table("rollups"):
        pass


def rules(parts: list[dict[str, Any]]) -> dict[str, float]:
    return {part["rule"]: part["points"] for part in parts}
