"""Merging duplicates of a party, and taking them apart again."""

from typing import Any

import httpx

from shared.contracts.registry import ContactChanged, LeaseChanged, PartyChanged, SiteChanged, SiteClosed, SiteRegistered
from tests.services.registry.builders import building, compound, credit_code, lease, party, site
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


async def _active(client: httpx.AsyncClient, place: dict[str, Any], owner: dict[str, Any], who: dict[str, Any], room: str) -> Any:
    draft = await lease(client, place, owner, who, existing=True, rooms=[room])
    return (await client.post(f"{API}/leases/{draft['id']}/activate")).json()


async def _merge(client: httpx.AsyncClient, double: dict[str, Any], kept: dict[str, Any]) -> httpx.Response:
    return await client.post(f"{API}/parties/{double['id']}/merge", json={"into": kept["id"], "reason": "重复"})


async def test_a_lease_of_the_site_that_ended_goes_on_with_the_one_in_its_stead(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, kept, double = await party(client), await party(client), await party(client)
        place = await building(client, owner)
        stays = await _active(client, place, owner, kept, "1F")
        moves = await _active(client, place, owner, double, "2F")
        assert (await _merge(client, double, kept)).status_code == 200
        path = f"{API}/leases/{moves['id']}"
        assert (await client.get(path)).json()["site_id"] == stays["site_id"]
        await client.post(f"{path}/changes", json={"kind": "process", "facts_declared": {"spray": {"value": "solvent"}}})
        for department in ("emergency", "fire"):
            await client.post(f"{path}/opinions", json={"department": department, "verdict": "approve"})
        live = (await client.get(f"{API}/sites/{stays['site_id']}")).json()
        assert (live["is_open"], live["facts"]["spray"]["value"]) == (True, "solvent")
        await client.post(f"{API}/parties/{double['id']}/unmerge")
        assert (await client.get(path)).json()["site_id"] == moves["site_id"]
    assert [str(event.site_id) for event in await registry.said(LeaseChanged) if event.changed == ("site_id",)] == [
        stays["site_id"],
        moves["site_id"],
    ]


async def test_tenants_belong_to_the_landlords_site_that_goes_on(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        kept, double = await party(client), await party(client)
        place = await building(client, kept)
        stays, ends = [await site(client, place, one, kind="landlord") for one in (kept, double)]
        tenant = await site(client, place, await party(client), landlord_site_id=ends["id"])
        await _merge(client, double, kept)
        assert (await client.get(f"{API}/sites/{tenant['id']}")).json()["landlord_site_id"] == stays["id"]
        await client.post(f"{API}/parties/{double['id']}/unmerge")
        assert (await client.get(f"{API}/sites/{tenant['id']}")).json()["landlord_site_id"] == ends["id"]
    told = [event for event in await registry.said(SiteChanged) if event.changed == ("landlord_site_id",)]
    assert [str(event.landlord_site_id) for event in told] == [stays["id"], ends["id"]]


async def test_two_records_with_a_compound_of_one_name_are_merged_and_taken_apart(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        kept, double = await party(client), await party(client)
        for owner in (kept, double):
            await compound(client, owner, name="幸福园")
        assert (await _merge(client, double, kept)).status_code == 200
        listed = (await client.get(f"{API}/compounds", params={"landlord_party_id": kept["id"]})).json()["items"]
        assert [row["name"] for row in listed] == ["幸福园"] * 2
        await client.post(f"{API}/parties/{double['id']}/unmerge")
    keys = [(str(row["landlord_party_id"]), row["name_key"]) for row in await registry.table("compounds")]
    assert sorted(keys) == sorted([(kept["id"], "幸福园"), (double["id"], "幸福园")])


async def test_code_and_id_number_go_on_with_the_kept_record_and_back_with_the_other(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        third, kept, double = [await party(client, "老张加工点", party_type="unlicensed") for _ in range(3)]
        code, number = credit_code(), "11010519491231002X"
        await client.patch(f"{API}/parties/{double['id']}", json={"uscc": code, "id_number": number})
        await _merge(client, double, kept)
        await _merge(client, kept, third)
        again = await client.post(f"{API}/parties", json={"party_type": "enterprise", "name": "又一次", "uscc": code})
        assert (again.status_code, again.json()["code"]) == (409, "party_known")
        found = (await client.get(f"{API}/parties", params={"q": code})).json()["items"]
        assert [row["id"] for row in found] == [third["id"]]
        shown = [await _numbers(client, one) for one in (third, kept, double)]
        assert shown == [(code, "**************002X")] * 3
        assert (await client.post(f"{API}/parties/{double['id']}/unmerge")).status_code == 200
        assert [await _numbers(client, one) for one in (third, kept)] == [(None, None)] * 2
        assert await _numbers(client, double) == (code, "**************002X")


async def _numbers(client: httpx.AsyncClient, who: dict[str, Any]) -> tuple[str | None, str | None]:
    shown = (await client.get(f"{API}/parties/{who['id']}")).json()
    return shown["uscc"], shown["id_number"]


async def test_who_rents_from_another_is_not_the_same_party(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, tenant = await party(client), await party(client)
        running = await _active(client, await building(client, owner), owner, tenant, "1F")
        for one, other in ((owner, tenant), (tenant, owner)):
            answer = await _merge(client, one, other)
            assert (answer.status_code, answer.json()["code"]) == (409, "merge_lets_to_itself")
        await client.post(f"{API}/leases/{running['id']}/end", json={"reason": "terminated"})
        assert (await _merge(client, tenant, owner)).status_code == 200
