"""Who may do what: every route of the registry tried by every role, generated from its OpenAPI.

A role that a route does not name gets 403; a role that it names, asking about what is not its own, gets 404 or 403, or an
empty list; nobody without a token gets anything.
"""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from fastapi.routing import APIRoute

from services.registry.service import service
from shared.identifiers import new_id
from shared.web.identity import ROLES
from tests.services.registry.builders import building, created, lease, party, site
from tests.support.service import ServiceUnderTest

pytestmark = pytest.mark.xdist_group("scopes")  # one database for all of them

API = "/api/registry"
_SEES_ALL = {"admin", "bureau", "enforcer", "engineer", "department", "auditor", "integrator"}
_BOUND = {"landlord", "tenant", "grid_officer"}
_REFUSED = {401, 403, 404}


@dataclass(frozen=True)
class Route:
    """One method of one path, with the roles that it names."""

    method: str
    path: str
    roles: frozenset[str]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def allows(self, role: str) -> bool:
        return role in self.roles or (role == "auditor" and self.method == "GET")


def routes() -> Iterator[Route]:
    """Every route of the OpenAPI, with the roles that its endpoint names."""
    app = FastAPI()
    app.include_router(service.api)
    named = {(method, found.path_format): _roles(found) for found in _endpoints(service.api) for method in found.methods or ()}
    for path, methods in app.openapi()["paths"].items():
        for method in methods:
            yield Route(method.upper(), path, named[method.upper(), path])


def _endpoints(router: Any) -> Iterator[APIRoute]:
    for found in router.routes:
        if isinstance(found, APIRoute):
            yield found
        else:
            yield from _endpoints(found.original_router)


def _roles(route: APIRoute) -> frozenset[str]:
    return frozenset(role for dependency in route.dependant.dependencies for role in getattr(dependency.call, "roles", ()))


ROUTES = sorted(routes(), key=str)


@dataclass
class Ground:
    """A ledger with two worlds: what belongs to the callers of the bound roles, and what belongs to strangers."""

    under_test: ServiceUnderTest
    mine: dict[str, Any] = field(default_factory=dict)
    theirs: dict[str, Any] = field(default_factory=dict)

    def client(self, *roles: str) -> Any:
        claims: dict[str, Any] = {
            "parties": [self.mine["owner"], self.mine["tenant"]],
            "grids": [self.mine["grid"]],
            "department": "fire",
        }
        return self.under_test.client(*roles, subject=f"scope-{'-'.join(roles)}", **claims)


async def _world(client: httpx.AsyncClient, name: str, west: float) -> dict[str, Any]:
    """A grid with a compound, a building, its landlord and tenant, a lease, and a proposal."""
    ring = [[west, 31.3], [west + 0.1, 31.3], [west + 0.1, 31.4], [west, 31.4], [west, 31.3]]
    grid = await created(client, "/grids", name=name, area={"type": "Polygon", "coordinates": [ring]})
    person = {"role": "principal", "name": "王建国", "mobile": "13912345678"}
    owner, tenant = await party(client, contacts=[person]), await party(client, contacts=[person])
    point = {"lon": west + 0.05, "lat": 31.35, "crs": "cgcs2000"}
    home = {"name": f"{name}厂区", "region_code": "320282", "landlord_party_id": owner["id"], "point": point}
    compound = await created(client, "/compounds", **home)
    place = await building(client, owner, compound_id=compound["id"])
    landlord = await site(client, place, owner, kind="landlord")
    found = await lease(client, place, owner, tenant, existing=True)
    active = (await client.post(f"{API}/leases/{found['id']}/activate")).json()
    proposal = await created(client, f"/sites/{active['site_id']}/proposals", facts={"spray": {"value": "powder"}})
    code = (await client.get(f"{API}/sites/{active['site_id']}/code")).json()["code"]
    return {
        "grid": grid["id"],
        "owner": owner["id"],
        "tenant": tenant["id"],
        "compound_id": compound["id"],
        "building_id": place["id"],
        "site_id": active["site_id"],
        "landlord_site": landlord["id"],
        "lease_id": found["id"],
        "party_id": tenant["id"],
        "contact_id": tenant["contacts"][0]["id"],
        "proposal_id": proposal["id"],
        "grid_id": grid["id"],
        "code": code,
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    data: Path = tmp_path_factory.mktemp("scopes")
    async with ServiceUnderTest.of(service, data) as under_test, under_test.client("bureau", "landlord") as client:
        yield Ground(under_test, await _world(client, "东网格", 119.8), await _world(client, "西网格", 119.5))


def _filled(path: str, world: dict[str, Any]) -> str:
    """The path with the ids of one world; what a world does not have is an id that nobody has."""
    words = {"kind": "svg", "key": "spray", **world}
    return API + re.sub(r"\{(\w+)\}", lambda name: str(words.get(name[1], new_id())), path)


async def _ask(client: httpx.AsyncClient, route: Route, world: dict[str, Any]) -> httpx.Response:
    body: dict[str, Any] | None = None if route.method in {"GET", "DELETE"} else {}
    return await client.request(route.method, _filled(route.path, world), json=body)


def test_every_route_names_its_roles() -> None:
    assert len(ROUTES) > 60
    assert [str(route) for route in ROUTES if not route.roles] == []
    assert {role for route in ROUTES for role in route.roles} <= set(ROLES)


def test_the_auditor_is_named_by_no_route_that_writes() -> None:
    assert [str(route) for route in ROUTES if route.method != "GET" and "auditor" in route.roles] == []


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_nobody_without_a_token_gets_anything(ground: Ground, route: Route) -> None:
    async with ground.under_test.client() as stranger:
        assert (await _ask(stranger, route, ground.mine)).status_code == 401


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", ROLES)
async def test_a_role_that_a_route_does_not_name_is_refused(ground: Ground, role: str) -> None:
    async with ground.client(role) as client:
        refused = [route for route in ROUTES if not route.allows(role)]
        answers = {str(route): (await _ask(client, route, ground.mine)).status_code for route in refused}
    assert {name: status for name, status in answers.items() if status != 403} == {}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", sorted(_BOUND))
async def test_a_bound_role_gets_nothing_of_what_is_not_its_own(ground: Ground, role: str) -> None:
    """Bodies are empty, so 422 only says that the body was looked at before the record: reads must be refused outright."""
    public = ("/rulebooks/", "/scanned")  # rules are everybody's, and whoever stands before a wall may scan what hangs there
    about_records = [
        found for found in ROUTES if found.allows(role) and "{" in found.path and not any(map(found.path.count, public))
    ]
    async with ground.client(role) as client:
        answers = {str(route): await _ask(client, route, ground.theirs) for route in about_records}
    leaked = {name: answer.status_code for name, answer in answers.items() if answer.status_code not in _REFUSED | {422}}
    assert leaked == {}
    assert {name for name, answer in answers.items() if name.startswith("GET") and answer.status_code == 422} == set()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", sorted(_BOUND))
async def test_a_bound_roles_lists_hold_nothing_of_strangers(ground: Ground, role: str) -> None:
    lists = [route for route in ROUTES if route.method == "GET" and "{" not in route.path and route.allows(role)]
    strangers = {value for value in ground.theirs.values() if _is_id(value)}
    async with ground.client(role) as client:
        for route in lists:
            answer = await client.get(API + route.path, params={"limit": 500})
            assert not [identity for identity in strangers if identity in answer.text], str(route)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", sorted(_BOUND))
async def test_a_bound_role_reads_what_is_its_own(ground: Ground, role: str) -> None:
    async with ground.client(role) as client:
        for path in ("/sites/{site_id}", "/buildings/{building_id}", "/leases/{lease_id}", "/parties/{party_id}"):
            assert (await client.get(_filled(path, ground.mine))).status_code == 200, path


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", sorted(_SEES_ALL - {"department"}))
async def test_who_sees_everything_reads_both_worlds(ground: Ground, role: str) -> None:
    async with ground.client(role) as client:
        for world in (ground.mine, ground.theirs):
            for path in ("/sites/{site_id}", "/buildings/{building_id}", "/leases/{lease_id}", "/parties/{party_id}"):
                assert (await client.get(_filled(path, world))).status_code == 200, path


@pytest.mark.asyncio(loop_scope="module")
async def test_a_number_in_full_is_shown_to_no_bound_role_anywhere(ground: Ground) -> None:
    for role in (*_BOUND, "auditor", "engineer"):
        async with ground.client(role) as client:
            for route in ROUTES:
                if route.method == "GET" and route.allows(role) and not (role == "grid_officer" and "fire-card" in route.path):
                    assert "13912345678" not in (await _ask(client, route, ground.mine)).text, f"{role} {route}"


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True
