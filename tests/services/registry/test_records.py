"""What a record holds beyond what rules use: papers in versions, fields of buildings and leases, and confirmations in time."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx

from services.registry.workers import tell_unconfirmed_sites
from shared.contracts.registry import SiteFactsChanged
from tests.services.registry.builders import building, created, lease, party, site
from tests.services.registry.test_grids import square
from tests.support.service import ServiceUnderTest

API = "/api/registry"


async def test_a_plan_is_filed_in_versions_and_the_one_that_hung_before_stays_readable(registry: ServiceUnderTest) -> None:
    old, new = str(uuid4()), str(uuid4())
    async with registry.client("bureau") as client:
        place = await building(client)
        path = f"{API}/buildings/{place['id']}/documents"
        await created(client, f"/buildings/{place['id']}/documents", kind="escape_map", file_id=old)
        shown = (await client.post(path, json={"kind": "escape_map", "file_id": new, "valid_until": "2020-01-01"})).json()
        wrong = await client.post(path, json={"kind": "licence"})
    found = [(one["version"], one["file_id"], one["is_current"], one["is_expired"]) for one in shown["items"]]
    assert found == [(1, old, False, False), (2, new, True, True)]
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["errors"][0]["pointer"]) == (
        422,
        "document_kind_wrong",
        "/kind",
    )


async def test_a_merged_partys_papers_are_read_under_the_one_that_goes_on(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        kept, double = await party(client), await party(client)
        await created(client, f"/parties/{double['id']}/documents", kind="licence", number="无")
        await client.post(f"{API}/parties/{double['id']}/merge", json={"into": kept["id"], "reason": "重复"})
        shown = (await client.get(f"{API}/parties/{kept['id']}/documents")).json()["items"]
    assert [one["kind"] for one in shown] == ["licence"]


async def test_strangers_papers_are_not_there(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        place, stranger = await building(client), await party(client)
    async with registry.client("landlord", parties=[stranger["id"]]) as client:
        assert (await client.get(f"{API}/buildings/{place['id']}/documents")).status_code == 404


async def test_a_buildings_details_come_back_as_they_were_given_and_what_nobody_said_is_unknown(
    registry: ServiceUnderTest,
) -> None:
    told: dict[str, Any] = {
        "property_certificate": {"held": "held", "number": "苏(2020)宜兴不动产权第0000001号", "dated": "2020-05-01"},
        "exits": [{"id": "E1", "floor": "3F", "width": 1.4, "shared": "yes", "locked": "no", "leads_to": "室外"}],
        "compartments": [{"id": "F1", "floor": "3F", "area": 900, "separation": "甲级防火门"}],
        "meters": [{"number": "3201000001", "room": "301"}],
        "gas": {"supply": "bottles", "alarm": "no"},
        "residual_current_device": "yes",
    }
    async with registry.client("bureau") as client:
        place = await building(client, details=told, point={"lon": 119.82, "lat": 31.34, "crs": "gcj02", "source": "map"})
        shown = (await client.get(f"{API}/buildings/{place['id']}")).json()
    details = shown["details"]
    assert details["exits"][0] | told["exits"][0] == details["exits"][0]
    assert (details["meters"][0]["number"], details["gas"]) == ("3201000001", {"supply": "bottles", "alarm": "no"})
    assert (details["land_use"]["held"], details["spacing_blocked"], details["plans_displayed"]) == ("unknown",) * 3
    assert (shown["point"]["crs"], shown["point"]["source"]) == ("gcj02", "map")


async def test_the_rent_is_for_its_two_parties_and_the_bureau(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, tenant = await party(client), await party(client)
        place = await building(client, owner)
        found = await lease(client, place, owner, tenant, rent_monthly=12_500.5, outline=square(119.82, 31.34, 0.0001))
        assert (found["rent_monthly"], found["outline"]["type"]) == (12_500.5, "Polygon")
    path = f"{API}/leases/{found['id']}"
    async with registry.client("tenant", parties=[tenant["id"]]) as client:
        assert (await client.get(path)).json()["rent_monthly"] == 12_500.5
    async with registry.client("engineer") as client:
        assert (await client.get(path)).json()["rent_monthly"] is None


async def test_the_agreement_that_comes_with_a_draft_is_on_file(registry: ServiceUnderTest) -> None:
    file_id = str(uuid4())
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner)
        signed = {"signed_on": "2025-12-20", "file_id": file_id, "model": "MODEL-2026.1"}
        found = await lease(client, place, owner, await party(client), agreement=signed)
    [paper] = found["documents"]
    assert (paper["kind"], paper["version"], paper["file_id"], paper["model"]) == ("agreement", 1, file_id, "MODEL-2026.1")


async def test_a_ledger_that_nobody_confirms_is_a_finding_on_the_day_after_and_once(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await site(client, await building(client), await party(client))
        registry.time_passes(days=90)
        await registry.works(tell_unconfirmed_sites)
        assert not (await client.get(f"{API}/sites/{view['id']}")).json()["confirm_is_overdue"]
        registry.time_passes(days=1)
        await registry.works(tell_unconfirmed_sites)
        await registry.works(tell_unconfirmed_sites)
        assert (await client.get(f"{API}/sites/{view['id']}")).json()["confirm_is_overdue"]
        await client.post(f"{API}/sites/{view['id']}/confirm")
        await registry.works(tell_unconfirmed_sites)
        assert not (await client.get(f"{API}/sites/{view['id']}")).json()["confirm_is_overdue"]
    late, confirmed = await registry.said(SiteFactsChanged)
    assert late.facts["ledger_confirmation_overdue"].value is True
    assert confirmed.removed == ("ledger_confirmation_overdue",)


async def test_an_answer_whose_validity_has_passed_is_a_finding_again(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        view = await site(client, await building(client), await party(client))
        today = await registry.database.run(_today)
        answer = {"spray": {"value": "none", "source": "patrol", "valid_to": str(today + timedelta(days=10))}}
        await client.put(f"{API}/sites/{view['id']}/facts", json=answer)
        assert "spray" not in (await client.get(f"{API}/sites/{view['id']}")).json()["unanswered"]
        registry.time_passes(days=11)
        assert "spray" in (await client.get(f"{API}/sites/{view['id']}")).json()["unanswered"]


async def _today(tx: Any) -> date:
    return date.fromisoformat(str(tx.today))


async def test_a_buildings_details_that_are_not_named_in_a_change_stay(registry: ServiceUnderTest) -> None:
    systems = {"sprinkler": {"state": "sound", "last_tested_on": "2026-01-05"}}
    async with registry.client("bureau") as client:
        told = {"exits": [{"floor": "1F"}], "fire_systems": systems, "gas": {"supply": "bottles"}}
        place = await building(client, details=told)
        changes = {"details": {"dormitory": "no", "gas": {"alarm": "yes"}, "exits": []}}
        shown = (await client.patch(f"{API}/buildings/{place['id']}", json=changes)).json()["details"]
    assert (shown["dormitory"], shown["fire_systems"], shown["exits"]) == ("no", systems, [])
    assert shown["gas"] == {"supply": "bottles", "alarm": "yes"}


async def test_who_only_rents_in_a_building_writes_nothing_about_it_and_who_lets_there_does(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, second, tenant = await party(client), await party(client), await party(client)
        place = await building(client, owner)
        above = await _running(client, place, owner, second, rooms=["2F"])
        await _running(client, place, second, tenant, rooms=["2F-201"], parent_lease_id=above["id"], area=50)
        device = await created(client, f"/buildings/{place['id']}/devices", label="一楼响铃")
    asked: dict[str, dict[str, Any]] = {
        f"buildings/{place['id']}/devices": {"label": "铃"},
        f"buildings/{place['id']}/documents": {"kind": "fire_acceptance"},
        f"compounds/{place['compound_id']}/documents": {"kind": "plan"},
    }
    building_of_his = {"compound_id": place["compound_id"], "building_no": "新楼"}
    for who, status in ((tenant, 403), (second, 201), (owner, 201)):
        async with registry.client("landlord", "tenant", parties=[who["id"]]) as client:
            answers = [await client.post(f"{API}/{path}", json=body) for path, body in asked.items()]
            assert [answer.status_code for answer in answers] == [status] * 3
            removed = await client.patch(f"{API}/devices/{device['id']}", json={"label": "响铃"})
            assert removed.status_code == (200 if status == 201 else 403)
            assert (await client.get(f"{API}/buildings/{place['id']}/devices")).status_code == 200
            if who is tenant:
                assert (await client.post(f"{API}/buildings", json=building_of_his)).status_code == 403


async def _running(
    client: httpx.AsyncClient, place: dict[str, Any], owner: dict[str, Any], who: dict[str, Any], **body: Any
) -> dict[str, Any]:
    draft = await lease(client, place, owner, who, existing=True, **body)
    answer = await client.post(f"{API}/leases/{draft['id']}/activate")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
