"""Each route against each role, on the real applications: nobody gets in who is not named, and nobody without a token."""

import itertools
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from services.__main__ import NAMES, load
from shared.identifiers import new_id
from shared.web.identity import ROLES
from tests.support.service import ServiceUnderTest
from tests.system.routes import Route, routes

SERVICES = {service.name: service for service in load()}
ROUTES = {name: [route for route in routes() if route.service == name and route.roles] for name in NAMES}
_CLAIMS: dict[str, Any] = {
    "grids": [new_id()],
    "parties": [new_id()],
    "certificate_no": "T-1",
    "department": "fire",
    "source": "t",
}

STRICTER = {("auditor", "GET /api/registry/contacts/{contact_id}/address")}
"""An address in full is for whoever has to reach a person, and reading it is a deed that is recorded."""

QUESTIONS = {"POST /api/grading/sites/{site_id}/what-if"}
"""Asked with a body, and nothing is stored."""


@pytest.fixture(params=NAMES)
async def service(request: pytest.FixtureRequest, tmp_path: Any) -> AsyncIterator[ServiceUnderTest]:
    """Each of the services on an empty database."""
    async with ServiceUnderTest.of(SERVICES[request.param], tmp_path) as under_test:
        yield under_test


async def answered(client: httpx.AsyncClient, route: Route, token: str | None) -> int:
    """The status of a request about something that is not there."""
    parts = [str(new_id()) if part.startswith("{") else part for part in route.path.split("/")]
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    path = f"/api/{route.service}{'/'.join(parts)}".replace("{kind}", "svg")
    answer = await client.request(route.method, path, headers=headers, json=None if route.method == "GET" else {})
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", (str(route), answer.text)
        assert answer.json()["status"] == answer.status_code
    return answer.status_code


async def test_each_role_gets_where_it_may_and_nowhere_else(service: ServiceUnderTest) -> None:
    tokens = {role: service.token(role, subject=role, **_CLAIMS) for role in ROLES}
    wrong: dict[str, int] = {}
    async with service.client() as client:
        with capture_logs():
            for route, (role, token) in itertools.product(ROUTES[service.service.name], tokens.items()):
                status = await answered(client, route, token)
                may = role in route.roles and (role, str(route)) not in STRICTER
                if (status in {401, 403} or status >= 500) if may else status != 403:
                    wrong[f"{route} as {role}, who {'may' if may else 'may not'}"] = status
    assert wrong == {}


async def test_nobody_gets_in_without_a_good_token(service: ServiceUnderTest) -> None:
    bad = [None, "nonsense", service.token("bureau")[:-4] + "AAAA", service.token()]
    async with service.client() as client:
        for route in ROUTES[service.service.name]:
            statuses = [await answered(client, route, token) for token in bad]
            assert statuses == [401, 401, 401, 403], str(route)


async def test_an_auditor_reads_and_writes_nothing() -> None:
    for route in (route for found in ROUTES.values() for route in found):
        assert ("auditor" in route.roles) == (route.method == "GET" or str(route) in QUESTIONS), str(route)
