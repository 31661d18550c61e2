"""Merging duplicates of a party, and taking them apart again."""

from typing import Any

import httpx

from shared.contracts.registry import ContactChanged, LeaseChanged, PartyChanged, SiteChanged, SiteClosed, SiteRegistered
from tests.services.registry.builders import building, lease, party, site
from tests.support.service import ServiceUnderTest

API = "/api/registry"
PERSON = {"role": "principal", "name": "王建国", "mobile": "13912345678"}


async def _everything_of(client: httpx.AsyncClient, who: dict[str, Any]) -> dict[str, Any]:
    """What names a party, by kind."""
    sites = (await client.get(f"{API}/sites", params={"party_id": who["id"]})).json()["items"]
    leases = (await client.get(f"{API}/leases", params={"tenant_party_id": who["id"]})).json()["items"]
    contacts = (await client.get(f"{API}/parties/{who['id']}/contacts")).json()["items"]
    return {name: {row["id"] for row in rows} for name, rows in {"sites": sites, "leases": leases, "contacts": contacts}.items()}


async def test_a_merged_party_hands_everything_on_and_a_merge_undone_gives_it_all_back(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, kept, double = await party(client), await party(client), await party(client, contacts=[PERSON])
        place = await building(client, owner)
        found = await lease(client, place, owner, double, existing=True)
        await client.post(f"{API}/leases/{found['id']}/activate")
        before = await _everything_of(client, double)
        assert all(before.values())
        merged = await client.post(f"{API}/parties/{double['id']}/merge", json={"into": kept["id"], "reason": "同一企业重复登记"})
        assert merged.status_code == 200
        assert await _everything_of(client, kept) == before
        found_by_name = (await client.get(f"{API}/parties", params={"q": double["name"]})).json()["items"]
        assert double["id"] not in {row["id"] for row in found_by_name}
        assert (await client.get(f"{API}/parties/{double['id']}")).json()["merged_into"] == kept["id"]
        undone = await client.post(f"{API}/parties/{double['id']}/unmerge", json={"reason": "实为两家"})
        assert undone.json()["undone_at"] is not None
        assert await _everything_of(client, double) == before
        assert not any((await _everything_of(client, kept)).values())
    assert [event.changed for event in await registry.said(SiteChanged) if event.reason == "merge"] == [("party_id",)] * 2
    assert len(await registry.said(LeaseChanged)) == 2
    assert len(await registry.said(ContactChanged)) == 3
    merges = [event.merged_into for event in await registry.said(PartyChanged) if event.changed == ("merged_into",)]
    assert [str(into) for into in merges] == [kept["id"], "None"]


async def test_of_two_sites_in_one_building_the_merged_partys_ends_and_names_the_one_that_goes_on(
    registry: ServiceUnderTest,
) -> None:
    async with registry.client("bureau") as client:
        kept, double = await party(client), await party(client)
        place = await building(client)
        stays, ends = await site(client, place, kept), await site(client, place, double)
        await client.post(f"{API}/parties/{double['id']}/merge", json={"into": kept["id"], "reason": "重复"})
        assert (await client.get(f"{API}/sites/{ends['id']}")).json()["closing_reason"] == "merged"
        await client.post(f"{API}/parties/{double['id']}/unmerge")
        assert (await client.get(f"{API}/sites/{ends['id']}")).json()["is_open"] is True
    [closed] = await registry.said(SiteClosed)
    assert (str(closed.site_id), str(closed.successor_site_id)) == (ends["id"], stays["id"])
    assert [str(event.site_id) for event in await registry.said(SiteRegistered)] == [stays["id"], ends["id"], ends["id"]]


async def test_what_changed_hands_since_the_merge_stays_where_it_is(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        kept, double, third = await party(client), await party(client), await party(client)
        await site(client, await building(client), double)
        await client.post(f"{API}/parties/{double['id']}/merge", json={"into": kept["id"], "reason": "重复"})
        await client.post(f"{API}/parties/{kept['id']}/merge", json={"into": third["id"], "reason": "重复"})
        await client.post(f"{API}/parties/{double['id']}/unmerge")
        assert len((await _everything_of(client, third))["sites"]) == 1
        assert (await _everything_of(client, double))["sites"] == set()


async def test_a_party_that_was_never_merged_cannot_be_taken_apart(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await party(client)
        answer = await client.post(f"{API}/parties/{view['id']}/unmerge")
        alone = await client.post(f"{API}/parties/{view['id']}/merge", json={"into": view["id"], "reason": "?"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_merged")
    assert (alone.status_code, alone.json()["code"]) == (422, "merge_with_itself")
