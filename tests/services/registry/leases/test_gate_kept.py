"""Nobody walks round the gate: what is found in place, steps in their order, conditions with proof, sites that need a lease."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from shared.contracts.registry import LeaseActivated
from tests.services.registry.builders import building, created, lease, party, reviewed, site
from tests.support.service import ServiceUnderTest

API = "/api/registry"


def _codes(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["code"])


def _body(place: dict[str, Any], owner: dict[str, Any], tenant: dict[str, Any], **body: Any) -> dict[str, Any]:
    whose = {"landlord_party_id": owner["id"], "tenant_party_id": tenant["id"], "building_id": place["id"]}
    return whose | {"rooms": ["2F"], "area": 100, "start": "2026-01-01", "end": "2028-12-31"} | body


async def _days(registry: ServiceUnderTest, *after: int) -> list[str]:
    async def today(tx: Any) -> date:
        return date.fromisoformat(str(tx.today))

    now = await registry.database.run(today)
    return [str(now + timedelta(days=days)) for days in after]


async def test_only_officials_say_that_a_lease_was_found_in_place(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, tenant = await party(client), await party(client)
        place = await building(client, owner)
    async with registry.client("landlord", parties=[owner["id"]]) as client:
        answer = await client.post(f"{API}/leases", json=_body(place, owner, tenant, existing=True))
        assert _codes(answer) == (403, "existing_by_officials")
        assert answer.json()["errors"][0]["pointer"] == "/existing"
        assert (await client.post(f"{API}/leases", json=_body(place, owner, tenant))).status_code == 201


async def test_what_was_found_in_place_and_went_through_the_gate_meets_its_stops_when_it_begins(
    registry: ServiceUnderTest,
) -> None:
    async with registry.client("bureau") as client:
        owner, tenant = await party(client), await party(client)
        draft = await lease(client, await building(client, owner), owner, tenant, existing=True, agreement=None)
        await reviewed(client, draft)
        await created(client, "/barred", name=tenant["name"], reason="多次拒不整改", basis="不予准入清单")
    async with registry.client("landlord", parties=[owner["id"]]) as client:
        answer = await client.post(f"{API}/leases/{draft['id']}/activate")
    assert _codes(answer) == (409, "admission_stopped")
    assert "会审-1" in answer.json()["detail"]
    assert "十务必-1" in answer.json()["detail"]


async def test_what_was_found_in_place_and_stopped_at_the_gate_does_not_begin_past_it(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        found = await lease(
            client, await building(client, owner), owner, await party(client), existing=True, fire_class_declared="a"
        )
        assert (await client.post(f"{API}/leases/{found['id']}/submit")).json()["step"] == "stopped"
        assert _codes(await client.post(f"{API}/leases/{found['id']}/activate")) == (409, "lease_state")


async def test_a_lease_whose_term_is_over_does_not_begin(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        past = {"start": "2020-01-01", "end": "2021-01-01", "existing": True}
        found = await lease(client, await building(client, owner), owner, await party(client), **past)
        answer = await client.post(f"{API}/leases/{found['id']}/activate")
        assert _codes(answer) == (409, "term_over")
        assert answer.json()["errors"][0]["pointer"] == "/end"
        assert (await client.get(f"{API}/leases/{found['id']}")).json()["state"] == "draft"
    assert await registry.said(LeaseActivated) == []


async def test_an_agreement_that_has_run_out_lets_nobody_in(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        old = {"signed_on": "2025-01-01", "until": "2025-06-01"}
        draft = await lease(client, await building(client, owner), owner, await party(client), agreement=old)
        await reviewed(client, draft)
        path = f"{API}/leases/{draft['id']}"
        answer = await client.post(f"{path}/activate")
        assert _codes(answer) == (409, "admission_stopped")
        assert "已到期" in answer.json()["detail"]
        await client.post(f"{path}/documents", json={"kind": "agreement"})
        assert (await client.post(f"{path}/activate")).status_code == 200


async def test_a_hand_over_that_failed_lets_nobody_in_before_a_better_one(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        draft = await lease(client, await building(client, owner), owner, await party(client))
        await reviewed(client, draft)
        path = f"{API}/leases/{draft['id']}"
        failed = (await client.post(f"{path}/documents", json={"kind": "handover", "result": "unsuitable"})).json()
        assert failed["step"] == "approved"
        assert _codes(await client.post(f"{path}/activate", json={"moved_in_on": "2026-02-02"})) == (409, "admission_stopped")
        again = (await client.post(f"{path}/documents", json={"kind": "handover", "result": "suitable"})).json()
        assert again["step"] == "moved_in"
        active = (await client.post(f"{path}/activate", json={"moved_in_on": "2026-02-02"})).json()
    assert (active["state"], active["moved_in_on"]) == ("active", "2026-02-02")
    assert (active["documents"][-1]["kind"], active["documents"][-1]["result"]) == ("handover", "suitable")


async def test_moving_in_without_a_hand_over_or_a_duty_split_on_file_is_flagged_and_allowed(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        draft = await lease(client, await building(client, owner), owner, await party(client))
        await reviewed(client, draft)
        active = (await client.post(f"{API}/leases/{draft['id']}/activate")).json()
    flags = {check["rule"] for check in active["checks"] if check["result"] == "flagged"}
    assert (active["state"], flags >= {"ADM-F12", "ADM-F13"}) == ("active", True)


@pytest.mark.parametrize(
    ("filed", "flagged"), [((), {"ADM-F14", "ADM-F15"}), (("sublet_consent", "fire_class_declaration"), set())]
)
async def test_moving_in_asks_for_the_consent_to_a_sublet_and_the_declared_class(
    registry: ServiceUnderTest, filed: tuple[str, ...], flagged: set[str]
) -> None:
    async with registry.client("bureau") as client:
        owner, middle = await party(client), await party(client)
        place = await building(client, owner)
        top = await lease(client, place, owner, middle, rooms=["3F"], existing=True)
        await client.post(f"{API}/leases/{top['id']}/activate")
        draft = await lease(client, place, middle, await party(client), rooms=["301"])
        await reviewed(client, draft)
        for kind in filed:
            assert (await client.post(f"{API}/leases/{draft['id']}/documents", json={"kind": kind})).is_success
        active = (await client.post(f"{API}/leases/{draft['id']}/activate")).json()
    found = {check["rule"] for check in active["checks"] if check["result"] == "flagged"}
    assert (active["state"], found & {"ADM-F14", "ADM-F15"}) == ("active", flagged)


async def test_an_opinion_waits_until_its_step_is_open_and_stands_once_that_is_over(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        draft = await lease(client, await building(client, owner), owner, await party(client))
        path = f"{API}/leases/{draft['id']}"
        await client.post(f"{path}/submit")
        early = {"department": "site_check", "verdict": "approve"}
        no = {"department": "fire", "verdict": "reject", "conditions": ["疏散宽度不足"]}
        refused = [await client.post(f"{path}/opinions", json=given) for given in (early, no)]
        assert [_codes(answer) for answer in refused] == [(409, "step_not_open")] * 2
        assert (await client.get(path)).json()["step"] == "village_review"
        await client.post(f"{path}/opinions", json={"department": "village", "verdict": "approve"})
        late = {"department": "village", "verdict": "reject", "conditions": ["改变主意"]}
        assert _codes(await client.post(f"{path}/opinions", json=late)) == (409, "step_not_open")


async def test_the_department_that_asked_finds_a_condition_met_and_says_how(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        draft = await lease(client, await building(client, owner), owner, await party(client))
        asking = {"verdict": "approve_with_conditions", "conditions": ["拆除隔断"]}
        approved = await reviewed(client, draft, fire=asking)
    [condition] = approved["conditions"]
    path = f"{API}/leases/{draft['id']}/conditions/{condition['id']}/met"
    async with registry.client("landlord", parties=[owner["id"]]) as client:
        assert (await client.post(path, json={"note": "已拆除"})).status_code == 403
    async with registry.client("department", department="ecology") as client:
        assert (await client.post(path, json={"note": "已拆除"})).status_code == 403
    async with registry.client("department", department="fire") as client:
        bare = await client.post(path, json={"met_on": "2026-11-20"})
        assert _codes(bare) == (422, "proof_missing")
        met = (await client.post(path, json={"met_on": "2026-11-20", "note": "现场复核，已拆除"})).json()
    assert met["conditions"][0]["met_on"] == "2026-11-20"
    assert met["steps"][-1]["note"] == "现场复核，已拆除"


async def test_a_site_with_chemicals_is_closed_only_after_a_final_check(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        facts = {"hazchem": {"value": True, "qty": 20}}
        found = await lease(
            client, await building(client, owner), owner, await party(client), existing=True, facts_declared=facts
        )
        active = (await client.post(f"{API}/leases/{found['id']}/activate")).json()
        path = f"{API}/sites/{active['site_id']}/close"
        assert _codes(await client.post(path, json={"reason": "moved_out"})) == (422, "final_check_missing")
        assert (await client.get(f"{API}/leases/{found['id']}")).json()["state"] == "active"
        checked = {"reason": "moved_out", "final_check": {"chemicals_removed": True}}
        assert (await client.post(path, json=checked)).status_code == 200
        ended = (await client.get(f"{API}/leases/{found['id']}")).json()
    assert (ended["state"], [paper["kind"] for paper in ended["documents"]]) == ("vacated", ["agreement", "final_check"])


async def test_a_landlord_registers_a_tenants_site_only_where_a_lease_of_his_runs(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, tenant, other = await party(client), await party(client), await party(client)
        place = await building(client, owner)
        found = await lease(client, place, owner, tenant, existing=True)
        active = (await client.post(f"{API}/leases/{found['id']}/activate")).json()
        await registry.database.run(lambda tx: _without_site(tx, active["site_id"]))
    async with registry.client("landlord", parties=[owner["id"]]) as client:
        unlet = {"kind": "tenant", "party_id": other["id"], "building_id": place["id"]}
        assert (await client.post(f"{API}/sites", json=unlet)).status_code == 403
        drafted = await client.post(f"{API}/leases", json=_body(place, owner, other, rooms=["5F"]))
        assert drafted.status_code == 201
        assert (await client.post(f"{API}/sites", json=unlet)).status_code == 403
        await site(client, place, tenant)
        await site(client, place, owner, kind="landlord")


async def _without_site(tx: Any, identity: str) -> None:
    """The site is closed, its lease runs on: as records from before the gate may stand."""
    await tx.execute(text("UPDATE registry.sites SET is_open = false WHERE id = :id"), {"id": identity})


async def test_area_let_is_counted_with_leases_on_their_way_and_asked_again_when_they_begin_or_change(
    registry: ServiceUnderTest,
) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner, floor_area=1000)
        first, second = [
            await reviewed(client, await lease(client, place, owner, await party(client), rooms=[room], area=900))
            for room in ("1F", "2F")
        ]
        begun = [(await client.post(f"{API}/leases/{draft['id']}/activate")).json() for draft in (first, second)]
        asked = await client.post(f"{API}/leases/{first['id']}/changes", json={"kind": "area", "area": 50_000})
    assert [_said(shown, "ADM-F9") for shown in (first, second, *begun, asked.json())] == ["passed", *["flagged"] * 4]


def _said(shown: dict[str, Any], rule: str) -> str:
    return next(str(check["result"]) for check in shown["checks"] if check["rule"] == rule)


@pytest.mark.parametrize("state", ["rejected", "withdrawn"])
async def test_a_review_that_is_over_waits_for_nobody(registry: ServiceUnderTest, state: str) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        draft = await lease(client, await building(client, owner), owner, await party(client))
        path = f"{API}/leases/{draft['id']}"
        await client.post(f"{path}/submit")
        waiting = {"waiting_for": "ecology"}
        assert len((await client.get(f"{API}/leases", params=waiting)).json()["items"]) == 1
        if state == "rejected":
            no = {"department": "village", "verdict": "reject", "conditions": ["村里不同意"]}
            await client.post(f"{path}/opinions", json=no)
        else:
            await client.post(f"{path}/withdraw")
        assert (await client.get(path)).json()["state"] == state
        assert (await client.get(f"{API}/leases", params=waiting)).json()["items"] == []


async def test_a_lease_expires_after_its_last_day_and_ends_on_no_day_ahead(registry: ServiceUnderTest) -> None:
    start, end, tomorrow = await _days(registry, 0, 100, 1)
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner)
        found = await lease(client, place, owner, await party(client), existing=True, start=start, end=end)
        path = f"{API}/leases/{found['id']}"
        await client.post(f"{path}/activate")
        early = await client.post(f"{path}/end", json={"reason": "expired", "ended_on": "2031-01-01"})
        ahead = await client.post(f"{path}/end", json={"reason": "terminated", "ended_on": tomorrow})
        assert [_codes(answer) for answer in (early, ahead)] == [(409, "term_runs"), (422, "day_ahead")]
        registry.time_passes(days=101)
        done = (await client.post(f"{path}/end", json={"reason": "expired"})).json()
    assert (done["state"], done["ended_on"]) == ("expired", end)
