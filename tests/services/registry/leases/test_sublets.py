"""Sublets live under the lease they come from: none begins without it, none outlives it, it does not shrink below them."""

from datetime import date, timedelta
from typing import Any

import httpx

from services.registry.workers import advance_leases
from shared.contracts.registry import LeaseChanged, LeaseEnded
from tests.services.registry.builders import building, lease, party
from tests.support.service import ServiceUnderTest

API = "/api/registry"


async def _chain(client: httpx.AsyncClient, **top: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The owner's lease of the third floor, running, and a sublet of one of its rooms, running."""
    owner, middle, below = await party(client), await party(client), await party(client)
    place = await building(client, owner)
    above = await lease(client, place, owner, middle, rooms=["3F"], existing=True, **top)
    await _activated(client, above)
    sublet = await lease(client, place, middle, below, rooms=["301"], existing=True, **top)
    return above, await _activated(client, sublet)


async def _activated(client: httpx.AsyncClient, found: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(f"{API}/leases/{found['id']}/activate")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def _state(client: httpx.AsyncClient, found: dict[str, Any]) -> str:
    return str((await client.get(f"{API}/leases/{found['id']}")).json()["state"])


async def test_what_was_sublet_ends_with_the_lease_above_so_that_no_room_is_let_twice(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        above, sublet = await _chain(client)
        await client.post(f"{API}/leases/{above['id']}/end", json={"reason": "terminated"})
        assert await _state(client, sublet) == "terminated"
        assert await registry.table("lease_spaces") == []
    ended = await registry.said(LeaseEnded)
    assert [(str(event.lease_id), event.reason) for event in ended] == [
        (above["id"], "terminated"),
        (sublet["id"], "terminated"),
    ]


async def test_a_sublet_that_nobody_has_moved_into_is_withdrawn_with_the_lease_above(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        above, _ = await _chain(client)
        place = {"id": above["building_id"]}
        draft = await lease(client, place, {"id": above["tenant_party_id"]}, await party(client), rooms=["302"])
        await client.post(f"{API}/leases/{above['id']}/end", json={"reason": "terminated"})
        assert await _state(client, draft) == "withdrawn"
    assert [str(event.lease_id) for event in await registry.said(LeaseChanged)] == [draft["id"]]


async def test_a_chain_that_expires_on_one_day_expires_once_each(registry: ServiceUnderTest) -> None:
    today = await registry.database.run(_today)
    term = {"start": str(today), "end": str(today + timedelta(days=100))}
    async with registry.client("bureau") as client:
        above, sublet = await _chain(client, **term)
        registry.time_passes(days=101)
        await registry.works(advance_leases)
        await registry.works(advance_leases)
        assert [await _state(client, found) for found in (above, sublet)] == ["expired", "expired"]
    assert sorted(str(event.lease_id) for event in await registry.said(LeaseEnded)) == sorted([above["id"], sublet["id"]])


async def test_nobody_sublets_under_a_lease_that_is_over(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        above, _ = await _chain(client)
        await client.post(f"{API}/leases/{above['id']}/end", json={"reason": "terminated"})
        body = {
            "landlord_party_id": above["tenant_party_id"],
            "tenant_party_id": (await party(client))["id"],
            "building_id": above["building_id"],
            "parent_lease_id": above["id"],
            "rooms": ["302"],
            "start": above["start"],
            "end": above["end"],
        }
        answer = await client.post(f"{API}/leases", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "parent_over")
    assert answer.json()["errors"][0]["pointer"] == "/parent_lease_id"


async def test_a_sublet_begins_only_under_a_lease_that_has_begun(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, middle, below = await party(client), await party(client), await party(client)
        place = await building(client, owner)
        above = await lease(client, place, owner, middle, rooms=["3F"], existing=True)
        sublet = await lease(client, place, middle, below, rooms=["301"], existing=True, parent_lease_id=above["id"])
        early = await client.post(f"{API}/leases/{sublet['id']}/activate")
        assert (early.status_code, early.json()["code"]) == (409, "parent_over")
        await _activated(client, above)
        assert (await _activated(client, sublet))["state"] == "active"


async def test_a_lease_does_not_shrink_below_what_was_sublet_under_it(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        above, _ = await _chain(client)
        path = f"{API}/leases/{above['id']}/changes"
        shorter = await client.post(path, json={"kind": "term", "end": "2027-06-30"})
        smaller = await client.post(path, json={"kind": "area", "rooms": ["302-305"], "area": 60})
    answers = [
        (answer.status_code, answer.json()["code"], answer.json()["errors"][0]["pointer"]) for answer in (shorter, smaller)
    ]
    assert answers == [(409, "sublettings_beyond", "/end"), (409, "sublettings_beyond", "/rooms")]


async def _today(tx: Any) -> date:
    return date.fromisoformat(str(tx.today))
