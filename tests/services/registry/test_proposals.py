"""Proposals and confirmations: who operates a site says what changed, an officer compares and accepts."""

from shared.contracts.registry import PartyChanged, SiteFactsChanged
from tests.services.registry.builders import building, party, site
from tests.support.service import ServiceUnderTest

API = "/api/registry"


async def test_a_tenants_change_waits_until_an_officer_has_compared_old_with_new(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        tenant = await party(client)
        view = await site(client, await building(client), tenant, facts={"spray": {"value": "none"}})
    async with registry.client("tenant", parties=[tenant["id"]]) as own:
        assert (await own.put(f"{API}/sites/{view['id']}/facts", json={"spray": {"value": "solvent"}})).status_code == 403
        proposed = await own.post(
            f"{API}/sites/{view['id']}/proposals", json={"facts": {"spray": {"value": "solvent"}}, "room": "302"}
        )
        assert proposed.status_code == 201
    compared = {row["field"]: (row["label"], row["old"], row["new"]) for row in proposed.json()["comparison"]}
    old, new = ({"value": value, "qty": None, "unit": None} for value in ("none", "solvent"))
    assert compared == {"facts.spray": ("喷涂", old, new), "room": ("room", None, "302")}
    assert await registry.said(SiteFactsChanged) == []
    async with registry.client("grid_officer", "bureau", subject="zhoumin") as officer:
        [waiting] = (await officer.get(f"{API}/proposals")).json()["items"]
        accepted = await officer.post(f"{API}/proposals/{waiting['id']}/accept")
        assert accepted.json()["state"] == "accepted"
        after = (await officer.get(f"{API}/sites/{view['id']}")).json()
        again = await officer.post(f"{API}/proposals/{waiting['id']}/reject")
    assert (after["room"], after["facts"]["spray"]["value"], after["facts"]["spray"]["verified_by"]) == (
        "302",
        "solvent",
        "zhoumin",
    )
    assert (again.status_code, again.json()["code"]) == (409, "proposal_decided")
    [said] = [event for event in await registry.said(SiteFactsChanged) if "spray" in event.facts]
    assert said.facts["spray"].verified_by == "zhoumin"


async def test_a_rejected_proposal_leaves_the_ledger_as_it_is(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau", "tenant") as client:
        tenant = await party(client, employees=10)
        proposed = (await client.post(f"{API}/parties/{tenant['id']}/proposals", json={"employees": 99})).json()
        await client.post(f"{API}/proposals/{proposed['id']}/reject", json={"reason": "与社保人数不符"})
        assert (await client.get(f"{API}/parties/{tenant['id']}")).json()["employees"] == 10
    assert await registry.said(PartyChanged) == []


async def test_a_proposal_shows_that_the_ledger_moved_meanwhile(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau", "tenant") as client:
        tenant = await party(client, employees=10)
        proposed = (await client.post(f"{API}/parties/{tenant['id']}/proposals", json={"employees": 99})).json()
        await client.patch(f"{API}/parties/{tenant['id']}", json={"employees": 50})
        shown = (await client.get(f"{API}/proposals/{proposed['id']}")).json()
    assert (proposed["has_moved"], shown["has_moved"]) == (False, True)
    assert [(row["old"], row["new"]) for row in shown["comparison"]] == [(50, 99)]


async def test_what_the_ledger_says_already_is_no_proposal(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau", "tenant") as client:
        tenant = await party(client, employees=10)
        answer = await client.post(f"{API}/parties/{tenant['id']}/proposals", json={"employees": 10})
    assert (answer.status_code, answer.json()["code"]) == (422, "nothing_proposed")


async def test_nobody_proposes_for_another_firm_or_sees_its_proposals(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau", "tenant") as client:
        mine, theirs = await party(client), await party(client)
        proposed = (await client.post(f"{API}/parties/{theirs['id']}/proposals", json={"employees": 7})).json()
    async with registry.client("tenant", parties=[mine["id"]]) as own:
        assert (await own.post(f"{API}/parties/{theirs['id']}/proposals", json={"employees": 8})).status_code == 404
        assert (await own.get(f"{API}/proposals/{proposed['id']}")).status_code == 404
        assert (await own.get(f"{API}/proposals")).json()["items"] == []


async def test_a_site_is_confirmed_for_ninety_days(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        tenant = await party(client)
        view = await site(client, await building(client), tenant)
        registry.time_passes(days=91)
        late = (await client.get(f"{API}/sites", params={"confirm_overdue": True})).json()["items"]
        assert [item["id"] for item in late] == [view["id"]]
        async with registry.client("tenant", parties=[tenant["id"]]) as own:
            confirmed = (await own.post(f"{API}/sites/{view['id']}/confirm")).json()
        assert (await client.get(f"{API}/sites", params={"confirm_overdue": True})).json()["items"] == []
    [said] = await registry.said(SiteFactsChanged)
    assert said.facts["ledger_confirmed_on"].value == confirmed["confirmed_on"]
