"""Grids: sites by point in polygon or by hand, officers over time, and access that ends at once."""

from typing import Any

from shared.contracts.registry import OfficerAssigned, SiteChanged, SiteRegistered
from tests.services.registry.builders import building, compound, created, party, site
from tests.support.service import ServiceUnderTest

API = "/api/registry"


def square(west: float, south: float, size: float = 0.02) -> dict[str, Any]:
    east, north = west + size, south + size
    return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}


async def test_a_site_is_in_the_grid_that_holds_its_point(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        east = await created(client, "/grids", name="东网格", area=square(119.81, 31.33))
        await created(client, "/grids", name="西网格", area=square(119.71, 31.33))
        view = await site(client, await building(client), await party(client))
    assert view["grid_id"] == east["id"]
    assert str((await registry.said(SiteRegistered))[-1].grid_id) == east["id"]


async def test_a_new_area_moves_the_sites_but_not_those_assigned_by_hand(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        old = await created(client, "/grids", name="老网格", area=square(119.81, 31.33))
        place = await building(client)
        moving, kept = await site(client, place, await party(client)), await site(client, place, await party(client))
        other = await created(client, "/grids", name="手工网格")
        await client.post(f"{API}/grids/{other['id']}/assign", json={"site_ids": [kept["id"]]})
        await client.patch(f"{API}/grids/{old['id']}", json={"area": square(118.0, 30.0)})
        new = await created(client, "/grids", name="新网格", area=square(119.81, 31.33))
        assert (await client.get(f"{API}/sites/{moving['id']}")).json()["grid_id"] == new["id"]
        assert (await client.get(f"{API}/sites/{kept['id']}")).json()["grid_id"] == other["id"]
    moves = [event for event in await registry.said(SiteChanged) if event.changed == ("grid_id",)]
    assert [(str(event.site_id), str(event.grid_id)) for event in moves] == [(kept["id"], other["id"]), (moving["id"], new["id"])]


async def test_an_area_that_crosses_itself_is_refused(registry: ServiceUnderTest) -> None:
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    async with registry.client("bureau") as client:
        answer = await client.post(f"{API}/grids", json={"name": "蝴蝶", "area": bow})
    assert (answer.status_code, answer.json()["code"]) == (422, "area_wrong")


async def test_an_officer_sees_his_grid_only(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        here = await created(client, "/grids", name="东网格", area=square(119.81, 31.33))
        mine = await site(client, await building(client), await party(client))
        owner = await party(client)
        far = await compound(client, owner, point={"lon": 119.5, "lat": 31.1, "crs": "cgcs2000"})
        theirs = await site(client, await building(client, owner, compound_id=far["id"]), await party(client))
    async with registry.client("grid_officer", grids=[here["id"]]) as officer:
        assert [item["id"] for item in (await officer.get(f"{API}/sites")).json()["items"]] == [mine["id"]]
        assert (await officer.get(f"{API}/sites/{theirs['id']}")).status_code == 404
        assert (await officer.get(f"{API}/buildings/{theirs['building_id']}")).status_code == 404
        assert (await officer.get(f"{API}/parties/{theirs['party_id']}")).status_code == 404


async def test_an_officer_who_was_moved_loses_access_at_once_whatever_his_token_says(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        here = await created(client, "/grids", name="东网格", area=square(119.81, 31.33))
        await site(client, await building(client), await party(client))
        person = await created(client, "/officers", name="周敏", account_id="zhoumin", mobile="13511112222")
        assert person["mobile"] == "135****2222"
        view = (
            await client.post(f"{API}/grids/{here['id']}/assign", json={"officer_id": person["id"], "from": "2026-01-01"})
        ).json()
        async with registry.client("grid_officer", subject="zhoumin", grids=[here["id"]]) as officer:
            assert len((await officer.get(f"{API}/sites")).json()["items"]) == 1
            await client.post(f"{API}/grids/assignments/{view['officers'][0]['id']}/end", json={})
            assert (await officer.get(f"{API}/sites")).json()["items"] == []
    first, last = await registry.said(OfficerAssigned)
    assert (first.to, last.to is not None, first.account_id) == (None, True, "zhoumin")
    assert first.envelope.sequence < last.envelope.sequence


async def test_an_officer_begins_on_his_day(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        here = await created(client, "/grids", name="东网格", area=square(119.81, 31.33))
        await site(client, await building(client), await party(client))
        person = await created(client, "/officers", name="周敏", account_id="zhoumin")
        await client.post(f"{API}/grids/{here['id']}/assign", json={"officer_id": person["id"], "from": "2099-01-01"})
    async with registry.client("grid_officer", subject="zhoumin", grids=[here["id"]]) as officer:
        assert (await officer.get(f"{API}/sites")).json()["items"] == []


async def test_a_grid_officer_registers_in_his_own_grid_only(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        here = await created(client, "/grids", name="东网格", area=square(119.81, 31.33))
        there = await created(client, "/grids", name="西网格", area=square(119.71, 31.33))
        place, tenant = await building(client), await party(client)
        await site(client, place, await party(client))
    body = {"kind": "tenant", "party_id": tenant["id"], "building_id": place["id"]}
    async with registry.client("grid_officer", grids=[there["id"]]) as stranger:
        assert (await stranger.post(f"{API}/sites", json=body)).status_code == 404
    async with registry.client("grid_officer", grids=[here["id"]]) as officer:
        assert (await officer.post(f"{API}/sites", json=body)).status_code == 201


async def test_a_moved_officer_registers_nothing_in_the_grid_that_only_his_token_names(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        here = await created(client, "/grids", name="东网格", area=square(119.81, 31.33))
        there = await created(client, "/grids", name="西网格", area=square(119.71, 31.33))
        place, tenant = await building(client), await party(client)
        person = await created(client, "/officers", name="周敏", account_id="zhoumin")
        path = f"{API}/grids/{there['id']}/assign"
        await client.post(path, json={"officer_id": person["id"], "from": "2026-01-01"})
        neighbour = await site(client, place, await party(client), grid_id=there["id"])
    body = {"kind": "tenant", "party_id": tenant["id"], "building_id": place["id"]}
    async with registry.client("grid_officer", subject="zhoumin", grids=[here["id"]]) as officer:
        assert (await officer.get(f"{API}/sites/{neighbour['id']}")).status_code == 200
        assert (await officer.post(f"{API}/sites", json=body)).status_code == 403
        assert (await officer.post(f"{API}/sites", json=body | {"grid_id": there["id"]})).status_code == 201


async def test_an_account_that_was_taken_from_an_officer_opens_no_grid_whatever_its_token_says(
    registry: ServiceUnderTest,
) -> None:
    async with registry.client("bureau") as client:
        here = await created(client, "/grids", name="东网格", area=square(119.81, 31.33))
        await site(client, await building(client), await party(client))
        person = await created(client, "/officers", name="周敏", account_id="old")
        await client.post(f"{API}/grids/{here['id']}/assign", json={"officer_id": person["id"], "from": "2026-01-01"})
        await client.patch(f"{API}/officers/{person['id']}", json={"name": "周敏敏"})
        assert await _sees(registry, "old", here) == 1
        await client.patch(f"{API}/officers/{person['id']}", json={"account_id": "new"})
    assert [await _sees(registry, account, here) for account in ("old", "new", "unknown")] == [0, 1, 1]


async def test_everybody_hears_of_an_officers_new_account_for_each_grid_that_is_still_his(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        past, here, ahead = [await created(client, "/grids", name=name) for name in ("旧网格", "东网格", "西网格")]
        person = await created(client, "/officers", name="周敏", account_id="old")
        days = ((past, "2026-01-01", "2026-06-30"), (here, "2026-01-01", None), (ahead, "2099-01-01", None))
        for grid, start, end in days:
            body = {"officer_id": person["id"], "from": start, "to": end}
            assert (await client.post(f"{API}/grids/{grid['id']}/assign", json=body)).is_success
        before = len(await registry.said(OfficerAssigned))
        await client.patch(f"{API}/officers/{person['id']}", json={"name": "周敏敏"})
        assert len(await registry.said(OfficerAssigned)) == before
        await client.patch(f"{API}/officers/{person['id']}", json={"account_id": "new"})
    told = (await registry.said(OfficerAssigned))[before:]
    assert {(str(event.grid_id), event.account_id, event.to) for event in told} == {
        (here["id"], "new", None),
        (ahead["id"], "new", None),
    }


async def _sees(registry: ServiceUnderTest, account: str, grid: dict[str, Any]) -> int:
    async with registry.client("grid_officer", subject=account, grids=[grid["id"]]) as officer:
        return len((await officer.get(f"{API}/sites")).json()["items"])
