"""Rooms as people write them: one part of a building is let once, however it is written."""

from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from services.registry.domain.ledger_row import BuildingCells, LeaseCells, RowOutcome
from tests.services.registry.builders import building, lease, party
from tests.services.registry.test_taking_rows import ledger_row, taken
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


async def _imported(registry: ServiceUnderTest, room: str, floor: str = "", floors: int = 5) -> RowOutcome:
    """What becomes of a ledger's row that lets a part of a building of so many floors."""
    cells = LeaseCells(floor, room, Decimal(300), date(2026, 1, 1), date(2028, 12, 31))
    [outcome] = await taken(registry, [ledger_row(1, lease=cells, building=BuildingCells("1号楼", floors_above=floors))])
    return outcome


async def _let(client: httpx.AsyncClient, *rooms: str) -> httpx.Response:
    """What the gate answers to who wants these rooms of the building in the ledger."""
    [place] = (await client.get(f"{API}/buildings")).json()["items"]
    owner = {"id": (await client.get(f"{API}/compounds/{place['compound_id']}")).json()["landlord_party_id"]}
    return await _asked(client, place, owner, *rooms)


@pytest.mark.parametrize("wanted", ["2F", "5F-东侧", "*"])
async def test_a_room_of_a_ledger_on_no_floor_may_be_on_any_until_its_floor_is_told(
    registry: ServiceUnderTest, wanted: str
) -> None:
    await _imported(registry, "东侧")
    async with registry.client("bureau") as client:
        answers = [await _let(client, wanted), await _let(client, "3F-西侧")]
        again = await _imported(registry, "东侧", floor="1F")
        answers.append(await _let(client, "5F-东侧"))
        [held] = (await client.get(f"{API}/leases", params={"state": "active"})).json()["items"]
    assert [answer.status_code for answer in answers] == [409, 201, 201]
    assert answers[0].json()["code"] == ("lease_overlaps" if wanted == "*" else "room_unplaced")
    assert (again.problems, again.updated, held["rooms"]) == ((), ("lease",), ["1F-东侧"])
    assert (await _imported(registry, "东侧")).is_unchanged


async def test_a_change_takes_no_room_that_may_be_one_of_a_ledger_on_no_floor(registry: ServiceUnderTest) -> None:
    await _imported(registry, "东侧")
    async with registry.client("bureau") as client:
        draft = (await _let(client, "3F-西侧")).json()
        path = f"{API}/leases/{draft['id']}"
        answers = [await client.patch(path, json={"rooms": ["3F"]}), await client.patch(path, json={"rooms": ["3F-南侧"]})]
    assert [(answer.status_code, answer.json().get("code")) for answer in answers] == [(409, "room_unplaced"), (200, None)]


@pytest.mark.parametrize("wanted", ["东侧", "1F-东侧", "1F"])
async def test_the_room_of_a_ledger_in_a_hall_is_on_its_only_floor(registry: ServiceUnderTest, wanted: str) -> None:
    await _imported(registry, "东侧", floors=1)
    async with registry.client("bureau") as client:
        answers = [await _let(client, wanted), await _let(client, "西侧")]
    assert [answer.status_code for answer in answers] == [409, 201]
    assert answers[0].json()["code"] == "lease_overlaps"


@pytest.mark.parametrize(("one", "other"), [("东侧", "2F"), ("2F", "东侧"), ("东侧", "2F-东侧")])
async def test_a_ledger_is_told_of_rooms_that_may_be_one_and_is_taken(registry: ServiceUnderTest, one: str, other: str) -> None:
    rows = [
        ledger_row(number, lease=LeaseCells("", room, None, date(2026, 1, 1), date(2028, 12, 31)))
        for number, room in enumerate((one, other), 1)
    ]
    first, second = await taken(registry, rows)
    assert [problem.code for outcome in (first, second) for problem in outcome.problems] == []
    assert (first.warnings, [told.code for told in second.warnings]) == ((), ["room_unplaced"])
