"""Compounds, buildings and sites: placed, counted, told to everybody."""

from datetime import date

from shared.contracts.registry import SiteChanged, SiteClosed, SiteFactsChanged, SiteRegistered
from tests.services.registry.builders import building, compound, created, lease, party, site
from tests.services.registry.hazards import alarm_tested
from tests.services.registry.test_grids import square
from tests.support.service import ServiceUnderTest

API = "/api/registry"


async def test_a_registered_site_is_told_with_everything_known_of_it(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, tenant = await party(client), await party(client, "宜兴市宏达金属制品有限公司", employees=42)
        place = await building(client, owner, fire_resistance="class_3")
        landlord = await site(client, place, owner, kind="landlord")
        view = await site(
            client, place, tenant, floor="3F", room="301", facts={"dust": {"value": "metal", "qty": 12, "source": "grid_officer"}}
        )
    said = (await registry.said(SiteRegistered))[-1]
    assert (str(said.site_id), str(said.landlord_site_id), said.name) == (
        view["id"],
        landlord["id"],
        "宜兴市宏达金属制品有限公司",
    )
    known = {"dust": "metal", "people_on_site": 42, "building_fire_resistance": "3", "building_tenants": 1, "floor": 3}
    assert known.items() <= {key: fact.value for key, fact in said.facts.items()}.items()
    assert (said.scope, said.envelope.sequence, said.envelope.subject) == (("sole_tenant",), 1, said.site_id)


async def test_a_point_given_in_gcj02_is_stored_as_cgcs2000(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await compound(client, await party(client), point={"lon": 120.026268, "lat": 30.279164, "crs": "GCJ-02"})
        wrong = await client.post(
            "/api/registry/compounds",
            json={
                "name": "乙",
                "region_code": "320282",
                "landlord_party_id": view["landlord_party_id"],
                "point": {"lon": 1, "lat": 1, "crs": "mars"},
            },
        )
    assert abs(view["point"]["lon"] - 120.0215296) < 1e-6
    assert view["point"]["crs"] == "gcj02"
    assert (wrong.status_code, wrong.json()["code"]) == (422, "crs_unknown")


async def test_a_second_tenant_makes_the_building_split_and_the_neighbours_hear_it(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        place = await building(client)
        first = await site(client, place, await party(client))
        second = await site(client, place, await party(client))
        assert second["scope"] == ["single_building_split", "compound_multi_unit"]
    [changed] = await registry.said(SiteChanged)
    assert (str(changed.site_id), changed.scope) == (first["id"], ("single_building_split", "compound_multi_unit"))
    [facts] = await registry.said(SiteFactsChanged)
    assert (str(facts.site_id), facts.facts["building_tenants"].value) == (first["id"], 2)


async def test_the_same_party_twice_in_one_building_is_refused(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        place, tenant = await building(client), await party(client)
        await site(client, place, tenant)
        body = {"kind": "tenant", "party_id": tenant["id"], "building_id": place["id"]}
        answer = await client.post("/api/registry/sites", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "site_known")


async def test_facts_are_registers_with_a_history_and_an_answer_given_again_changes_nothing(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await site(client, await building(client), await party(client))
        path = f"/api/registry/sites/{view['id']}/facts"
        first = await client.put(
            path, json={"spray": {"value": "solvent", "source": "patrol"}, "hot_work": {"value": "unknown", "source": "patrol"}}
        )
        again = await client.put(path, json={"spray": {"value": "solvent", "source": "patrol"}})
        other = await client.put(path, json={"spray": {"value": "none", "source": "patrol"}})
    assert (first.json()["changed"], again.json()["changed"], other.json()["changed"]) == (["hot_work", "spray"], [], ["spray"])
    said = await registry.said(SiteFactsChanged)
    assert [(event.facts["spray"].value, event.envelope.sequence) for event in said] == [("solvent", 2), ("none", 3)]
    assert "hot_work" in other.json()["unanswered"]
    assert [row["entry"]["value"] for row in await registry.table("fact_history") if row["key"] == "spray"] == ["solvent", "none"]


async def test_a_fact_that_the_ledger_derives_cannot_be_set(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await site(client, await building(client), await party(client))
        answer = await client.put(f"/api/registry/sites/{view['id']}/facts", json={"building_tenants": {"value": 1}})
    assert (answer.status_code, answer.json()["code"], answer.json()["errors"][0]["pointer"]) == (
        422,
        "fact_derived",
        "/building_tenants/value",
    )


async def test_a_closed_site_stays_readable_and_takes_no_more_changes(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await site(client, await building(client), await party(client))
        closed = await client.post(f"/api/registry/sites/{view['id']}/close", json={"reason": "moved_out"})
        assert (closed.status_code, closed.json()["is_open"]) == (200, False)
        refused = await client.put(f"/api/registry/sites/{view['id']}/facts", json={"spray": {"value": "none"}})
        assert (refused.status_code, refused.json()["code"]) == (409, "site_closed")
        assert (await client.get(f"/api/registry/sites/{view['id']}")).json()["closing_reason"] == "moved_out"
        assert (await client.get("/api/registry/sites")).json()["items"] == []
    [said] = await registry.said(SiteClosed)
    assert (str(said.site_id), said.reason) == (view["id"], "moved_out")


async def test_a_change_of_the_building_reaches_the_facts_of_its_sites(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        place = await building(client)
        await site(client, place, await party(client))
        details = {"fire_systems": {"sprinkler": {"state": "absent"}, "alarm": {"state": "sound"}}}
        await client.patch(f"/api/registry/buildings/{place['id']}", json={"details": details, "sandwich_panel": "b2_b3"})
    [said] = await registry.said(SiteFactsChanged)
    assert {key: fact.value for key, fact in said.facts.items()} == {
        "building_fire_system_absent": True,
        "building_sandwich_panel": "b2_b3",
    }


async def test_a_landlords_site_registered_later_adopts_the_tenants(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner)
        tenant = await site(client, place, await party(client))
        landlord = await site(client, place, owner, kind="landlord")
        assert (await client.get(f"/api/registry/sites/{tenant['id']}")).json()["landlord_site_id"] == landlord["id"]
    assert [str(event.landlord_site_id) for event in await registry.said(SiteChanged)] == [landlord["id"]]


async def test_lists_come_in_pages(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        place = await building(client)
        known = {(await site(client, place, await party(client)))["id"] for _ in range(5)}
        seen, cursor = set(), None
        for _ in range(3):
            page = (await client.get("/api/registry/sites", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
            seen |= {item["id"] for item in page["items"]}
            cursor = page["next"]
    assert (seen, cursor) == (known, None)


async def test_a_landlord_sees_his_own_building_and_nobody_elses(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, other = await party(client), await party(client)
        mine = await site(client, await building(client, owner), await party(client))
        theirs = await site(client, await building(client, other), await party(client))
    async with registry.client("landlord", parties=[owner["id"]]) as client:
        listed = (await client.get("/api/registry/sites")).json()["items"]
        assert [item["id"] for item in listed] == [mine["id"]]
        assert (await client.get(f"/api/registry/sites/{theirs['id']}")).status_code == 404


async def test_a_tenant_sees_itself_only(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        place, tenant = await building(client), await party(client)
        mine, neighbour = await site(client, place, tenant), await site(client, place, await party(client))
    async with registry.client("tenant", parties=[tenant["id"]]) as client:
        assert [item["id"] for item in (await client.get("/api/registry/sites")).json()["items"]] == [mine["id"]]
        assert (await client.get(f"/api/registry/sites/{neighbour['id']}")).status_code == 404
        assert (await client.get(f"/api/registry/buildings/{place['id']}")).status_code == 200
        assert (await client.get(f"/api/registry/parties/{neighbour['party_id']}")).status_code == 404


async def test_the_bureau_asks_a_question_of_its_own_without_a_migration(registry: ServiceUnderTest) -> None:
    entry = {"type": "choice", "values": ["none", "laser"], "zh": "激光切割", "en": "Laser cutting"}
    async with registry.client("bureau") as client:
        assert (await client.put("/api/registry/fact-keys/laser", json=entry)).status_code == 200
        shipped = await client.put("/api/registry/fact-keys/spray", json=entry)
        empty = await client.put("/api/registry/fact-keys/plasma", json={**entry, "values": []})
        view = await site(client, await building(client), await party(client), facts={"laser": {"value": "laser"}})
        await client.put(f"/api/registry/sites/{view['id']}/facts", json={"laser": {"value": "none"}})
        told = (await client.get(f"/api/registry/sites/{view['id']}/facts/laser/history")).json()["items"]
        asked = {item["key"]: item["shipped"] for item in (await client.get("/api/registry/fact-keys")).json()["items"]}
    assert [shipped.json()["code"], empty.json()["code"]] == ["fact_key_shipped", "fact_key_incomplete"]
    assert [item["entry"]["value"] for item in told] == ["laser", "none"]
    assert (asked["laser"], asked["spray"]) == (False, True)


async def test_a_tested_alarm_becomes_a_device_of_its_building_and_a_later_test_stands(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner)
        view = await site(client, place, owner, kind="landlord")
        later, earlier = alarm_tested(view, place, "working", day=20), alarm_tested(view, place, "no_power", day=10)
        await registry.hears(later)
        await registry.hears(earlier)
        [device] = (await client.get(f"/api/registry/buildings/{place['id']}/devices")).json()["items"]
    assert (device["kind"], device["last_result"], device["has_power"]) == ("one_key_alarm", "working", "yes")


async def test_the_occupancy_of_a_building_shows_who_has_which_rooms(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, first, second = await party(client), await party(client), await party(client)
        place = await building(client, owner)
        for tenant, room in ((first, "1F"), (second, "2F")):
            found = await lease(client, place, owner, tenant, rooms=[room], area=500, existing=True)
            await client.post(f"/api/registry/leases/{found['id']}/activate")
        whole = (await client.get(f"/api/registry/buildings/{place['id']}/occupancy")).json()
    async with registry.client("tenant", parties=[first["id"]]) as own:
        mine = (await own.get(f"/api/registry/buildings/{place['id']}/occupancy")).json()
    assert [(line["tenant"], line["rooms"]) for line in whole["items"]] == [(first["name"], ["1F"]), (second["name"], ["2F"])]
    assert whole["let_area"] == 1000
    assert [line["tenant"] for line in mine["items"]] == [first["name"]]


async def test_a_compound_that_was_sold_belongs_to_the_new_landlord_at_once(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        seller, buyer = await party(client), await party(client)
        place = await building(client, seller)
        view = await site(client, place, await party(client))
        path = f"/api/registry/compounds/{place['compound_id']}"
        assert (await client.patch(path, json={"landlord_party_id": buyer["id"]})).status_code == 200
    async with registry.client("landlord", parties=[seller["id"]]) as before:
        assert (await before.get(f"/api/registry/sites/{view['id']}")).status_code == 404
    async with registry.client("landlord", parties=[buyer["id"]]) as after:
        assert (await after.get(f"/api/registry/sites/{view['id']}")).json()["landlord_party_id"] == buyer["id"]


async def test_sites_that_have_their_buildings_point_move_with_it_and_into_its_grid(registry: ServiceUnderTest) -> None:
    there = {"lon": 119.90, "lat": 31.40, "crs": "cgcs2000"}
    async with registry.client("bureau") as client:
        grid = await created(client, "/grids", name="新网格", area=square(119.89, 31.39))
        by_hand = await created(client, "/grids", name="手工网格")
        place = await building(client)
        moves = await site(client, place, await party(client))
        named = await site(client, place, await party(client), grid_id=by_hand["id"])
        own = await site(client, place, await party(client), point={"lon": 119.821, "lat": 31.341, "crs": "wgs84"})
        assert (await client.patch(f"{API}/buildings/{place['id']}", json={"point": there})).status_code == 200
        found = [(await client.get(f"{API}/sites/{one['id']}")).json() for one in (moves, named, own)]
        again = {"point": {**there, "lon": 119.91}}
        await client.patch(f"{API}/compounds/{place['compound_id']}", json=again)
    assert [(one["point"]["lon"], one["grid_id"]) for one in found] == [
        (119.90, grid["id"]),
        (119.90, by_hand["id"]),
        (119.821, None),
    ]
    told = [(str(said.site_id), said.changed) for said in await registry.said(SiteChanged) if said.reason == "building_moved"]
    assert sorted(told) == sorted([(moves["id"], ("grid_id", "point")), (named["id"], ("point",))])


async def test_a_building_without_a_point_of_its_own_moves_with_its_compound(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        place = await building(client)
        view = await site(client, place, await party(client))
        point = {"lon": 119.90, "lat": 31.40, "crs": "cgcs2000"}
        await client.patch(f"{API}/compounds/{place['compound_id']}", json={"point": point})
        assert (await client.get(f"{API}/sites/{view['id']}")).json()["point"]["lon"] == 119.90


async def test_a_site_answers_by_its_partys_record_where_nobody_counted(registry: ServiceUnderTest) -> None:
    """The largest shift before all employees (在岗人数 is the shift's), and the level by which inspections are capped."""
    until = {"standardisation_expires_on": "2027-06-30"}
    async with registry.client("bureau") as client:
        firm = await party(client, employees=80, standardisation="3", details={"largest_shift": 35} | until)
        here, there = await building(client), await building(client)
        told = await site(client, here, firm)
        counted = await site(client, there, firm, facts={"people_on_site": {"value": 20, "source": "patrol"}})
        path = f"{API}/parties/{firm['id']}"
        await client.patch(path, json={"standardisation": "2", "details": {"largest_shift": 50}})
        heard = len(await registry.said(SiteFactsChanged))
        await client.patch(path, json={"standardisation": "2"})
    for first, place in zip((35, 20), (told, counted), strict=True):
        assert (place["facts"]["people_on_site"]["value"], place["facts"]["standardisation"]["value"]) == (first, "level_3")
    changed = {str(event.site_id): event.facts for event in await registry.said(SiteFactsChanged)}
    assert {key: fact.value for key, fact in changed[told["id"]].items()} == {"people_on_site": 50, "standardisation": "level_2"}
    assert {key: fact.value for key, fact in changed[counted["id"]].items()} == {"standardisation": "level_2"}
    assert changed[told["id"]]["standardisation"].valid_to == date(2027, 6, 30)
    assert len(await registry.said(SiteFactsChanged)) == heard
