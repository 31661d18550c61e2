"""Nobody walks round the gate: what is found in place, steps in their order, conditions with proof, sites that need a lease."""

from datetime import date, timedelta
from typing import Any

import httpx

from shared.contracts.registry import LeaseActivated
from tests.services.registry.builders import building, created, lease, party, reviewed
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
