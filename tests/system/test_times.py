"""Wherever a query or a body asks for a time, a number is no time: asked of every such field that OpenAPI describes."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from services.__main__ import load
from shared.identifiers import new_id
from shared.web.application import described
from tests.support.service import ServiceUnderTest

SERVICES = {service.name: service for service in load()}
NUMBER = 1_700_000_000


class Asked(NamedTuple):
    """A time that may be asked for in a query or told in a body."""

    method: str
    path: str
    place: str
    name: str


def is_time(schema: Mapping[str, Any]) -> bool:
    """Whether a field may hold a time."""
    return any(form.get("format") == "date-time" for form in [schema, *schema.get("anyOf", ())])


def fields_of(document: Mapping[str, Any]) -> Iterator[Asked]:
    """Every time of a document."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for parameter in operation.get("parameters", ()):
                if parameter.get("in") == "query" and is_time(parameter["schema"]):
                    yield Asked(method, path, "query", parameter["name"])
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            schema = document["components"]["schemas"].get(body.get("$ref", "").rpartition("/")[2], {})
            for name, field in schema.get("properties", {}).items():
                if is_time(field):
                    yield Asked(method, path, "body", name)


FIELDS = [(name, field) for name, service in SERVICES.items() for field in fields_of(described(service).openapi())]


async def refused(client: httpx.AsyncClient, asked: Asked, prefix: str = "") -> bool:
    """Whether a number is answered with 422 that names the field."""
    path = "/".join(str(new_id()) if part.startswith("{") else part for part in asked.path.split("/"))
    told = {"params": {asked.name: str(NUMBER)}} if asked.place == "query" else {"json": {asked.name: NUMBER}}
    answer = await client.request(asked.method, prefix + path, **told)
    if answer.status_code != 422:
        return False
    return any(error["pointer"] == f"/{asked.name}" and error["code"] != "missing" for error in answer.json()["errors"])


@pytest.mark.parametrize(("service", "asked"), FIELDS)
async def test_a_number_is_no_time(service: str, asked: Asked, tmp_path: Path) -> None:
    operation = described(SERVICES[service]).openapi()["paths"][asked.path][asked.method]
    async with (
        ServiceUnderTest.of(SERVICES[service], tmp_path) as under_test,
        under_test.client(*operation["x-roles"], certificate_no="T-1") as client,
    ):
        assert await refused(client, asked, f"/api/{service}")


def test_the_times_that_are_asked_for_are_found() -> None:
    assert {(service, asked.path, asked.name) for service, asked in FIELDS} >= {
        ("grading", "/sites/{site_id}", "as_of"),
        ("registry", "/sites/{site_id}", "as_of"),
        ("inspection", "/visits", "started_at"),
        ("notify", "/broadcasts", "send_after"),
    }


async def test_a_route_that_takes_numbers_would_be_found() -> None:
    router = APIRouter()

    @router.get("/things")
    async def things(since: datetime | None = None) -> bool:
        return since is not None

    app = FastAPI()
    app.include_router(router)
    (asked,) = fields_of(app.openapi() | {"components": {"schemas": {}}})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        assert not await refused(client, asked)
