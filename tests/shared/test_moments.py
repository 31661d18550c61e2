"""A time over HTTP is RFC 3339 with an offset: a number is refused with the field and the rule, where Pydantic alone takes it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from pydantic import AwareDatetime, BaseModel, TypeAdapter

from shared.web import Moment
from shared.web.problems import answer_problems

NUMBERS = ["1700000000", "1700000000.5", "-1", "1700000000000", "1e9", "١٧٠٠٠٠٠٠٠٠"]


class Told(BaseModel):
    at: Moment


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    answer_problems(app)

    @app.get("/asked")
    async def asked(at: Moment, other: Moment | None = None) -> list[datetime | None]:
        return [at, other]

    @app.post("/told")
    async def told(body: Told) -> datetime:
        return body.at

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as running:
        yield running


@pytest.mark.parametrize("text", NUMBERS)
async def test_a_number_is_refused_with_the_field_and_the_rule(client: httpx.AsyncClient, text: str) -> None:
    answer = await client.get("/asked", params={"at": text, "other": text})
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        ("/at", "datetime_parsing"),
        ("/other", "datetime_parsing"),
    ]
    assert "2026-11-23T09:00:00+08:00" in answer.json()["errors"][0]["detail"]
    assert "1700" not in answer.text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-11-23T09:00:00", "timezone_aware"),
        ("2026-11-23", "datetime_parsing"),
        ("20261123T090000Z", "datetime_parsing"),
        ("2026-11-23T09:00:00+0800", "datetime_parsing"),
        ("2026-11-23T09:00Z", "datetime_parsing"),
        ("2026-13-23T09:00:00Z", "datetime_from_date_parsing"),
        ("yesterday", "datetime_parsing"),
        ("", "datetime_parsing"),
    ],
)
async def test_what_is_not_rfc_3339_with_an_offset_is_refused(client: httpx.AsyncClient, text: str, code: str) -> None:
    answer = await client.get("/asked", params={"at": text})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


@pytest.mark.parametrize(
    "text", ["2026-11-23T09:00:00+08:00", "2026-11-23T01:00:00Z", "2026-11-23t01:00:00.000z", "2026-11-22 20:00:00-05:00"]
)
async def test_rfc_3339_is_read(client: httpx.AsyncClient, text: str) -> None:
    answer = await client.get("/asked", params={"at": text})
    assert datetime.fromisoformat(answer.json()[0]) == datetime(2026, 11, 23, 1, tzinfo=UTC)


@pytest.mark.parametrize("value", [1700000000, 1700000000.5, "1700000000", True])
async def test_a_number_in_a_body_is_refused_too(client: httpx.AsyncClient, value: object) -> None:
    answer = await client.post("/told", json={"at": value})
    assert answer.json()["errors"][0]["code"] == "datetime_parsing"


def test_pydantic_alone_would_take_the_number() -> None:
    assert TypeAdapter(AwareDatetime).validate_python("1700000000").year == 2023
