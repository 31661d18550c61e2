"""Rooms as people write them: one part of a building is let once, however it is written."""

from typing import Any

import httpx
import pytest

from tests.services.registry.builders import building, lease, party
from tests.support.service import ServiceUnderTest

API = "/api/registry"


async def _asked(client: httpx.AsyncClient, place: dict[str, Any], owner: dict[str, Any], *rooms: str) -> httpx.Response:
    whose = {"landlord_party_id": owner["id"], "tenant_party_id": (await party(client))["id"], "building_id": place["id"]}
    return await client.post(f"{API}/leases", json=whose | {"rooms": rooms, "start": "2026-01-01", "end": "2028-12-31"})


@pytest.mark.parametrize(
    ("one", "other"), [("1-3层", "2F"), ("3F", "301A"), ("5F", "A501"), ("-1F", "地下一层"), ("8F-01", "801"), ("*", "9F")]
)
async def test_one_part_is_let_once_however_it_is_written(registry: ServiceUnderTest, one: str, other: str) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner)
        held = await lease(client, place, owner, await party(client), rooms=[one])
        answer = await _asked(client, place, owner, other)
    assert (answer.status_code, answer.json()["code"], answer.json()["lease_id"]) == (409, "lease_overlaps", held["id"])


async def test_a_room_on_no_floor_is_refused_by_its_place_in_the_list(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner, floors_above=3)
        answer = await _asked(client, place, owner, "2F", "东侧")
        draft = await lease(client, place, owner, await party(client), rooms=["3F"])
        changed = await client.patch(f"{API}/leases/{draft['id']}", json={"rooms": ["西侧"]})
    assert [(found.status_code, found.json()["code"]) for found in (answer, changed)] == [(422, "floor_not_named")] * 2
    assert [found.json()["errors"][0]["pointer"] for found in (answer, changed)] == ["/rooms/1", "/rooms/0"]


async def test_the_parts_of_a_hall_need_no_floor_and_meet_where_they_are_one(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        hall = await building(client, owner, floors_above=1)
        answers = [await _asked(client, hall, owner, label) for label in ("东侧", "西侧", "东侧", "1F")]
    assert [answer.status_code for answer in answers] == [201, 201, 409, 409]
    assert answers[0].json()["rooms"] == ["1F-东侧"]


async def test_nobody_sublets_rooms_under_a_lease_that_names_none(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, middle = await party(client), await party(client)
        place = await building(client, owner)
        top = await lease(client, place, owner, middle, rooms=[], existing=True)
        await client.post(f"{API}/leases/{top['id']}/activate")
        await lease(client, place, owner, await party(client), rooms=["2F"], existing=True)
        answer = await _asked(client, place, middle, "2F")
    assert (answer.status_code, answer.json()["code"]) == (422, "outside_parent_lease")
    assert answer.json()["errors"][0]["pointer"] == "/rooms"
