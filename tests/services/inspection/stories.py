"""The past as events and requests: a tenant in a landlord's building, and the people who look after it."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx

from shared.clock import utc_now
from shared.contracts.registry import SiteClosed, SiteRegistered
from shared.contracts.vocabulary import BuildingId, FactValue, GridId, PartyId, Point, SiteClosingReason, SiteId, SiteKind
from shared.identifiers import new_id
from tests.support.service import ServiceUnderTest

GATE = Point(lon=119.8233, lat=31.3401)
Json = dict[str, Any]


@dataclass(frozen=True)
class Yard:
    """One building: a landlord's site and a tenant's in it, in one grid."""

    building: BuildingId = field(default_factory=lambda: BuildingId(new_id()))
    grid: GridId = field(default_factory=lambda: GridId(new_id()))
    landlord: PartyId = field(default_factory=lambda: PartyId(new_id()))
    tenant: PartyId = field(default_factory=lambda: PartyId(new_id()))
    landlord_site: SiteId = field(default_factory=lambda: SiteId(new_id()))
    mill: SiteId = field(default_factory=lambda: SiteId(new_id()))

    def registered(self, **facts: Any) -> tuple[SiteRegistered, SiteRegistered]:
        """The two sites as the registry says them."""
        known = {key: FactValue(value=value, source="visit", valid_from=date(2026, 1, 1)) for key, value in facts.items()}
        return self.site(self.landlord_site, SiteKind.LANDLORD, self.landlord), self.site(
            self.mill, SiteKind.TENANT, self.tenant, landlord_site_id=self.landlord_site, facts=known
        )

    def closed(self) -> SiteClosed:
        """The tenant has moved out."""
        left = SiteClosingReason.MOVED_OUT
        return SiteClosed(
            site_id=self.mill, kind=SiteKind.TENANT, party_id=self.tenant, reason=left, closed_on=date(2026, 11, 23)
        )

    def site(self, site_id: SiteId, kind: SiteKind, party: PartyId, **more: Any) -> SiteRegistered:
        """One more site in the building."""
        return SiteRegistered(
            site_id=site_id,
            code=f"S-{str(site_id)[-6:]}",
            kind=kind,
            party_id=party,
            building_id=self.building,
            grid_id=self.grid,
            name="纺织车间",
            point=GATE,
            **more,
        )


@dataclass(frozen=True)
class People:
    """Everybody's client of one service."""

    inspection: ServiceUnderTest
    yard: Yard

    def grid_officer(self) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        return self.inspection.client("grid_officer", subject="grid-officer", grids=[self.yard.grid])

    def tenant(self) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        return self.inspection.client("tenant", subject="tenant", parties=[self.yard.tenant])

    def landlord(self) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        return self.inspection.client("landlord", subject="landlord", parties=[self.yard.landlord])

    def bureau(self, subject: str = "bureau") -> AbstractAsyncContextManager[httpx.AsyncClient]:
        return self.inspection.client("bureau", subject=subject)

    def enforcer(self, subject: str = "enforcer", certificate: str = "E-1") -> AbstractAsyncContextManager[httpx.AsyncClient]:
        return self.inspection.client("enforcer", subject=subject, certificate_no=certificate)


async def settled(inspection: ServiceUnderTest, **facts: Any) -> People:
    """A yard that the service has heard of, and its people."""
    yard = Yard()
    for site in yard.registered(**facts):
        assert await inspection.hears(site) == "acked"
    return People(inspection, yard)


def visit(site: UUID, *failed: str, **more: Any) -> Json:
    """A patrol just now that found these items failed and LF-23 in order."""
    now = utc_now()
    return {
        "id": str(new_id()),
        "site_id": str(site),
        "type": "patrol",
        "checklist_version": "LF-2026.1",
        "started_at": (now - timedelta(minutes=20)).isoformat(),
        "finished_at": now.isoformat(),
        "device_time": now.isoformat(),
        "offline": False,
        "people": [],
        "answers": [{"item": "LF-23", "answer": "ok"}, *({"item": item, "answer": "fail"} for item in failed)],
        **more,
    }


async def posted(
    client: httpx.AsyncClient,
    path: str,
    body: Mapping[str, Any] | None = None,
    status: int = 0,
    headers: Mapping[str, str] | None = None,
) -> Json:
    """The JSON answer to a POST; it must have succeeded, or ended with ``status``."""
    answer = await client.post(f"/api/inspection/{path}", json=body or {}, headers=headers)
    expected = {status} if status else {200, 201}
    assert answer.status_code in expected, answer.text
    return dict(answer.json())


async def read(client: httpx.AsyncClient, path: str, status: int = 200, **query: Any) -> Json:
    """The JSON answer to a GET."""
    answer = await client.get(f"/api/inspection/{path}", params=query)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def found(people: People, *items: str, **more: Any) -> list[Json]:
    """Hazards that the grid officer has just found on a patrol of the tenant's site."""
    async with people.grid_officer() as officer:
        answer = await posted(officer, "visits", visit(people.yard.mill, *items, **more))
    return list(answer["hazards"])


async def stepped(client_of: AbstractAsyncContextManager[httpx.AsyncClient], hazard: str, step: str, **body: Any) -> Json:
    """The hazard after a step that must succeed."""
    async with client_of as client:
        return await posted(client, f"hazards/{hazard}/{step}", body)


async def refused(
    client_of: AbstractAsyncContextManager[httpx.AsyncClient], hazard: str, step: str, status: int, **body: Any
) -> str:
    """The code with which a step is refused."""
    async with client_of as client:
        return str((await posted(client, f"hazards/{hazard}/{step}", body, status))["code"])
